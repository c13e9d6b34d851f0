/**
 * Builds the application around the page: one file for Electron's main process, and its drawings.
 */
import { cp } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'rolldown';
import { notices } from './notices.ts';

const project = path.dirname(import.meta.dirname);

/** @param folder absolute; made when it is not there. */
export async function buildShell(folder: string): Promise<void> {
  await build({
    cwd: project,
    platform: 'node',
    logLevel: 'warn',
    optimization: { inlineConst: true },
    plugins: [notices()],
    external: ['electron'],
    input: { main: 'main/main.ts' },
    output: {
      dir: folder,
      format: 'esm',
      entryFileNames: '[name].mjs',
      codeSplitting: false,
      comments: false,
      minify: { compress: true, mangle: false, codegen: { removeWhitespace: true } },
    },
  });
  for (const name of ['application', 'tray']) {
    const drawings = path.join(project, 'assets', 'icons', name);
    await cp(drawings, path.join(folder, 'icons', name), {
      recursive: true,
      // What the pictures were drawn from is not shipped.
      filter: (file) => path.basename(file) !== 'drawings',
    });
  }
}
