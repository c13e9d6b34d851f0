/**
 * How far this computer is lent, and what is refused for it. What holds is the narrower of what the person chose and of what the
 * machine can safely offer; the one place that decides about what is hosted for others.
 */
import type {
  AuditEntry,
  Egress,
  LendingLimits,
  LendingService,
  LendingView,
  OwnAddress,
  Sharing,
} from '../api/contract-lending.ts';
import type { Owner, PartitionView } from '../api/contract.ts';
import type { Clock } from '../clock.ts';
import { SlapgridError } from '../errors.ts';
import type { Admission, Applicant, PublicDoors } from '../grid/tools.ts';
import { text } from '../messages.ts';
import type { StateStore } from '../state.ts';
import { AuditLog } from './audit-log.ts';
import { DEFAULT_LIMITS, limitsThatFit } from './defaults.ts';
import { DoorAddresses } from './door-addresses.ts';
import { Decisions, REMEMBERED } from './decisions.ts';
import { isGuest, usedByGuests } from './guests.ts';
import type { CountedUse } from '../limits/counted-use.ts';
import { problemOfMostPartitions } from '../limits/limit-problem.ts';
import { limitChanges, mostPartitionsText } from './limit-words.ts';
import { readLendingRecord, writeLendingRecord, type LendingRecord } from './lending-record.ts';
import { includes, narrower } from './order.ts';
import { missingFor, protectionsOf, verdictOf, type Findings } from './protections.ts';
import { shownName } from './shown-name.ts';

/** What a try of the machine finds. */
export type MachineFindings = {
  protections: Findings;
  limitsHeld: LendingView['limitsHeld'];
  backend: string;
  room: LendingView['room'];
};

export type LendingOptions = {
  /** `private/lending.json` and `private/audit.log`. */
  files: { record: string; audit: string };
  store: StateStore;
  clock: Clock;
  /** Tries the machine, anew each time. Cheap, and never throws. */
  examine: () => Promise<MachineFindings>;
  /** What is wrong with limits, or null. */
  problemOf: (limits: LendingLimits, room: LendingView['room']) => SlapgridError | null;
  /** Makes limits hold, on what runs too. */
  applyLimits: (limits: LendingLimits) => Promise<void>;
  /** What is counted of what is hosted, as it is known now. */
  counted: () => CountedUse;
  /** Default: those the kernel says this computer has. */
  ownAddresses?: () => OwnAddress[];
  onFault: (error: unknown) => void;
};

const WATCHED_MILLISECONDS = 5000;

/** How soon a machine that holds less than is asked of it is tried again by itself. */
const EXAMINED_AGAIN_MILLISECONDS = 60_000;

export class Lending implements LendingService, Admission {
  readonly #options: LendingOptions;
  readonly #log: AuditLog;
  readonly #decisions: Decisions;
  readonly #doors: DoorAddresses;
  readonly #listeners = new Set<() => void>();
  readonly #unsubscribe: (() => void)[];
  #record: LendingRecord;
  /** Changes, one after another. */
  #changing: Promise<void> = Promise.resolve();
  #examining: Promise<void> | null = null;
  #cancelUsed: (() => void) | null = null;
  #cancelExamination = (): void => undefined;
  #closed = false;
  /** Resolves when the machine was tried for the first time. */
  readonly ready: Promise<void>;

  private constructor(options: LendingOptions, record: LendingRecord, log: AuditLog, decisions: Decisions) {
    this.#options = options;
    this.#record = record;
    this.#log = log;
    this.#decisions = decisions;
    const { store, clock, ownAddresses: own } = options;
    this.#doors = new DoorAddresses({
      ...(own === undefined ? {} : { own }),
      store,
      clock,
      changed: () => this.#tell(),
    });
    this.#doors.choose(record.doorAddresses);
    this.#unsubscribe = [
      store.onPartition((now, before) => this.#partitionChanged(now, before)),
      store.onWatchers((watchers) => {
        if (watchers > 0) this.#lookSoon();
      }),
    ];
    this.ready = this.examine().then(() => this.#fit());
  }

  /** Reads what was decided, and tries the machine: from then on it can be asked. */
  static async open(options: LendingOptions): Promise<Lending> {
    const lending = await Lending.begin(options);
    await lending.ready;
    return lending;
  }

  /** The same, but the machine is still being tried: until {@link ready} this computer offers others nothing. */
  static async begin(options: LendingOptions): Promise<Lending> {
    const { files, store } = options;
    const { record, damaged } = await readLendingRecord(files.record);
    if (damaged) store.notice('lending', new SlapgridError('lending-damaged').toView());
    const log = new AuditLog(files.audit);
    const before = await log.newest(REMEMBERED).catch((error: unknown) => {
      options.onFault(error);
      return [];
    });
    return new Lending(options, record, log, new Decisions(before));
  }

  /** What is usual may be more than a small computer has. What a person decided stays as it is. */
  #fit(): void {
    const { store } = this.#options;
    if (this.#record.limits !== DEFAULT_LIMITS) return;
    this.#record = { ...this.#record, limits: limitsThatFit(DEFAULT_LIMITS, store.lending.room) };
    store.setLending({ ...store.lending, limits: this.#record.limits });
  }

  // ---- What is admitted

  /**
   * What is decided is written down, once.
   * @param elsewhere why another part refuses it; null: it does not.
   */
  refusal(
    { masterId, partitionId, instance, owner }: Applicant,
    elsewhere: SlapgridError | null = null,
  ): SlapgridError | null {
    if (owner.kind === 'me') return elsewhere;
    const names = { name: shownName(instance), master: shownName(owner.name), partition: partitionId };
    const refusal = elsewhere ?? this.#refused(names) ?? this.#oneTooMany(names);
    const about = { master: masterId, partition: partitionId, instance: names.name };
    if (refusal === null) this.#decided('accepted', text('lending.audit.accepted', names), about);
    else this.#decided('refused', elsewhere === null ? refusal.message : refusedText(names, refusal), about);
    return refusal;
  }

  /** Whether software may be brought here for others. @param elsewhere as for {@link refusal}. */
  softwareRefusal(
    { owner, masterId, url }: { owner: Owner; masterId: string; url: string },
    elsewhere: SlapgridError | null = null,
  ): SlapgridError | null {
    if (owner.kind === 'me') return elsewhere;
    const names = { url: shownName(url), master: shownName(owner.name) };
    const isLent = includes(this.#effective, 'people');
    const refusal = elsewhere ?? (isLent ? null : new SlapgridError('lending-software', names));
    const about = { master: masterId, partition: null, instance: names.url };
    if (refusal === null) this.#decisions.withdrawn(about);
    else if (elsewhere === null) this.#decided('refused', refusal.message, about);
    else this.#decided('refused', refusedText({ name: names.url, master: names.master }, refusal), about);
    return refusal;
  }

  /** Calls after what is admitted changed. Returns the unsubscriber. */
  onAdmission(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Where what is hosted may connect to: what the person chose, where it can be held. */
  get egress(): Egress {
    return egressOf(this.#options.store.lending);
  }

  /** Where the doors of what is hosted listen. */
  get doors(): PublicDoors {
    return this.#doors;
  }

  get #effective(): Sharing {
    return narrower(this.#record.sharing, this.#options.store.lending.verdict);
  }

  #refused({ name, master }: { name: string; master: string }): SlapgridError | null {
    const { protections } = this.#options.store.lending;
    if (includes(this.#effective, 'people')) return null;
    if (!includes(this.#record.sharing, 'people'))
      return new SlapgridError('lending-sharing', { name, master, sharing: this.#record.sharing });
    const missing = titles(missingFor(protections, 'people'));
    return new SlapgridError('lending-verdict', { name, master, missing });
  }

  /** Who came first stays. */
  #oneTooMany({
    name,
    master,
    partition,
  }: Record<'name' | 'master' | 'partition', string>): SlapgridError | null {
    const most = this.#record.mostPartitions;
    if (most === null) return null;
    const accepted = this.#decisions.accepted();
    const place = accepted.indexOf(partition);
    if ((place === -1 ? accepted.length : place) < most) return null;
    return new SlapgridError('lending-partitions', { name, master, most });
  }

  #decided(
    kind: 'accepted' | 'refused',
    sentence: string,
    about: Pick<AuditEntry, 'master' | 'partition' | 'instance'>,
  ): void {
    if (this.#decisions.takes({ kind, ...about })) this.#write({ kind, sentence, ...about });
  }

  // ---- What a person decides

  setSharing(sharing: Sharing): Promise<void> {
    return this.#change(async () => {
      // What was missing may have been mended since.
      if (includes(sharing, 'people')) await this.examine();
      const { verdict, protections } = this.#options.store.lending;
      if (includes(sharing, 'people') && !includes(verdict, sharing))
        throw new SlapgridError('sharing-refused', {
          sharing,
          missing: titles(missingFor(protections, sharing)),
        });
      await this.#keep({ sharing }, 'sharing', text('lending.audit.sharing', { sharing }));
    });
  }

  setLimits(limits: LendingLimits): Promise<void> {
    return this.#change(async () => {
      const problem = this.#options.problemOf(limits, this.#options.store.lending.room);
      if (problem !== null) throw problem;
      await this.#keep({ limits }, 'limits', ...limitChanges(this.#record.limits, limits));
      await this.#options.applyLimits(limits);
    });
  }

  setEgress(egress: Egress): Promise<void> {
    return this.#change(async () => {
      if (egress !== 'none') await this.examine();
      const protection = this.#options.store.lending.protections.find(({ name }) => name === 'egress');
      if (egress !== 'none' && protection?.held !== 'kernel')
        throw new SlapgridError('egress-unavailable', { fix: protection?.fixes.join(' ') ?? '' });
      await this.#keep({ egress }, 'egress', text('lending.audit.egress', { egress }));
    });
  }

  setDoorAddresses(chosen: readonly string[]): Promise<void> {
    return this.#change(async () => {
      const doorAddresses = [...new Set(chosen)];
      this.#doors.check(doorAddresses);
      const addresses = doorAddresses.join(', ') || 'none';
      await this.#keep({ doorAddresses }, 'doors', text('lending.audit.doors', { addresses }));
      this.#doors.choose(doorAddresses);
    });
  }

  setMostPartitions(mostPartitions: number | null): Promise<void> {
    return this.#change(async () => {
      const problem = problemOfMostPartitions(mostPartitions);
      if (problem !== null) throw problem;
      const isSame = mostPartitions === this.#record.mostPartitions;
      const changes = isSame ? [] : [mostPartitionsText(mostPartitions)];
      await this.#keep({ mostPartitions }, 'limits', ...changes);
      this.#tell();
    });
  }

  audit(limit: number): Promise<AuditEntry[]> {
    return this.#log.newest(limit);
  }

  /** Writes down what another part decided about others. */
  record(
    kind: AuditEntry['kind'],
    sentence: string,
    about: Partial<Pick<AuditEntry, 'master' | 'partition' | 'instance'>> = {},
  ): void {
    this.#write({
      kind,
      sentence: shownName(sentence),
      master: null,
      partition: null,
      instance: null,
      ...about,
    });
  }

  async #keep(
    decision: Partial<LendingRecord>,
    kind: AuditEntry['kind'],
    ...sentences: readonly string[]
  ): Promise<void> {
    const record = { ...this.#record, ...decision };
    await writeLendingRecord(this.#options.files.record, record);
    this.#record = record;
    this.#options.store.withdrawNotice('lending');
    for (const sentence of sentences) this.record(kind, sentence);
    this.#show({});
  }

  #change(change: () => Promise<void>): Promise<void> {
    const changed = this.#changing.then(change);
    this.#changing = changed.catch(() => undefined);
    return changed;
  }

  // ---- What the machine holds

  /** Tries the machine again; calls meanwhile are the same try. */
  examine(): Promise<void> {
    this.#examining ??= this.#examine().finally(() => {
      this.#examining = null;
    });
    return this.#examining;
  }

  async #examine(): Promise<void> {
    const { protections: findings, ...rest } = await this.#options.examine();
    if (this.#closed) return;
    const protections = protectionsOf(findings);
    this.#show({ ...rest, protections, verdict: verdictOf(protections) });
    this.#examineAgain();
  }

  /** Only while the person wants more than the machine could hold: they may be mending it. */
  #examineAgain(): void {
    this.#cancelExamination();
    const { verdict } = this.#options.store.lending;
    if (!includes(this.#record.sharing, 'people') || includes(verdict, this.#record.sharing)) return;
    this.#cancelExamination = this.#options.clock.after(EXAMINED_AGAIN_MILLISECONDS, () => {
      this.examine().catch((error: unknown) => this.#options.onFault(error));
    });
  }

  // ---- What is shown

  #show(found: Partial<LendingView>): void {
    const { store } = this.#options;
    const before = store.lending;
    store.setLending({
      ...before,
      ...found,
      ...this.#record,
      doorAddresses: [...this.#record.doorAddresses],
      ownAddresses: this.#doors.own(),
      used: usedByGuests(store.snapshot(), this.#options.counted()),
    });
    const { sharing, verdict, protections } = store.lending;
    const isSame =
      before.sharing === sharing &&
      before.verdict === verdict &&
      egressOf(before) === this.egress &&
      titles(missingFor(before.protections, 'people')) === titles(missingFor(protections, 'people'));
    if (!isSame) this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }

  #partitionChanged(now: PartitionView, before: PartitionView | undefined): void {
    const wasGuest = before !== undefined && isGuest(before);
    if (wasGuest !== isGuest(now)) this.#lookSoon();
    if (!wasGuest || isGuest(now) || !this.#decisions.ended(now.id)) return;
    const instance = shownName(before.instance?.name ?? '');
    const sentence = text('lending.audit.ended', { name: instance, partition: now.id });
    this.#write({ kind: 'ended', sentence, master: now.master, partition: now.id, instance });
  }

  /** What is used, as often as somebody looks, and once after what is hosted changed. */
  #lookSoon(): void {
    if (this.#closed || this.#cancelUsed !== null) return;
    const { clock, store } = this.#options;
    this.#cancelUsed = clock.after(WATCHED_MILLISECONDS, () => {
      this.#cancelUsed = null;
      this.#show({});
      if (store.watchers > 0) this.#lookSoon();
    });
  }

  #write(entry: Omit<AuditEntry, 'at'>): void {
    const at = new Date(this.#options.clock.now()).toISOString();
    this.#log.append({ at, ...entry }).catch((error: unknown) => this.#options.onFault(error));
  }

  /** Resolves when all that was decided is written. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#cancelUsed?.();
    this.#cancelExamination();
    this.#doors.close();
    await this.#changing;
    await this.#log.settled();
  }
}

/** Another part's reason names nobody. */
function refusedText(names: { name: string; master: string }, { message }: SlapgridError): string {
  return text('lending.audit.refused', { ...names, why: message });
}

function egressOf({ egress, protections }: LendingView): Egress {
  return protections.some(({ name, held }) => name === 'egress' && held === 'kernel') ? egress : 'none';
}

function titles(protections: readonly { title: string }[]): string {
  return protections.map(({ title }) => title).join(', ');
}
