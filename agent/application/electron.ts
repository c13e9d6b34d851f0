/**
 * Where Electron is: the program that runs the application of a clone. The npm package `electron` brings an installer, which downloads
 * the program beside itself; a variable of Electron's own names another one.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { isProgram } from '../setup/system-packages.ts';

/** The folder that holds the program (Electron's documentation, “Environment Variables” of its npm package). */
export const GIVEN_VARIABLE = 'ELECTRON_OVERRIDE_DIST_PATH';

export type FoundElectron =
  | { state: 'here'; program: string }
  /** It can be downloaded. */
  | { state: 'absent'; electron: ElectronPackage }
  /** It was named, and is not there. */
  | { state: 'given-missing'; program: string }
  /** This installation was not made to have it. */
  | { state: 'none' };

/** The npm package. */
export type ElectronPackage = { folder: string; version: string };

const PROGRAMS: Partial<Record<NodeJS.Platform, string>> = {
  darwin: 'Electron.app/Contents/MacOS/Electron',
  win32: 'electron.exe',
};

/** @param project the folder of the clone. */
export async function findElectron(
  project: string,
  environment: NodeJS.ProcessEnv,
  platform: NodeJS.Platform,
): Promise<FoundElectron> {
  const name = PROGRAMS[platform] ?? 'electron';
  const given = environment[GIVEN_VARIABLE] ?? '';
  if (given !== '') {
    const program = path.resolve(given, name);
    return (await isProgram(program)) ? { state: 'here', program } : { state: 'given-missing', program };
  }
  const folder = path.join(project, 'node_modules', 'electron');
  const version = await versionOf(folder);
  if (version === null) return { state: 'none' };
  const program = await installedProgram({ folder, version });
  return program === null ? { state: 'absent', electron: { folder, version } } : { state: 'here', program };
}

/** The program that the installer has put beside itself, whole and of the right version; null when there is none. */
export async function installedProgram({ folder, version }: ElectronPackage): Promise<string | null> {
  const [installed, place] = await Promise.all([
    textOf(path.join(folder, 'dist', 'version')),
    // Written last.
    textOf(path.join(folder, 'path.txt')),
  ]);
  const program = path.join(folder, 'dist', place);
  return installed.trim().replace(/^v/u, '') === version && place !== '' && (await isProgram(program))
    ? program
    : null;
}

const manifestSchema = z.object({ version: z.string().min(1) });

async function versionOf(folder: string): Promise<string | null> {
  const manifest = await textOf(path.join(folder, 'package.json'));
  return manifest === '' ? null : manifestSchema.parse(JSON.parse(manifest)).version;
}

function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}
