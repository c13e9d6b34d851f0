import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

/** What draws is read at the same time as what begins, though it is asked for by that. */
function preloadWindow(): Plugin {
  return {
    name: 'preload-window',
    transformIndexHtml: {
      order: 'post',
      handler: (html, { bundle = {} }) => {
        const chunks = Object.values(bundle).filter((file) => file.type === 'chunk');
        const window = chunks.find(({ moduleIds }) => moduleIds.some((id) => id.endsWith('/window.tsx')));
        if (window === undefined) throw new Error('window.tsx is in no chunk');
        const needed = chunks.filter(({ fileName }) =>
          [window.fileName, ...window.imports].includes(fileName),
        );
        const styles = needed.flatMap(({ viteMetadata }) => [...(viteMetadata?.importedCss ?? [])]);
        return [
          ...needed.map(({ fileName }) => ({ rel: 'modulepreload', file: fileName })),
          ...styles.map((file) => ({ rel: 'stylesheet', file })),
        ]
          .filter(({ file }) => !html.includes(file))
          .map(({ rel, file }) => ({
            tag: 'link',
            attrs: { rel, crossorigin: true, href: `./${file}` },
            injectTo: 'head' as const,
          }));
      },
    },
  };
}

export default defineConfig({
  root: import.meta.dirname,
  // The page is served from the root of a loopback server, and later from the window's own scheme.
  base: './',
  plugins: [react(), preloadWindow()],
  build: {
    outDir: '../dist/renderer',
    emptyOutDir: true,
    target: 'chrome120',
    // The content security policy lets data: URLs be pictures only.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1000,
    rolldownOptions: {
      output: {
        codeSplitting: {
          // What the first screen needs is in two files: a browser asks for six at a time, and each takes a moment.
          groups: [
            { name: 'begin', tags: ['$initial'], priority: 1 },
            {
              name: 'first',
              test: /renderer[\\/](window|theme|frame[\\/](?!key-list)|screens[\\/](overview|first-run|signed-out))/,
            },
          ],
        },
      },
    },
  },
});
