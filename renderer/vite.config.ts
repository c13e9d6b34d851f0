import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  root: import.meta.dirname,
  // The page is served from the root of a loopback server, and later from the window's own scheme.
  base: './',
  plugins: [react()],
  build: {
    outDir: '../dist/renderer',
    emptyOutDir: true,
    target: 'chrome120',
    // The content security policy lets data: URLs be pictures only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // Read from the disk of the same computer: one file is as quick as ten.
    chunkSizeWarningLimit: 1000,
  },
});
