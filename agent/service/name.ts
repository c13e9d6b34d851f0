/**
 * What systemd calls the agent of a data folder: one name, whether it was started by the command or by a login.
 */
import { digestOfHome } from '../configuration.ts';
import { defaultHome } from '../paths.ts';

/** A second data folder of the same user has a service of its own. */
export function serviceName(home: string): string {
  return home === defaultHome({}) ? 'slapgrid' : `slapgrid-${digestOfHome(home).slice(0, 12)}`;
}
