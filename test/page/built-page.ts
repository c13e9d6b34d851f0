/**
 * The page as it is shipped.
 */
import { execFile } from 'node:child_process';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';

const project = path.resolve(import.meta.dirname, '..', '..');

/** Builds what is stale, once for all who ask. @returns the folder, which is everybody's. */
export async function builtPage(): Promise<string> {
  const environment = { ...process.env };
  // Vitest says “test”, and React would be built with what only developers need.
  delete environment['NODE_ENV'];
  await promisify(execFile)(process.execPath, [path.join(project, 'scripts', 'build.ts')], {
    env: environment,
  });
  return path.join(project, 'dist', 'agent', 'page');
}
