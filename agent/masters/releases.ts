/**
 * The last word of a destruction, to a master that is somewhere else.
 */
import { SlapError } from '../../slap/errors.ts';
import type { SlapMaster } from '../../slap/master.ts';
import type { Releases } from '../grid/tools.ts';

/** @param told called when the master knows more than before. */
export function masterReleases(master: SlapMaster, computerId: string, told: () => void): Releases {
  return {
    async partition(partition) {
      await unlessUnknown(async () => master.reportInstance(partition, { state: 'destroyed' }));
      told();
      return true;
    },
    async software(url) {
      await unlessUnknown(async () => master.reportSoftware(url, computerId, { state: 'destroyed' }));
      told();
      return true;
    },
  };
}

/** What the master does not know any more is destroyed for it (§15.6). */
async function unlessUnknown(report: () => Promise<void>): Promise<void> {
  try {
    await report();
  } catch (error) {
    const isUnknown =
      error instanceof SlapError && (error.status === 404 || error.code === 'unknown-partition');
    if (!isUnknown) throw error;
  }
}
