/**
 * The stand-in in the shape of what Electron distributes: a program, with its fuses, and what lies beside it. It runs on the Node of the
 * package it is in, and has no Chromium: it can be started without a window only.
 */
import { chmod, copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Electron’s mark for the fuses in its program, and how each is in what is distributed (electron/build/fuses/fuses.json5). */
const SENTINEL = 'dL7pKGdnNz796PbbjQWNKmHXBZaB9tsX';
const FUSES = '101100011';

const PROGRAM = `#!/bin/sh
# Electron's stand-in, packaged.
folder=$(dirname "$(readlink -f "$0")")
stand_in=$folder/stand-in
export STAND_IN_PROGRAM="$folder/slapgrid-desktop"
exec setpriv --pdeathsig KILL "$folder/resources/node" --require "$stand_in/hook.ts" "$stand_in/boot.ts" \\
  "$folder/resources/app.asar" "$@"
exit # ${SENTINEL}\u0001${String.fromCodePoint(FUSES.length)}${FUSES}
`;

/** What an archive of Electron holds, besides. None of it is read by the stand-in. */
const BESIDE = ['LICENSE', 'LICENSES.chromium.html', 'chrome-sandbox', 'libffmpeg.so', 'locales/en-US.pak'];
const OF_OTHER_LANGUAGES = ['locales/de.pak'];

/** @param folder made for it. */
export async function makeDistribution(folder: string, version: string): Promise<void> {
  const standIn = path.join(folder, 'stand-in');
  for (const each of [standIn, path.join(folder, 'locales'), path.join(folder, 'resources')]) {
    await mkdir(each, { recursive: true });
  }
  for (const name of await readdir(import.meta.dirname)) {
    if (name.endsWith('.ts')) await copyFile(path.join(import.meta.dirname, name), path.join(standIn, name));
  }
  for (const name of [...BESIDE, ...OF_OTHER_LANGUAGES]) {
    await writeFile(path.join(folder, name), `${name} of the stand-in\n`);
  }
  await writeFile(path.join(folder, 'version'), version);
  await writeFile(path.join(folder, 'electron'), PROGRAM);
  for (const name of ['electron', 'chrome-sandbox']) await chmod(path.join(folder, name), 0o755);
}
