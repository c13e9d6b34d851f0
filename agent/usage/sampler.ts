/**
 * Watches what partitions use: once a second while somebody follows it, else every ten seconds for the history, and not at all
 * while nothing runs. A look reads a few files of the kernel for each partition; it starts no process.
 */
import { USAGE_SECONDS, type PartitionView, type Usage, type UsageSample } from '../api/contract.ts';
import type { Clock } from '../clock.ts';
import type { StateStore } from '../state.ts';
import type { UnitStatus } from '../supervisor/types.ts';
import { DiskGauge } from './disk-gauge.ts';
import type { UsageHistory } from './history.ts';
import type { Meter, Reading } from './meter.ts';
import { usageKey } from './usage-key.ts';

const WATCHED_MILLISECONDS = 1000;
const POINT_MILLISECONDS = USAGE_SECONDS * 1000;
const WRITE_MILLISECONDS = 60_000;
/** Timers come late, never early: a point that is due within this is due. */
const TOLERANCE_MILLISECONDS = 500;

/** One instance that was looked at since the agent began. */
type Tracked = {
  guid: string;
  counters: ReadonlyMap<string, number>;
  /** When it was looked at last while it ran; null: it did not run then, so no rate can be told. */
  lookedAt: number | null;
  usage: Usage | null;
  /** Since the last point of its curve. */
  point: { seconds: number; cpuSeconds: number };
};

export type UsageSamplerOptions = {
  store: StateStore;
  units: { list(): UnitStatus[]; onChange(listener: (status: UnitStatus) => void): () => void };
  meter: Meter;
  history: UsageHistory;
  /** Measures the data of a partition on the disk; may fail. */
  measureDisk: (partitionId: string, signal: AbortSignal) => Promise<number>;
  clock: Clock;
  /** Milliseconds that nobody can set. */
  uptime: () => number;
  /** Told the first of what goes wrong. Nothing but the figures suffers from it. */
  onFault: (error: unknown) => void;
};

export class UsageSampler {
  readonly #options: UsageSamplerOptions;
  readonly #disk: DiskGauge;
  readonly #tracked = new Map<string, Tracked>();
  /** Partition → the instance that was seen started or stopped there since the agent began. */
  readonly #settled = new Map<string, string>();
  readonly #unsubscribe: (() => void)[] = [];
  #cancelTimer: (() => void) | null = null;
  #due = 0;
  #lookedAt = Number.NEGATIVE_INFINITY;
  /** When curves had a point last, or began; null while nothing runs. */
  #pointAt: number | null = null;
  /** The first point is written at once: a crash soon after the start costs no more than one later. */
  #writtenAt = Number.NEGATIVE_INFINITY;
  #faultTold = false;
  #closed = false;

  constructor(options: UsageSamplerOptions) {
    this.#options = options;
    this.#disk = new DiskGauge({
      clock: options.clock,
      measure: options.measureDisk,
      measured: (partitionId, size) => this.#diskMeasured(partitionId, size),
    });
  }

  /** To be called when the grid knows which instances there are. */
  start(): void {
    const { store, units, history } = this.#options;
    const partitions = store.snapshot().partitions;
    const present = new Set(partitions.map(usageKey));
    for (const guid of history.guids()) if (!present.has(guid)) this.#forget(guid);
    for (const partition of partitions) {
      const key = usageKey(partition);
      const disk = key === null ? null : history.meter(key)?.disk;
      if (disk !== null && disk !== undefined) this.#disk.know(partition.id, disk.at);
    }
    this.#unsubscribe.push(
      units.onChange(() => this.#wake()),
      store.onPartition((now, before) => this.#partitionChanged(now, before)),
      store.onWatchers((watchers) => {
        if (watchers > 0) this.#wake();
      }),
    );
    for (const partition of partitions) this.#partitionChanged(partition, undefined);
    this.#wake();
  }

  /** The curve of the instance in a partition. Asking is looking: its disk is measured again when that was long ago. */
  samples(partitionId: string, minutes: number): UsageSample[] {
    const { store, history, clock } = this.#options;
    const partition = store.partition(partitionId);
    const key = partition === undefined ? null : usageKey(partition);
    if (key === null) return [];
    this.#disk.looked(partitionId);
    return history
      .samples(key, minutes, clock.now())
      .map(({ at, ...sample }) => ({ at: new Date(at).toISOString(), ...sample }));
  }

  /** Bytes of the data of all instances, as measured last. */
  dataBytes(): number {
    const { store, history } = this.#options;
    const keys = store.snapshot().partitions.map(usageKey);
    return keys.reduce((sum, key) => sum + (key === null ? 0 : (history.meter(key)?.disk?.bytes ?? 0)), 0);
  }

  /** Stops, and writes what was not written. Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#cancelTimer?.();
    await this.#disk.close();
    this.#write();
    this.#options.history.close();
  }

  // ---- When

  /** Something began, ended, or is looked at: looks as soon as a second has passed since the last time. */
  #wake(): void {
    this.#schedule(this.#lookedAt + WATCHED_MILLISECONDS);
  }

  /** Looks at `due`, or before if that was wanted already. */
  #schedule(due: number): void {
    if (this.#closed || (this.#cancelTimer !== null && this.#due <= due)) return;
    this.#cancelTimer?.();
    this.#due = due;
    const { clock, uptime } = this.#options;
    this.#cancelTimer = clock.after(Math.max(0, due - uptime()), () => {
      this.#cancelTimer = null;
      this.#lookSafely();
    });
  }

  /** What cannot be measured now (too many files are open) is nothing that anything else depends on. */
  #lookSafely(): void {
    try {
      this.#look();
    } catch (error) {
      this.#tell(error);
      this.#schedule(this.#options.uptime() + POINT_MILLISECONDS);
    }
  }

  #partitionChanged(now: PartitionView, before: PartitionView | undefined): void {
    const guid = usageKey(now);
    const former = before === undefined ? null : usageKey(before);
    if (former !== null && former !== guid) {
      this.#tracked.delete(now.id);
      this.#disk.forget(now.id);
      this.#forget(former);
    }
    const state = now.instance?.state;
    if (guid === null || state === before?.instance?.state) return;
    if (state !== 'started' && state !== 'stopped') return;
    const isKnown = this.#diskBytes(guid) !== null;
    const isFirst = this.#settled.get(now.id) !== guid;
    this.#settled.set(now.id, guid);
    // An agent that finds an instance as the one before left it need not measure again.
    if (isFirst && isKnown) {
      if (state === 'started') this.#disk.runs(now.id);
    } else if (state === 'started') this.#disk.looked(now.id);
    else this.#disk.changed(now.id);
    this.#wake();
  }

  // ---- Looking

  #look(): void {
    const { store, meter, uptime } = this.#options;
    const running = this.#running();
    const readings = running.size === 0 ? new Map<string, Reading>() : meter.read(running);
    const now = uptime();
    this.#pointAt = running.size === 0 ? null : (this.#pointAt ?? now);
    const isPoint =
      this.#pointAt !== null && now - this.#pointAt >= POINT_MILLISECONDS - TOLERANCE_MILLISECONDS;
    let fresh = false;
    const usage: Record<string, Usage> = {};
    for (const partition of store.snapshot().partitions) {
      const { id } = partition;
      const key = usageKey(partition);
      if (key === null) continue;
      const tracked = this.#trackedOf(id, key);
      const reading = readings.get(id);
      if (reading === undefined) this.#rest(tracked);
      else this.#take(tracked, reading, now);
      if (reading !== undefined) this.#disk.runs(id);
      if (isPoint) this.#addPoint(tracked);
      if (tracked.usage === null) fresh = true;
      else usage[id] = { ...tracked.usage, diskBytes: this.#diskBytes(key) };
    }
    this.#lookedAt = now;
    if (isPoint) this.#pointAt = now;
    store.setUsage(new Date(this.#options.clock.now()).toISOString(), usage);
    const isWritten = isPoint && now - this.#writtenAt >= WRITE_MILLISECONDS - TOLERANCE_MILLISECONDS;
    if (running.size === 0 || isWritten) this.#write();
    if (this.#pointAt === null) return;
    const soon = store.watchers > 0 || fresh;
    this.#schedule(soon ? now + WATCHED_MILLISECONDS : this.#pointAt + POINT_MILLISECONDS);
  }

  /** Partitions that have processes, with the pids of their shims. */
  #running(): Map<string, number[]> {
    const running = new Map<string, number[]>();
    for (const unit of this.#options.units.list()) {
      if (unit.state !== 'running' && unit.state !== 'stopping') continue;
      const id = unit.id.slice(0, unit.id.indexOf('/'));
      const shims = running.get(id) ?? [];
      shims.push(unit.shimPid);
      running.set(id, shims);
    }
    return running;
  }

  #trackedOf(partitionId: string, guid: string): Tracked {
    const known = this.#tracked.get(partitionId);
    if (known?.guid === guid) return known;
    const tracked: Tracked = {
      guid,
      counters: this.#options.history.meter(guid)?.counters ?? new Map(),
      lookedAt: null,
      usage: null,
      point: { seconds: 0, cpuSeconds: 0 },
    };
    this.#tracked.set(partitionId, tracked);
    return tracked;
  }

  #rest(tracked: Tracked): void {
    tracked.usage = { cpu: 0, memoryBytes: 0, diskBytes: null, processes: 0 };
    // Where it ends, its curve does.
    if (tracked.lookedAt !== null) this.#addPoint(tracked);
    tracked.lookedAt = null;
  }

  #take(tracked: Tracked, { cpuSeconds, memoryBytes, processes }: Reading, now: number): void {
    const { history, clock } = this.#options;
    const used = growth(tracked.counters, cpuSeconds);
    // The first time, what was used since an earlier agent looked: it counts, but not as a rate.
    const seconds = tracked.lookedAt === null ? 0 : (now - tracked.lookedAt) / 1000;
    const disk = history.meter(tracked.guid)?.disk ?? null;
    history.addConsumption(tracked.guid, {
      at: clock.now(),
      seconds,
      cpuSeconds: used,
      memoryByteSeconds: memoryBytes * seconds,
      diskByteSeconds: (disk?.bytes ?? 0) * seconds,
    });
    history.setMeter(tracked.guid, { counters: cpuSeconds, disk });
    tracked.counters = cpuSeconds;
    tracked.lookedAt = now;
    if (seconds === 0) {
      // Until the second look, what is known is that it was stopped, or nothing.
      if (tracked.usage !== null)
        tracked.usage = { ...tracked.usage, memoryBytes: steady(memoryBytes), processes };
      return;
    }
    tracked.point.seconds += seconds;
    tracked.point.cpuSeconds += used;
    tracked.usage = {
      cpu: Math.round((used / seconds) * 100) / 100,
      memoryBytes: steady(memoryBytes),
      diskBytes: null,
      processes,
    };
  }

  /** While nothing runs there is nothing to add, and the curve has a gap. */
  #addPoint(tracked: Tracked): void {
    const { history, clock } = this.#options;
    const { seconds, cpuSeconds } = tracked.point;
    if (tracked.usage === null || seconds === 0) return;
    const cpu = Math.round((cpuSeconds / seconds) * 1000) / 1000;
    const { memoryBytes } = tracked.usage;
    const at = clock.now();
    history.addSample(tracked.guid, { at, cpu, memoryBytes, diskBytes: this.#diskBytes(tracked.guid) });
    tracked.point = { seconds: 0, cpuSeconds: 0 };
  }

  // ---- Disk

  #diskBytes(guid: string): number | null {
    return this.#options.history.meter(guid)?.disk?.bytes ?? null;
  }

  #diskMeasured(partitionId: string, disk: { bytes: number; at: number }): void {
    const { store, history } = this.#options;
    const partition = store.partition(partitionId);
    const guid = partition === undefined ? null : usageKey(partition);
    if (guid === null || this.#closed) return;
    history.setMeter(guid, { counters: history.meter(guid)?.counters ?? new Map(), disk });
    this.#wake();
  }

  // ---- Writing

  #write(): void {
    const { history, clock, uptime } = this.#options;
    if (!history.hasUnwritten) return;
    this.#writtenAt = uptime();
    try {
      history.write(clock.now());
    } catch (error) {
      // The disk is full: the next minute tries again.
      this.#tell(error);
    }
  }

  /** What cannot be deleted now, the next agent finds to be of nobody. */
  #forget(guid: string): void {
    try {
      this.#options.history.forget(guid);
    } catch (error) {
      this.#tell(error);
    }
  }

  #tell(error: unknown): void {
    if (!this.#faultTold) this.#options.onFault(error);
    this.#faultTold = true;
  }
}

/** How much counters have grown together. One that is new began at zero; one that is gone adds nothing. */
function growth(before: ReadonlyMap<string, number>, now: ReadonlyMap<string, number>): number {
  let sum = 0;
  for (const [name, value] of now) sum += Math.max(0, value - (before.get(name) ?? 0));
  return sum;
}

/** To 100 kB: nobody reads more of it, and what does not really move makes no change. */
function steady(bytes: number): number {
  return Math.round(bytes / 100_000) * 100_000;
}
