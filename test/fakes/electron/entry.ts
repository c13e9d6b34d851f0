/**
 * What is run: an entry point that is given, or the archive that the stand-in was packaged with.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { layOutArchive } from './archive.ts';

const [, , given = ''] = process.argv;

/** As `app.isPackaged`. */
export const isPackaged = given.endsWith('.asar');

/** The file that is evaluated. */
export const entry = isPackaged ? packagedEntry(given) : path.resolve(given);

// Electron's arguments are the program, then, unless it is packaged, the application's entry.
process.argv.splice(1, isPackaged ? 2 : 1);

function packagedEntry(archive: string): string {
  Object.assign(process, { resourcesPath: path.dirname(archive) });
  const folder = layOutArchive(archive);
  const { main } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as { main: string };
  return path.join(folder, main);
}
