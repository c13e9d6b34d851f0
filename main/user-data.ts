/**
 * The folder of the application's own settings. Who works on another data folder has another application: its own settings, its
 * own tray, its own “there is one already”.
 */
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Its name below the folder of all applications. */
export function userDataName(environment: NodeJS.ProcessEnv): string {
  const home = environment['SLAPGRID_HOME'];
  if (home === undefined || home === '') return 'Slapgrid';
  return `Slapgrid-${digestOf(path.resolve(home))}`;
}

/** Its stand-in where nothing can be written: of this person, for this login, the same for each start. */
export function passingFolder(settings: string, environment: NodeJS.ProcessEnv): string {
  const below = environment['XDG_RUNTIME_DIR'] ?? '';
  const name = `slapgrid-application-${digestOf(settings)}`;
  return path.join(path.isAbsolute(below) ? below : tmpdir(), name);
}

function digestOf(place: string): string {
  return createHash('sha256').update(place).digest('hex').slice(0, 12);
}
