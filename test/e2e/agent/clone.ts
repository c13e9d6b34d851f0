/** Another place the product can be started from. */
import { cp, mkdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { root } from './home.ts';

const PROGRAMS = path.join('node_modules', '.bin');

/** Copies what a release brings: the command, the build, Node. */
export async function makeClone(folder: string): Promise<void> {
  await mkdir(path.join(folder, PROGRAMS), { recursive: true });
  await cp(path.join(root, 'slapgrid'), path.join(folder, 'slapgrid'));
  await cp(path.join(root, 'dist'), path.join(folder, 'dist'), { recursive: true });
  await cp(await realpath(path.join(root, PROGRAMS, 'node')), path.join(folder, PROGRAMS, 'node'));
}
