/**
 * The page as it is shipped, built into a folder of its own.
 */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { build, mergeConfig } from 'vite';
import configuration from '../../renderer/vite.config.ts';

/** @returns the folder, for the caller to remove. */
export async function buildPage(): Promise<string> {
  const outDir = await mkdtemp(path.join(tmpdir(), 'slapgrid-page-'));
  // Vitest says “test”, and React would be built with what only developers need.
  process.env['NODE_ENV'] = 'production';
  try {
    await build(mergeConfig(configuration, { configFile: false, logLevel: 'warn', build: { outDir } }));
  } finally {
    process.env['NODE_ENV'] = 'test';
  }
  return outDir;
}
