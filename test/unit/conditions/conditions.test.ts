import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { DesktopFacts, PauseAction, Rules } from '../../../agent/api/contract-conditions.ts';
import { CONTRACT_VERSION } from '../../../agent/api/contract.ts';
import { Conditions, type Order } from '../../../agent/conditions/conditions.ts';
import { DEFAULT_RULES } from '../../../agent/conditions/defaults.ts';
import { FactRecord } from '../../../agent/conditions/fact-record.ts';
import { UNKNOWN_FACTS, type Facts } from '../../../agent/conditions/facts.ts';
import { StateStore } from '../../../agent/state.ts';
import { readyInstance } from '../../fakes/agent-service.ts';
import { ManualClock } from '../../e2e/supervisor/manual-clock.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const ON_BATTERY: Partial<Facts> = { battery: { onBattery: true, percent: 60, present: true } };
const PLUGGED_IN: Partial<Facts> = { battery: { onBattery: false, percent: 60, present: true } };

/** A host of which somebody says what is so, with a clock of the wall and one that nobody sets. */
class Host {
  readonly clock = new ManualClock();
  facts: Facts = UNKNOWN_FACTS;
  orders: (PauseAction | null)[] = [];
  own: PauseAction | null = null;
  readonly told: string[] = [];
  readonly faults: unknown[] = [];
  store: StateStore;
  conditions: Conditions | null = null;
  #wallAhead = 0;
  #folder: string;
  #changed = (): void => undefined;

  constructor(folder: string) {
    this.#folder = folder;
    this.store = this.#newStore();
  }

  get file(): string {
    return path.join(this.#folder, 'conditions.json');
  }

  get now(): number {
    return this.clock.now() + this.#wallAhead;
  }

  #newStore(): StateStore {
    return new StateStore({
      version: '0.0.0',
      contractVersion: CONTRACT_VERSION,
      pid: 1,
      startedAt: '',
      home: this.#folder,
      computerId: 'local_computer',
      computer: { cpus: 2, memoryBytes: 8e9 },
      mode: 'shared',
      firstRunDone: true,
      notifications: { ready: true, failed: true, dying: true, problem: true, master: true, update: true },
      notices: [],
    });
  }

  async start(carry: (order: Order) => Promise<void> = () => Promise.resolve()): Promise<Conditions> {
    this.store = this.#newStore();
    const conditions = await Conditions.open({
      file: this.file,
      store: this.store,
      host: {
        look: () => Promise.resolve({ facts: this.facts, sources: {}, totalBytes: 100e9 }),
        onChange: (listener) => {
          this.#changed = listener;
        },
        tellDesktop: (_facts: DesktopFacts) => this.#changed(),
        close: () => undefined,
      },
      record: FactRecord.open(path.join(this.#folder, 'facts'), this.now),
      carryOut: async (order) => {
        await carry(order);
        this.orders.push(order.others);
        this.own = order.own;
      },
      told: (kind, sentence) => this.told.push(`${kind}: ${sentence}`),
      clock: { now: () => this.now, after: (milliseconds, call) => this.clock.after(milliseconds, call) },
      uptime: () => this.clock.now(),
      onFault: (error) => this.faults.push(error),
    });
    this.conditions = conditions;
    await conditions.start();
    return conditions;
  }

  /** Time passes, look by look. */
  async passes(milliseconds: number): Promise<void> {
    for (let passed = 0; passed < milliseconds; passed += 5000) {
      this.clock.pass(Math.min(5000, milliseconds - passed));
      await settled();
    }
  }

  /** The computer sleeps: time goes by, and timers come late. */
  async sleeps(milliseconds: number): Promise<void> {
    this.clock.pass(milliseconds);
    await settled();
  }

  async becomes(facts: Partial<Facts>): Promise<void> {
    this.facts = { ...this.facts, ...facts };
    this.#changed();
    await settled();
  }

  setWallClock(ahead: number): void {
    this.#wallAhead += ahead;
  }

  get state(): string {
    return this.store.conditions.state;
  }

  get held(): PauseAction | null {
    return this.orders.at(-1) ?? null;
  }
}

/** What follows from a look is done when the turn of the event loop is. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
}

let folder: string;
let host: Host;
beforeEach(async () => {
  vi.stubEnv('TZ', 'Europe/Paris');
  folder = await mkdtemp(path.join(tmpdir(), 'slapgrid-conditions-'));
  host = new Host(folder);
});
afterEach(async () => {
  await host.conditions?.close();
  await rm(folder, { recursive: true });
  vi.unstubAllEnvs();
  expect(host.faults).toEqual([]);
});

describe('facts', () => {
  it('pause at once, and let go after a minute', async () => {
    await host.start();
    await host.becomes(ON_BATTERY);
    expect([host.state, host.held]).toEqual(['paused', 'freeze']);
    expect(host.store.conditions.reasons).toMatchObject([
      { cause: 'battery', sentence: 'on battery', ends: 'ends when plugged in', until: null },
    ]);
    await host.becomes(PLUGGED_IN);
    expect(host.store.conditions.reasons[0]).toMatchObject({
      ends: expect.stringMatching(/^ends at \d\d:\d\d$/) as string,
      until: new Date(host.now + MINUTE).toISOString(),
    });
    await host.passes(MINUTE);
    expect([host.state, host.held]).toEqual(['running', null]);
    expect(host.told).toEqual(['paused: Paused: on battery.', 'resumed: What is hosted goes on.']);
  });

  it('are shown, with what is not known', async () => {
    host.facts = { ...UNKNOWN_FACTS, ...ON_BATTERY, loadPercent: 7 };
    await host.start();
    const facts = host.store.conditions.facts.map(({ condition, known, sentence, pauses }) => [
      condition,
      known,
      sentence,
      pauses,
    ]);
    expect(facts).toEqual([
      ['battery', true, 'On battery, 60 %', true],
      ['activity', false, 'unknown here', false],
      ['load', true, 'Other programs use 7 %', false],
      ['metered', false, 'unknown here', false],
      ['temperature', false, 'unknown here', false],
      ['disk', false, 'unknown here', false],
      ['fullscreen', false, 'unknown here', false],
      ['schedule', true, 'In its hours, always', false],
    ]);
  });

  it('are looked at without being told of a change', async () => {
    await host.start();
    host.facts = { ...UNKNOWN_FACTS, metered: true };
    await host.passes(30_000);
    expect(host.state).toBe('paused');
  });

  it('that flap do not flap what is hosted', async () => {
    await host.start();
    for (let turn = 0; turn < 100; turn += 1) {
      await host.becomes(turn % 2 === 0 ? ON_BATTERY : PLUGGED_IN);
      await host.passes(5000);
    }
    expect(host.orders.filter((order) => order === null)).toHaveLength(1);
  });
});

describe('a person', () => {
  it('pauses for a length of time, and it resolves when it is so', async () => {
    const conditions = await host.start();
    await conditions.pause({ for: 15 });
    expect([host.state, host.held]).toEqual(['paused', 'freeze']);
    expect(host.store.conditions).toMatchObject({
      until: new Date(host.now + 15 * MINUTE).toISOString(),
      said: { kind: 'pause' },
      ownPaused: false,
    });
    await host.passes(15 * MINUTE - 10_000);
    expect(host.state).toBe('paused');
    await host.passes(10_000);
    expect([host.state, host.held]).toEqual(['running', null]);
    expect(host.store.conditions.said).toBeNull();
  });

  it('pauses for another time, which is told as well', async () => {
    const conditions = await host.start();
    await conditions.pause({ for: 15 });
    await conditions.pause({ for: 'resumed' });
    await conditions.resume({ forMinutes: null });
    expect(host.told).toEqual([
      expect.stringMatching(/^paused: Paused by you until .*\d\d:\d\d\.$/),
      'paused: Paused by you.',
      'resumed: What is hosted goes on.',
    ]);
  });

  it('pauses for weeks, until a day that cannot be taken for another', async () => {
    const conditions = await host.start();
    await conditions.pause({ for: 20 * 24 * 60 });
    const day = new Date(host.now + 20 * 24 * HOUR).toLocaleDateString('en-GB', {
      day: 'numeric',
      month: 'short',
    });
    expect(host.store.conditions.reasons[0]?.ends).toMatch(new RegExp(`^ends at ${day} \\d\\d:\\d\\d$`));
  });

  it('resumes, or runs anyway for a while', async () => {
    const conditions = await host.start();
    await host.becomes(ON_BATTERY);
    await conditions.resume({ forMinutes: 60 });
    expect([host.state, host.held]).toEqual(['running', null]);
    expect(host.store.conditions.facts.some(({ pauses }) => pauses)).toBe(false);
    await host.passes(HOUR);
    expect([host.state, host.held]).toEqual(['paused', 'freeze']);
    await conditions.pause({ for: 'resumed' });
    await conditions.resume({ forMinutes: null });
    expect(host.store.conditions.reasons.map(({ cause }) => cause)).toEqual(['battery']);
  });

  it('finishes: nothing new is admitted for others, and what is here is', async () => {
    const conditions = await host.start();
    const owner = { kind: 'other', name: 'Ana' } as const;
    const here = { masterId: 'm', partitionId: 'slappart10', instance: 'db', owner };
    expect(conditions.refusal(here)).toBeNull();
    let changes = 0;
    conditions.onAdmission(() => {
      changes += 1;
    });
    await conditions.finish();
    expect(conditions.softwareRefusal({ owner })?.code).toBe('finishing');
    expect([host.state, host.held]).toEqual(['finishing', null]);
    expect(conditions.refusal(here)?.code).toBe('finishing');
    expect(conditions.refusal({ ...here, owner: { ...owner, kind: 'me' } })).toBeNull();
    await conditions.resume({ forMinutes: null });
    expect([conditions.refusal(here), conditions.softwareRefusal({ owner }), changes]).toEqual([
      null,
      null,
      2,
    ]);
  });

  it('finishes, which is told though it is paused', async () => {
    const conditions = await host.start();
    await host.becomes(ON_BATTERY);
    await conditions.finish();
    expect(host.told).toEqual([
      'paused: Paused: on battery.',
      'resumed: What is hosted goes on until it ends; nothing new is accepted.',
    ]);
  });

  it('finishes, and what was here when they said so may go on, over a restart', async () => {
    const first = await host.start();
    const owner = { kind: 'other', name: 'Ana' } as const;
    const instance = readyInstance({ name: 'db', owner });
    const here = { masterId: 'm', partitionId: 'slappart10', instance: 'db', owner };
    host.store.setPartition({ id: 'slappart10', master: 'm', address: '127.64.0.12', instance });
    await first.finish();
    await first.close();
    const conditions = await host.start();
    expect(host.state).toBe('finishing');
    expect(conditions.refusal(here)).toBeNull();
    expect(conditions.refusal({ ...here, instance: 'web' })?.code).toBe('finishing');
  });

  it('is not kept waiting by a pause that is under way', async () => {
    const carried = Promise.withResolvers<void>();
    const conditions = await host.start(({ others }) =>
      others === 'freeze' ? carried.promise : Promise.resolve(),
    );
    const pausing = conditions.pause({ for: 60 });
    await settled();
    const resuming = conditions.resume({ forMinutes: null });
    expect(host.state).toBe('running');
    carried.resolve();
    await Promise.all([pausing, resuming]);
    expect(host.orders).toEqual([null, 'freeze', null]);
  });
});

describe('over a restart of the agent', () => {
  it('a pause holds before anything is started, and ends when it was to', async () => {
    const conditions = await host.start();
    await conditions.pause({ for: 60 });
    const { since, until } = host.store.conditions;
    await conditions.close();
    await host.sleeps(30 * MINUTE);
    host.orders = [];
    await host.start();
    expect(host.orders).toEqual(['freeze']);
    expect(host.store.conditions).toMatchObject({ state: 'paused', since, until });
    await host.passes(30 * MINUTE);
    expect(host.state).toBe('running');
  });

  it('a rule lets go by the limit at which it would have', async () => {
    const conditions = await host.start();
    await conditions.setRules({
      ...DEFAULT_RULES,
      battery: { enabled: true, action: 'freeze', belowPercent: 50 },
    });
    await host.becomes({ battery: { onBattery: true, percent: 49, present: true } });
    await conditions.close();
    await host.becomes({ battery: { onBattery: true, percent: 52, present: true } });
    await host.start();
    expect(host.state).toBe('paused');
  });

  it('a damaged file gives the considerate rules, and is kept aside', async () => {
    await writeFile(host.file, '{"schema": 1, "rules": {}');
    await host.start();
    expect(host.store.conditions.rules).toEqual(DEFAULT_RULES);
    const [notice] = host.store.snapshot().agent.notices;
    expect(notice?.sentence).toBe('The rules about when this computer hosts could not be read.');
    expect(await readFile(`${host.file}.damaged`, 'utf8')).toContain('schema');
  });
});

describe('clocks', () => {
  it('that are set leave a length of time as long as it was', async () => {
    const conditions = await host.start();
    await conditions.pause({ for: 60 });
    host.setWallClock(-5 * HOUR);
    await host.passes(30 * MINUTE);
    expect(host.state).toBe('paused');
    expect(host.store.conditions.until).toBe(new Date(host.now + 30 * MINUTE).toISOString());
    host.setWallClock(8 * HOUR);
    await host.passes(29 * MINUTE);
    expect(host.state).toBe('paused');
    await host.passes(MINUTE);
    expect(host.state).toBe('running');
  });

  it('that are set are what “until tomorrow” goes by', async () => {
    const conditions = await host.start();
    await conditions.pause({ for: 'tomorrow' });
    host.setWallClock(48 * HOUR);
    await host.passes(30_000);
    expect(host.state).toBe('running');
  });

  it('go on while the computer sleeps: what ended meanwhile has ended', async () => {
    const conditions = await host.start();
    await conditions.pause({ for: 60 });
    await host.sleeps(8 * HOUR);
    expect(host.state).toBe('running');
  });

  it('tell of a sleep, of which nothing is known', async () => {
    const conditions = await host.start();
    await host.passes(10 * MINUTE);
    await host.sleeps(3 * HOUR);
    await host.passes(10 * MINUTE);
    const { days } = await conditions.preview({ days: 1 });
    const states = days.at(-1)?.segments.map(({ state }) => state);
    expect(states).toEqual(['unknown', 'running', 'unknown', 'running']);
  });
});

describe('rules', () => {
  it('take effect at once, and are kept', async () => {
    const conditions = await host.start();
    await host.becomes(ON_BATTERY);
    const rules: Rules = {
      ...DEFAULT_RULES,
      own: ['battery'],
      battery: { ...DEFAULT_RULES.battery, action: 'stop' },
    };
    await conditions.setRules(rules);
    expect([host.held, host.own, host.store.conditions.ownPaused]).toEqual(['stop', 'stop', true]);
    await conditions.setRules({ ...rules, battery: { ...rules.battery, enabled: false } });
    expect([host.state, host.held]).toEqual(['running', null]);
    await conditions.close();
    await host.start();
    expect(host.store.conditions.rules.battery.enabled).toBe(false);
  });

  it.each<[string, Partial<Rules>]>([
    ['battery.belowPercent', { battery: { enabled: true, action: 'freeze', belowPercent: 300 } }],
    ['load.percent', { load: { enabled: true, action: 'freeze', percent: -1 } }],
    ['schedule.hours', { schedule: { enabled: true, action: 'freeze', hours: [] } }],
    ['disk.freeBytes', { disk: { enabled: true, action: 'freeze', freeBytes: Number.NaN } }],
  ])('are refused when %s is nonsense, and those before hold', async (name, rules) => {
    const conditions = await host.start();
    const nonsense = { ...DEFAULT_RULES, ...rules };
    await expect(conditions.setRules(nonsense)).rejects.toMatchObject({ code: 'rules-invalid' });
    await expect(conditions.preview({ rules: nonsense, days: 1 })).rejects.toThrow(name);
    expect(host.store.conditions.rules).toEqual(DEFAULT_RULES);
  });
});

it('holds a pause that cannot be kept on the disk, and says so', async () => {
  const conditions = await host.start();
  await rm(folder, { recursive: true });
  await conditions.pause({ for: 60 });
  expect([host.state, host.held]).toEqual(['paused', 'freeze']);
  expect(host.store.snapshot().agent.notices.map(({ code }) => code)).toEqual(['conditions-unkept']);
  await mkdir(folder);
  await conditions.resume({ forMinutes: null });
  expect(host.store.snapshot().agent.notices).toEqual([]);
});
