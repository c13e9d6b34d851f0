/**
 * The Node of a package: the one that makes the package. The agent runs on it, on computers that have none.
 */
import { constants, existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';

/** @throws Error when it is no Node that runs elsewhere, or comes without its licence. */
export async function provideNode(folder: string): Promise<void> {
  const shared = Object.entries(process.config.variables).find(
    ([name, value]) => name.startsWith('node_shared') && value === true,
  );
  if (shared !== undefined) {
    throw new Error(
      `This Node (${process.execPath}) needs libraries of this computer (${shared[0]}). ` +
        'Make packages with one from nodejs.org, or with that of “npm ci”.',
    );
  }
  const program = await realpath(process.execPath);
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  const above = path.dirname(program);
  const license = [path.join(above, 'LICENSE'), path.join(above, '..', 'LICENSE')].find((file) =>
    existsSync(file),
  );
  if (license === undefined) throw new Error(`The licence of Node is not beside ${program}.`);
  await mkdir(folder, { recursive: true });
  await copyFile(program, path.join(folder, name), constants.COPYFILE_FICLONE);
  await chmod(path.join(folder, name), 0o755);
  await copyFile(license, path.join(folder, 'LICENSE.node.txt'));
}
