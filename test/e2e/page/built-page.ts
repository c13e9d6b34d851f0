/**
 * The page as it is shipped, built into a folder of its own.
 */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { build, mergeConfig } from 'vite';
import configuration from '../../../renderer/vite.config.ts';

/** @returns the folder, for the caller to remove. */
export async function buildPage(): Promise<string> {
  const outDir = await mkdtemp(path.join(tmpdir(), 'slapgrid-page-'));
  await build(mergeConfig(configuration, { configFile: false, logLevel: 'warn', build: { outDir } }));
  return outDir;
}
