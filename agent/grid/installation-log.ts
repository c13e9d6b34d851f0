/**
 * What was done to bring an instance up, as one more log of it: there is something to look at before its services say a word, and
 * afterwards it tells which packages they are. Nothing is written about an instance that is only looked after.
 */
import path from 'node:path';
import type { Clock } from '../clock.ts';
import type { ErrorView } from '../errors.ts';
import { text } from '../messages.ts';
import type { PartitionLayout } from '../node/format.ts';
import type { InstalledTree, InstallProgress } from '../software/types.ts';
import { openLog } from '../supervisor/log-file.ts';

/** The name among the logs of an instance. */
export const INSTALLATION = 'installation';

const BYTES_PER_MEGABYTE = 1_000_000;

export class InstallationLog {
  readonly #layout: PartitionLayout;
  readonly #clock: Pick<Clock, 'now'>;
  #step: InstallProgress['step'] | null = null;
  #writing: Promise<void> = Promise.resolve();

  constructor(layout: PartitionLayout, clock: Pick<Clock, 'now'>) {
    this.#layout = layout;
    this.#clock = clock;
  }

  /** A step is written when it begins. */
  progress(progress: InstallProgress): void {
    if (progress.step === this.#step) return;
    this.#step = progress.step;
    switch (progress.step) {
      case 'resolving':
        return this.#write(text('grid.installation.resolving'));
      case 'downloading':
        return this.#write(
          text('grid.installation.downloading', { megabytes: progress.totalBytes / BYTES_PER_MEGABYTE }),
        );
      default:
        return this.#write(text(`grid.installation.${progress.step}`, { count: progress.total }));
    }
  }

  /** The software is there. Says what it is made of if it was not there before. */
  ready({ components }: InstalledTree): void {
    if (this.#step === null) return;
    this.#step = null;
    const packages = components.map(
      ({ name, version, architecture }) => `  ${name} ${version} ${architecture}`,
    );
    this.#write(text('grid.installation.ready', { count: components.length }), ...packages);
  }

  /** A step of the set-up ended; what it printed. */
  setup(step: string, output: string): void {
    const printed = output.trimEnd();
    const lines = printed === '' ? [] : printed.split('\n').map((line) => `  ${line}`);
    this.#write(text('grid.installation.setup', { step }), ...lines);
  }

  starting(services: readonly string[]): void {
    this.#write(text('grid.installation.starting', { services: services.join(', ') }));
  }

  started(): void {
    this.#write(text('grid.installation.started'));
  }

  failed({ sentence }: ErrorView): void {
    this.#step = null;
    this.#write(sentence);
  }

  /** Resolves when everything is written that was said so far. */
  settled(): Promise<void> {
    return this.#writing;
  }

  #write(...lines: string[]): void {
    const time = new Date(this.#clock.now()).toISOString();
    const whole = lines.map((line) => `${time} ${line}\n`).join('');
    // A log that cannot be written, on a full disk or where a payload put something else, ends no installation.
    this.#writing = this.#writing.then(() => this.#append(whole)).catch(() => undefined);
  }

  async #append(whole: string): Promise<void> {
    const { paths, identity } = this.#layout;
    const file = await openLog(path.join(paths.log, `${INSTALLATION}.log`), identity);
    try {
      await file.write(whole);
    } finally {
      await file.close();
    }
  }
}
