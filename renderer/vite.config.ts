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

/**
 * Nearly all of what begins and of what draws is called at once: it is compiled on the way in, beside what runs already, instead of
 * function by function when called (V8's explicit compile hints; others take it for a comment).
 */
function compileFirst(): Plugin {
  return {
    name: 'compile-first',
    enforce: 'post',
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        for (const file of Object.values(bundle)) {
          if (file.type !== 'chunk' || !(file.isEntry || file.name === 'first')) continue;
          file.code = `//# allFunctionsCalledOnLoad\n${file.code}`;
        }
      },
    },
  };
}

/** Refuses a component of Mantine whose styles neither `mantine.css` brings, nor a sheet that comes with its screen. */
function completeStyles(): Plugin {
  let sheets = '';
  return {
    name: 'complete-styles',
    enforce: 'pre',
    transform(code, id) {
      if (id.endsWith('.css')) sheets += code;
    },
    generateBundle(_, bundle) {
      const modules = Object.values(bundle).flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []));
      const styled = modules.flatMap((id) => /@mantine\/core\/.*\/(\w+)\.module\.mjs$/u.exec(id)?.[1] ?? []);
      const missing = styled.filter((name) => !sheets.includes(`/styles/${name}.css'`));
      if (missing.length > 0) throw new Error(`mantine.css lacks the styles of ${missing.join(', ')}`);
    },
  };
}

export default defineConfig({
  root: import.meta.dirname,
  // The page is served from the root of a loopback server, and later from the window's own scheme.
  base: './',
  plugins: [react(), preloadWindow(), compileFirst(), completeStyles()],
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
              test: /renderer[\\/](window|theme|frame[\\/](?!key-list)|screens[\\/](overview|signed-out))/,
            },
          ],
        },
      },
    },
  },
});
