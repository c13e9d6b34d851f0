/**
 * Watches what partitions use: once a second while somebody follows it, else every ten seconds for the history, and not at all
 * while nothing runs. A look reads a few files of the kernel for each partition; it starts no process.
 *
 * How much was used is the difference of counters that nobody can set, and how long that took is told by a clock that nobody can
 * set; the clock of the wall says only when it was.
 */
import { USAGE_SECONDS, type PartitionView, type Usage, type UsageSample } from '../api/contract.ts';
import type { Clock } from '../clock.ts';
import { SlapgridError } from '../errors.ts';
import { HOLDER } from '../grid/units.ts';
import type { StateStore } from '../state.ts';
import type { UnitStatus } from '../supervisor/types.ts';
import { DiskGauge } from './disk-gauge.ts';
import { NEW_METER, type InstanceMeter, type Mark, type UsageHistory } from './history.ts';
import type { Meter, Reading } from './meter.ts';
import { NOTHING, type Subject } from './tally.ts';
import { subjectIn, usageKey } from './usage-key.ts';

const WATCHED_MILLISECONDS = 1000;
const POINT_MILLISECONDS = USAGE_SECONDS * 1000;
/** What is seen of a clock that was set, when it goes on; clocks that follow another drift a little. */
const JUMP_MILLISECONDS = 5000;
const DRIFT = 0.001;
/** A clock that was set back lives a time twice; one that was far ahead by mistake was not there. */
const TWICE_MILLISECONDS = 26 * 3_600_000;
/** After a clock was set, nothing is made coarser or forgotten for so long: it may be set right again. */
const DISTRUST_MILLISECONDS = 3_600_000;
/** Timers come late, never early: a point that is due within this is due. */
const TOLERANCE_MILLISECONDS = 500;

const NOTICE = 'usage';

/** One instance that was looked at since the agent began. */
type Tracked = {
  guid: string;
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
  /** Bytes through the network in which this process is; null: they cannot be known. */
  networkBytes: (holder: number) => number | null;
  clock: Clock;
  /** Milliseconds awake since the computer began: a clock that nobody can set, the same for the next agent. */
  uptime: () => number;
  /** The same, with the time asleep. */
  sinceBoot: () => number;
  /** Names this run of the computer. */
  boot: string;
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
  /** What the clocks said when it looked last. */
  #clocks: { wall: number; sinceBoot: number } | null = null;
  /** The latest that the clock of the wall has ever said. */
  #latest = Number.NEGATIVE_INFINITY;
  #jumpedAt = Number.NEGATIVE_INFINITY;
  /** Up to when everything is written, by the clock of the wall. */
  #settledUntil = Number.NEGATIVE_INFINITY;
  #started = false;
  #faultTold = false;
  #unwrittenTold = false;
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
    this.#started = true;
    this.#wake();
  }

  /**
   * Makes the accounts complete up to now, as well as that can be.
   * @returns up to when (by the clock of the wall) everything is in their file.
   */
  settle(): number {
    if (this.#started && !this.#closed) {
      if (this.#options.uptime() - this.#lookedAt >= WATCHED_MILLISECONDS) this.#lookSafely();
      this.#write();
    }
    return this.#settledUntil;
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
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.settle();
    this.#closed = true;
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
      this.#end(before, former);
      this.#tracked.delete(now.id);
      this.#disk.forget(now.id);
      this.#forget(former);
      this.#wake();
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
    const { store, meter, uptime, clock } = this.#options;
    const running = this.#running();
    const readings = running.size === 0 ? new Map<string, Reading>() : meter.read(running);
    const holders = this.#holders();
    const now = uptime();
    const uncertain = this.#readClocks(now);
    this.#pointAt = running.size === 0 ? null : (this.#pointAt ?? now);
    const isPoint =
      this.#pointAt !== null && now - this.#pointAt >= POINT_MILLISECONDS - TOLERANCE_MILLISECONDS;
    let fresh = false;
    const usage: Record<string, Usage> = {};
    for (const partition of store.snapshot().partitions) {
      const { id } = partition;
      const subject = subjectIn(partition);
      if (subject === null) continue;
      const tracked = this.#trackedOf(id, subject.key);
      const reading = readings.get(id);
      if (reading === undefined) this.#rest(tracked);
      else this.#take(tracked, reading, { subject, now, uncertain, network: this.#network(holders.get(id)) });
      this.#countDisk(subject, uncertain);
      if (reading !== undefined) this.#disk.runs(id);
      if (isPoint) this.#addPoint(tracked);
      if (tracked.usage === null) fresh = true;
      else usage[id] = { ...tracked.usage, diskBytes: this.#diskBytes(subject.key) };
    }
    this.#lookedAt = now;
    if (isPoint) this.#pointAt = now;
    store.setUsage(new Date(clock.now()).toISOString(), usage);
    if (running.size === 0 || isPoint) this.#write();
    if (this.#pointAt === null) return;
    const soon = store.watchers > 0 || fresh;
    this.#schedule(soon ? now + WATCHED_MILLISECONDS : this.#pointAt + POINT_MILLISECONDS);
  }

  /** @returns whether it is not certain what time it is, or was since the last look. */
  #readClocks(now: number): boolean {
    const before = this.#clocks;
    const [wall, sinceBoot] = [this.#options.clock.now(), this.#options.sinceBoot()];
    this.#clocks = { wall, sinceBoot };
    const elapsed = sinceBoot - (before?.sinceBoot ?? sinceBoot);
    const moved = wall - (before?.wall ?? wall) - elapsed;
    const jumped = Math.abs(moved) > Math.max(JUMP_MILLISECONDS, elapsed * DRIFT);
    if (jumped) this.#jumpedAt = now;
    const isAgain = wall < this.#latest && this.#latest - wall < TWICE_MILLISECONDS;
    this.#latest = Math.max(this.#latest, wall);
    return jumped || isAgain;
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

  /** The units that hold the networks of partitions. */
  #holders(): Map<string, Extract<UnitStatus, { state: 'running' }>> {
    const holders = new Map<string, Extract<UnitStatus, { state: 'running' }>>();
    for (const unit of this.#options.units.list())
      if (unit.state === 'running' && unit.id.endsWith(`/${HOLDER}`))
        holders.set(unit.id.slice(0, unit.id.indexOf('/')), unit);
    return holders;
  }

  /** The counter of a network; it begins and ends with its holder. */
  #network(holder: Extract<UnitStatus, { state: 'running' }> | undefined): ReadonlyMap<string, number> {
    const bytes = holder === undefined ? null : this.#options.networkBytes(holder.payloadPid);
    if (holder === undefined || bytes === null) return new Map();
    return new Map([[`${this.#options.boot}/${holder.payloadPid}@${holder.startedAt}`, bytes]]);
  }

  #meterOf(key: string): InstanceMeter {
    return this.#options.history.meter(key) ?? NEW_METER;
  }

  #trackedOf(partitionId: string, guid: string): Tracked {
    const known = this.#tracked.get(partitionId);
    if (known?.guid === guid) return known;
    const tracked: Tracked = {
      guid,
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
    const meter = this.#meterOf(tracked.guid);
    if (meter.ran !== null) this.#options.history.setMeter(tracked.guid, { ...meter, ran: null });
  }

  #take(tracked: Tracked, reading: Reading, look: Look): void {
    const { history, clock, boot } = this.#options;
    const { subject, now, uncertain, network } = look;
    const { cpuSeconds, memoryBytes, processes } = reading;
    const meter = this.#meterOf(tracked.guid);
    const used = growth(meter.counters, cpuSeconds);
    const ran = secondsRun(meter, reading, { boot, at: now });
    history.book.add(subject, clock.now() - ran * 1000, clock.now(), {
      ...NOTHING,
      runSeconds: ran,
      cpuSeconds: used,
      memoryByteSeconds: memoryBytes * ran,
      memoryPeakBytes: memoryBytes,
      networkBytes: network.size === 0 ? null : growth(meter.network, network),
      uncertain,
    });
    history.setMeter(tracked.guid, {
      ...meter,
      counters: cpuSeconds,
      // One that cannot be read now goes on.
      network: network.size === 0 ? meter.network : network,
      ran: { boot, at: now },
    });
    // The first time, what was used since an earlier agent looked: it counts, but not as a rate.
    const seconds = tracked.lookedAt === null ? 0 : (now - tracked.lookedAt) / 1000;
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

  /** Its last moments, before it is forgotten. */
  #end(partition: PartitionView | undefined, key: string): void {
    const subject = partition === undefined ? null : subjectIn(partition);
    if (subject?.key === key) this.#countDisk(subject, false);
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

  /** What is there takes its room, whether anything runs or not, or the computer is asleep. */
  #countDisk(subject: Subject, uncertain: boolean): void {
    const { history, clock, sinceBoot, boot } = this.#options;
    const meter = this.#meterOf(subject.key);
    const { disk, stored } = meter;
    if (disk === null) return;
    const [wall, at] = [clock.now(), sinceBoot()];
    // While the computer was off, only the clock of the wall went on.
    const isSameBoot = stored?.boot === boot;
    const elapsed = stored === null ? 0 : isSameBoot ? at - stored.at : wall - stored.wall;
    if (stored !== null && elapsed < 1000 && elapsed >= 0) return;
    history.book.add(subject, wall - Math.max(0, elapsed), wall, {
      ...NOTHING,
      diskByteSeconds: (disk.bytes * Math.max(0, elapsed)) / 1000,
      uncertain: uncertain || elapsed < 0,
    });
    history.setMeter(subject.key, { ...meter, stored: { boot, at, wall } });
  }

  #diskMeasured(partitionId: string, disk: { bytes: number; at: number }): void {
    const { store, history } = this.#options;
    const partition = store.partition(partitionId);
    const subject = partition === undefined ? null : subjectIn(partition);
    if (subject === null || this.#closed) return;
    this.#countDisk(subject, false);
    history.setMeter(subject.key, { ...this.#meterOf(subject.key), disk });
    this.#wake();
  }

  // ---- Writing

  #write(): void {
    const { history, clock, uptime, store } = this.#options;
    const until = this.#clocks?.wall ?? this.#settledUntil;
    try {
      if (history.hasUnwritten) history.write(clock.now());
      if (uptime() - this.#jumpedAt > DISTRUST_MILLISECONDS) history.book.rollUp(clock.now());
    } catch (error) {
      // The disk is full: what is new stays in memory, and the next point tries again.
      this.#tell(error);
      if (!this.#unwrittenTold) store.notice(NOTICE, new SlapgridError('usage-not-written').toView());
      this.#unwrittenTold = true;
      return;
    }
    this.#settledUntil = until;
    if (this.#unwrittenTold) store.withdrawNotice(NOTICE);
    this.#unwrittenTold = false;
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

type Look = { subject: Subject; now: number; uncertain: boolean; network: ReadonlyMap<string, number> };

/** How long it ran since it was counted last, be that by an earlier agent: what of it still runs ran all the time. */
function secondsRun(meter: InstanceMeter, { cpuSeconds }: Reading, now: Mark): number {
  const { ran, counters } = meter;
  if (ran === null || ran.boot !== now.boot || ran.at > now.at) return 0;
  return [...cpuSeconds.keys()].some((name) => counters.has(name)) ? (now.at - ran.at) / 1000 : 0;
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
