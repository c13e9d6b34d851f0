/**
 * Promises that software puts into its partition: every executable file in `etc/promise` (§17.1). Status 0 keeps it. They run in
 * the sandbox as the partition's user, as any program of the instance.
 */
import path from 'node:path';
import type { PartitionLayout } from '../node/format.ts';
import type { RenderedPromise } from '../software/types.ts';
import { placedFiles } from './placed-files.ts';

const FOLDER = 'etc/promise';
/** Where the partition's data is inside. */
const DATA = '/srv/data';
/** How often it is looked for them, too. */
export const EXECUTABLES_PERIOD_SECONDS = 120;
const TIMEOUT_SECONDS = 20;
/** An instance that ran well is unwell when so many in a row failed (§17.4, anomaly). */
const FAILURES_OF_AN_ANOMALY = 3;
/** More than anybody has; a folder of a payload has no end. */
const MOST = 100;

/** @param taken names of the profile's own promises. */
export async function executablePromises(
  layout: PartitionLayout,
  taken: readonly string[],
): Promise<RenderedPromise[]> {
  const files = (await placedFiles(layout, FOLDER)).filter(({ isExecutable }) => isExecutable);
  return files.slice(0, MOST).map(({ name: file }) => {
    const title = path.parse(file).name;
    return {
      name: taken.includes(title) ? `${FOLDER}/${file}` : title,
      periodSeconds: EXECUTABLES_PERIOD_SECONDS,
      timeoutSeconds: TIMEOUT_SECONDS,
      check: { kind: 'command', command: [`${DATA}/${FOLDER}/${file}`], environment: {} },
    };
  });
}

/** How often each failed since it was kept last. */
export class Anomalies {
  readonly #failures = new Map<string, number>();

  /** @returns whether it is to be taken as broken. */
  ran({ name }: Pick<RenderedPromise, 'name'>, kept: boolean): boolean {
    const failures = kept ? 0 : (this.#failures.get(name) ?? 0) + 1;
    this.#failures.set(name, failures);
    return failures >= FAILURES_OF_AN_ANOMALY;
  }

  /** The services were started: what comes is another time. */
  clear(): void {
    this.#failures.clear();
  }
}
