/**
 * The folder of the application's own settings. Who works on another data folder has another application: its own settings, its
 * own tray, its own “there is one already”.
 */
import { createHash } from 'node:crypto';
import path from 'node:path';

/** Its name below the folder of all applications; null where Electron's own choice is right. */
export function userDataName(environment: NodeJS.ProcessEnv): string | null {
  const home = environment['SLAPGRID_HOME'];
  if (home === undefined || home === '') return null;
  const digest = createHash('sha256').update(path.resolve(home)).digest('hex');
  return `Slapgrid-${digest.slice(0, 12)}`;
}
