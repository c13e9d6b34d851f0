/**
 * Where Electron's distribution for this system is: given with ELECTRON_OVERRIDE_DIST_PATH, which Electron's own package
 * honours too, or fetched by that package's installer, which checks what it fetched.
 */
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { z } from 'zod';

const manifestSchema = z.object({ version: z.string() });

/** @throws Error that says what to do, when it cannot be had or is another version. */
export async function provideElectron(
  project: string,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  const folder = path.join(project, 'node_modules', 'electron');
  const manifest: unknown = JSON.parse(await readFile(path.join(folder, 'package.json'), 'utf8'));
  const { version } = manifestSchema.parse(manifest);
  const given = environment['ELECTRON_OVERRIDE_DIST_PATH'];
  const distribution = path.resolve(given ?? path.join(folder, 'dist'));
  if (given === undefined) {
    const { status } = spawnSync(process.execPath, [path.join(folder, 'install.js')], { stdio: 'inherit' });
    if (status !== 0) throw new Error(unavailable(version));
  }
  const found = await versionOf(distribution);
  if (found === version) return distribution;
  const what = found === null ? 'no distribution of Electron' : `Electron ${found}`;
  throw new Error(`There is ${what} in ${distribution}; the package is for Electron ${version}.`);
}

function unavailable(version: string): string {
  const archive = `electron-v${version}-${process.platform}-${process.arch}.zip`;
  return (
    `Electron ${version} could not be fetched, and without it there is no package.\n` +
    `Where it can be had otherwise, unpack ${archive}, and say where:\n\n` +
    '  ELECTRON_OVERRIDE_DIST_PATH=folder npm run package\n'
  );
}

async function versionOf(distribution: string): Promise<string | null> {
  try {
    return (await readFile(path.join(distribution, 'version'), 'utf8')).trim().replace(/^v/u, '');
  } catch {
    return null;
  }
}
