/**
 * The limits of partitions as the rest of the agent sees them: what is hosted for others has those that the person chose, what is the
 * person's own has none.
 */
import { writeFile } from 'node:fs/promises';
import type { LendingLimits, LendingView } from '../api/contract-lending.ts';
import { SlapgridError, systemErrorCode } from '../errors.ts';
import type { Overuse, PartitionFreezer, PartitionGroups, PublishedPorts } from '../grid/tools.ts';
import { isPublishedPort, partitionOf } from '../grid/units.ts';
import type { CgroupBackend, CgroupBackendName, CgroupLimits } from '../sandbox/cgroup.ts';
import type { RateProbe } from '../sandbox/types.ts';
import type { Supervisor, UnitStatus } from '../supervisor/types.ts';
import { countedOf, type CountedUse } from './counted-use.ts';
import { DiskWatcher, type DiskWatcherOptions } from './disk-watcher.ts';
import { diskHeld, freezeHeld, limitsHeld } from './limits-held.ts';
import { PortLimits, type OpenPorts } from './port-limits.ts';
import type { NetworkRates } from './network-rates.ts';
import type { ProjectQuotas, QuotaProbe } from './project-quotas.ts';
import { descendants, SignalFreezer } from './signal-freezer.ts';

const NO_RATES: RateProbe = { ok: false, cause: 'unknown', detail: '' };
const NO_QUOTAS: QuotaProbe = { ok: false, cause: 'no-quota', detail: '' };
const UNLIMITED: CgroupLimits = { memoryBytes: null, processes: null, cpus: null };

export type PartitionLimitsOptions = Pick<DiskWatcherOptions, 'free' | 'measure' | 'clock' | 'onFault'> & {
  /** null: the kernel limits nothing here. */
  backend: CgroupBackend | null;
  supervisor: Pick<Supervisor, 'list' | 'status' | 'onChange'>;
  limits: LendingLimits;
  /** Left out: nothing limits the network rate. */
  rates?: Pick<NetworkRates, 'apply' | 'probe'>;
  /** Left out: no quota of the file system holds the disk limits. */
  quotas?: Pick<ProjectQuotas, 'hold' | 'release' | 'probe'>;
  /** Of the disk, that nobody hosted may take. */
  reserveBytes: number;
};

export class PartitionLimits implements PartitionFreezer, PartitionGroups, PublishedPorts, Overuse {
  readonly #options: PartitionLimitsOptions;
  readonly #signals: SignalFreezer;
  readonly #disk: DiskWatcher;
  readonly #ports: PortLimits;
  readonly #hosted = new Set<string>();
  readonly #followers = new Set<Parameters<Overuse['follow']>[0]>();
  #limits: LendingLimits;

  constructor(options: PartitionLimitsOptions) {
    this.#options = options;
    this.#limits = options.limits;
    this.#ports = new PortLimits(options.limits, () => [...this.#hosted].map((id) => this.#openPorts(id)));
    this.#signals = new SignalFreezer(options.supervisor);
    this.#disk = new DiskWatcher({
      ...options,
      running: () => [...this.#hosted].filter((id) => this.#runningUnits(id).length > 0),
      freezer: this,
      exceeded: (partitionId, error) => this.#tell((follower) => follower.exceeded(partitionId, error)),
    });
    options.supervisor.onChange(({ id, state }) => {
      if (state === 'running' && this.#hosted.has(partitionOf(id))) this.#disk.wake();
    });
  }

  /** What limits partitions here, by name. */
  get backend(): CgroupBackendName | 'none' {
    return this.#options.backend?.name ?? 'none';
  }

  /** How each limit is held here. */
  held(): LendingView['limitsHeld'] {
    const { rates, quotas } = this.#options;
    return limitsHeld(this.backend, { rate: rates?.probe ?? NO_RATES, quota: quotas?.probe ?? NO_QUOTAS });
  }

  /** The disk limit of each partition, as a protection. */
  disk(): ReturnType<typeof diskHeld> {
    return diskHeld(this.#options.quotas?.probe ?? NO_QUOTAS);
  }

  /** The files and the published ports of what is hosted. */
  counted(): CountedUse {
    const each = [...this.#hosted].map((id) => ({
      files: this.#disk.measured(id)?.files ?? null,
      ports: this.#openPorts(id).ports,
    }));
    return countedOf(each);
  }

  /** How partitions are held still here. */
  freezing(): ReturnType<typeof freezeHeld> {
    return freezeHeld(this.backend);
  }

  /** @throws SlapgridError `cgroup-failed`; `disk-limit` for one that was stopped for it and still takes too much. */
  async ensure(partitionId: string, isHosted: boolean): Promise<readonly string[]> {
    const { backend } = this.#options;
    if (isHosted) {
      this.#hosted.add(partitionId);
      await this.#disk.check(partitionId);
      const isQuiet = this.#runningUnits(partitionId).length === 0;
      await this.#options.quotas?.hold(partitionId, this.#limits.each, isQuiet);
      await backend?.limitTogether(this.#limits.together);
      this.#disk.wake();
    } else this.#hosted.delete(partitionId);
    if (backend === null) return [];
    const limits = isHosted ? this.#limits.each : UNLIMITED;
    const { joinFiles, procsFiles } = await backend.ensure(partitionId, limits, isHosted ? 'hosted' : 'own');
    if (backend.usage(partitionId)?.processes === 0) await this.#gather(partitionId, procsFiles);
    return joinFiles;
  }

  /** What was started when there were no groups joins them now; those who begin meanwhile follow those who began them. */
  async #gather(partitionId: string, procsFiles: readonly string[]): Promise<void> {
    for (const unit of this.#runningUnits(partitionId)) {
      if (unit.state !== 'running') continue;
      for (const pid of [unit.shimPid, ...descendants(unit.shimPid)])
        for (const file of procsFiles) await writeFile(file, String(pid)).catch(ignoreEnded);
    }
  }

  async remove(partitionId: string): Promise<void> {
    this.#hosted.delete(partitionId);
    this.#disk.forget(partitionId);
    this.#ports.forget(partitionId);
    await this.#options.quotas?.release(partitionId);
    await this.#options.backend?.remove(partitionId);
  }

  async kill(partitionId: string): Promise<void> {
    await this.#options.backend?.kill(partitionId);
  }

  /**
   * Takes effect at once, on what runs too. Every partition is given its limits, whatever becomes of the others; one that holds more
   * than it may, and that the kernel does not take it from, is stopped for it.
   * @throws SlapgridError `cgroup-failed`: all together hold more memory than they may.
   */
  async apply(limits: LendingLimits): Promise<void> {
    this.#limits = limits;
    const { backend } = this.#options;
    for (const id of this.#disk.apply(limits)) this.#tell((follower) => follower.fits(id));
    for (const id of this.#hosted) {
      await this.#options.quotas
        ?.hold(id, limits.each, false)
        .catch((error: unknown) => this.#refused(id, error));
    }
    const ports = this.#ports.apply(limits);
    for (const [id, error] of ports.closed) this.#refused(id, error);
    for (const id of ports.fits) this.#tell((follower) => follower.fits(id));
    for (const [id, error] of (await this.#options.rates?.apply(limits)) ?? []) this.#refused(id, error);
    if (backend === null) return;
    for (const id of await backend.hosted()) {
      await backend.ensure(id, limits.each, 'hosted').catch((error: unknown) => this.#refused(id, error));
    }
    await backend.limitTogether(limits.together);
  }

  refusal(partitionId: string, isHosted: boolean, wanted: number): SlapgridError | null {
    return this.#ports.refusal(partitionId, isHosted, wanted);
  }

  follow(follower: Parameters<Overuse['follow']>[0]): () => void {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  async freeze(partitionId: string): Promise<boolean> {
    // A partition that was started when there were no groups has none.
    const isHeld = (await this.#options.backend?.freeze(partitionId)) ?? false;
    return isHeld || this.#signals.freeze(partitionId);
  }

  async thaw(partitionId: string): Promise<void> {
    await this.#options.backend?.thaw(partitionId);
    if (this.#signals.isHolding(partitionId)) this.#signals.thaw(partitionId);
  }

  /** Also what an earlier agent held still. */
  isFrozen(partitionId: string): boolean {
    return this.#options.backend?.isFrozen(partitionId) === true || this.#signals.isFrozen(partitionId);
  }

  /** Ends what is under way; what runs goes on, limited as it is. */
  async close(): Promise<void> {
    await this.#disk.close();
  }

  /** It is stopped for what it cannot be limited to. */
  #refused(partitionId: string, error: unknown): void {
    if (!(error instanceof SlapgridError)) throw error;
    this.#tell((follower) => follower.exceeded(partitionId, error));
  }

  #tell(what: (follower: Parameters<Overuse['follow']>[0]) => void): void {
    for (const follower of this.#followers) what(follower);
  }

  #runningUnits(partitionId: string): UnitStatus[] {
    return this.#options.supervisor
      .list()
      .filter((unit) => partitionOf(unit.id) === partitionId && unit.state !== 'stopped');
  }

  #openPorts(partitionId: string): OpenPorts {
    const doors = this.#runningUnits(partitionId).filter((unit) => isPublishedPort(unit.id));
    const openedAt =
      doors.map((unit) => (unit.state === 'running' ? unit.startedAt : '')).toSorted()[0] ?? '';
    return { partitionId, ports: doors.length, openedAt };
  }
}

function ignoreEnded(error: unknown): void {
  if (systemErrorCode(error) !== 'ESRCH') throw error;
}
