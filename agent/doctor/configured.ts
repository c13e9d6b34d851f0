/** The configuration of a data folder that has one. Reading it where there is none would decide it. */
import { access } from 'node:fs/promises';
import { loadConfiguration, type Configuration } from '../configuration.ts';
import type { Paths } from '../paths.ts';

export async function configurationIfAny(paths: Paths): Promise<Configuration | null> {
  try {
    await access(paths.config);
  } catch {
    return null;
  }
  return loadConfiguration(paths);
}
