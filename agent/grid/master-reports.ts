/**
 * What one partition tells its master: that it is started or stopped, what is wrong, and what it publishes. Changes only. What cannot be
 * delivered is not lost: the master's next answer makes it be told again, or the next agent does.
 */
import { SlapError } from '../../slap/errors.ts';
import type { ComputerPartitionRecord } from '../../slap/master.ts';
import { errorView } from '../errors.ts';
import { text } from '../messages.ts';
import type { PartitionLayout } from '../node/format.ts';
import { withLogEnds } from './error-report.ts';
import type { InstallationLog } from './installation-log.ts';
import { InstanceRecords } from './instance-record.ts';
import { publishShared } from './shared-instances.ts';
import { publish, type StartedInstance } from './start-instance.ts';
import type { GridTools } from './tools.ts';

export type InstanceReport = 'started' | 'stopped' | { log: string };

export class MasterReports {
  readonly #layout: PartitionLayout;
  readonly #tools: GridTools;
  readonly #log: InstallationLog;
  readonly #records: InstanceRecords;
  readonly #target: () => ComputerPartitionRecord | null;
  /** What the master was told last, so that it is told changes only. */
  #told = '';
  /** What it could not be told yet. */
  #untold: { key: string; report: InstanceReport } | null = null;
  /** One goes after another. */
  #telling: Promise<void> = Promise.resolve();
  #isUnpublished = false;

  /** @param target what the master says of the partition, at the moment of the call. */
  constructor(
    layout: PartitionLayout,
    tools: GridTools,
    log: InstallationLog,
    target: () => ComputerPartitionRecord | null,
  ) {
    this.#layout = layout;
    this.#tools = tools;
    this.#log = log;
    this.#records = new InstanceRecords(layout.paths);
    this.#target = target;
  }

  /** @param key what is said, so that the same is not said again. */
  report(key: string, report: InstanceReport): Promise<void> {
    this.#telling = this.#telling.then(() => this.#tell(key, report));
    return this.#telling;
  }

  /** @param withLogs whether what the instance printed last goes with it. */
  async reportError(error: unknown, withLogs: boolean): Promise<void> {
    const { sentence } = errorView(error);
    const key = `error ${sentence}`;
    if (this.#told === key) return;
    await this.#log.settled();
    await this.report(key, { log: withLogs ? await withLogEnds(this.#layout, sentence) : sentence });
  }

  /** Asks that the whole tree of the instance be processed again (§9.4). What is not heard is said again after the next check. */
  async bang(promise: string): Promise<void> {
    const target = this.#target();
    if (target === null) return;
    const { computerId, partitionId } = target;
    try {
      await this.#tools.master.bangInstance(
        { computerId, partitionId },
        text('grid.promise.bang', { promise }),
      );
    } catch (error) {
      if (!(error instanceof SlapError)) throw error;
    }
  }

  /** The connection parameters, its own and those of the shared instances that it hosts. */
  async publish(target: ComputerPartitionRecord, started: StartedInstance): Promise<void> {
    this.#isUnpublished = false;
    await this.#orLater(() => publish(target, started, this.#tools));
    await this.#orLater(() => publishShared(target, started, this.#tools, this.#records));
  }

  /** What the master does not take now is published after its next answer. */
  async #orLater(tell: () => Promise<void>): Promise<void> {
    try {
      await tell();
    } catch (error) {
      if (!(error instanceof SlapError)) throw error;
      this.#isUnpublished = true;
    }
  }

  /** The master answers: it is told what it could not be told before. @param started what runs at the moment of the call. */
  async catchUp(started: () => StartedInstance | null): Promise<void> {
    const untold = this.#untold;
    this.#untold = null;
    if (untold !== null) await this.report(untold.key, untold.report);
    const target = this.#target();
    const runs = started();
    if (this.#isUnpublished && target !== null && runs !== null) await this.publish(target, runs);
  }

  /** The partition is free: what comes is of another instance. */
  forget(): void {
    this.#told = '';
    this.#untold = null;
    this.#isUnpublished = false;
  }

  async #tell(key: string, report: InstanceReport): Promise<void> {
    const target = this.#target();
    if (target === null || this.#told === key) return;
    try {
      const partition = { computerId: target.computerId, partitionId: target.partitionId };
      if (typeof report === 'string') await this.#tools.master.reportInstance(partition, { state: report });
      else await this.#tools.master.reportInstance(partition, { state: 'error', log: report.log });
      this.#told = key;
      this.#untold = null;
    } catch {
      this.#told = '';
      this.#untold = { key, report };
    }
  }
}
