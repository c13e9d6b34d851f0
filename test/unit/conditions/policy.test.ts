import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ConditionName, Rules } from '../../../agent/api/contract-conditions.ts';
import { DEFAULT_RULES } from '../../../agent/conditions/defaults.ts';
import { UNKNOWN_FACTS, type Facts } from '../../../agent/conditions/facts.ts';
import { holdsAfterChange, holdsAfterMove, initialHolds } from '../../../agent/conditions/holds.ts';
import { decide, type Decision } from '../../../agent/conditions/policy.ts';
import { saidFinish, saidPause, saidRun, type Said } from '../../../agent/conditions/said.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** A Thursday at noon. */
const NOON = Date.UTC(2026, 9, 22, 12);

const ON_BATTERY = { onBattery: true, percent: 60, present: true };
const PLUGGED_IN = { onBattery: false, percent: 60, present: true };

/** A computer over time, as the policy sees it. */
class Computer {
  now = NOON;
  facts: Facts = UNKNOWN_FACTS;
  said: Said | null = null;
  rules: Rules;
  #holds = initialHolds();

  constructor(rules: Partial<Rules> = {}) {
    this.rules = { ...DEFAULT_RULES, ...rules };
  }

  /** What is decided now. */
  look(facts: Partial<Facts> = {}): Decision {
    this.facts = { ...this.facts, ...facts };
    const { decision, holds } = decide(this.#holds, this.facts, this.rules, this.said, this.now);
    this.#holds = holds;
    return decision;
  }

  /** The reasons of a pause, `running` or `finishing`. */
  is(facts: Partial<Facts> = {}): string {
    const { state, causes } = this.look(facts);
    return state === 'paused' ? causes.map(({ name }) => name).join() : state;
  }

  /** Looks each second until something else is decided. @returns the seconds. */
  turnsAfter(facts: Partial<Facts> = {}): number {
    const before = this.is(facts);
    for (let seconds = 1; seconds < 7200; seconds += 1) {
      this.now += SECOND;
      if (this.is() !== before) return seconds;
    }
    return Number.POSITIVE_INFINITY;
  }

  setRules(rules: Partial<Rules>): void {
    const after = { ...this.rules, ...rules };
    this.#holds = holdsAfterChange(this.#holds, this.rules, after);
    this.rules = after;
  }

  moveClock(milliseconds: number): void {
    this.now += milliseconds;
    this.#holds = holdsAfterMove(this.#holds, milliseconds);
  }
}

const ALONE = (name: ConditionName, rule: Partial<Rules>): Partial<Rules> => {
  const off = Object.fromEntries(
    Object.entries(DEFAULT_RULES).map(([each, value]) => [
      each,
      Array.isArray(value) || each === name ? value : { ...value, enabled: false },
    ]),
  ) as Rules;
  return { ...off, ...rule };
};

beforeEach(() => void vi.stubEnv('TZ', 'UTC'));
afterEach(() => void vi.unstubAllEnvs());

describe('the considerate rules', () => {
  it('let a computer that tells nothing run', () => {
    expect(new Computer().is()).toBe('running');
  });

  it.each<[string, Partial<Facts>]>([
    ['battery', { battery: ON_BATTERY }],
    ['battery', { battery: { ...ON_BATTERY, percent: null } }],
    ['metered', { metered: true }],
    ['disk', { freeBytes: 1e9 }],
  ])('pause at once for %s', (name, facts) => {
    expect(new Computer().is(facts)).toBe(name);
  });

  it.each<[string, Partial<Facts>, number]>([
    ['fullscreen', { fullscreen: true }, 3],
    ['temperature', { celsius: 91 }, 10],
    ['activity', { activeAt: NOON, loadPercent: 80 }, 60],
  ])('pause for %s after a while', (name, facts, seconds) => {
    const computer = new Computer();
    expect(computer.turnsAfter(facts)).toBe(seconds);
    expect(computer.is()).toBe(name);
  });

  it.each<[Partial<Facts>]>([
    [{ battery: PLUGGED_IN }],
    [{ activeAt: NOON, loadPercent: 20 }],
    [{ loadPercent: 99 }],
    [{ metered: false, celsius: 60, freeBytes: 90e9, fullscreen: false }],
  ])('let run with %j', (facts) => {
    expect(new Computer().turnsAfter(facts)).toBe(Number.POSITIVE_INFINITY);
  });

  it('name all reasons, the worst first', () => {
    const computer = new Computer();
    computer.turnsAfter({ celsius: 99 });
    expect(computer.is({ metered: true, battery: ON_BATTERY, freeBytes: 1 })).toBe(
      'temperature,battery,disk,metered',
    );
  });

  it('leave a person’s own alone, unless a rule is theirs too', () => {
    const computer = new Computer();
    expect(computer.look({ battery: ON_BATTERY })).toMatchObject({ others: 'freeze', own: null });
    computer.setRules({ own: ['battery'] });
    expect(computer.look()).toMatchObject({ others: 'freeze', own: 'freeze' });
  });

  it('stop rather than freeze where one of several says so', () => {
    const computer = new Computer({ metered: { enabled: true, action: 'stop' } });
    expect(computer.look({ battery: ON_BATTERY }).others).toBe('freeze');
    expect(computer.look({ metered: true }).others).toBe('stop');
  });
});

describe('letting go', () => {
  it.each<[ConditionName, Partial<Rules>, Partial<Facts>, Partial<Facts>, number]>([
    ['battery', {}, { battery: ON_BATTERY }, { battery: PLUGGED_IN }, 60],
    ['metered', {}, { metered: true }, { metered: false }, 60],
    ['metered', {}, { metered: true }, { metered: null }, 60],
    ['disk', {}, { freeBytes: 1e9 }, { freeBytes: 3e9 }, 60],
    [
      'load',
      { load: { enabled: true, action: 'freeze', percent: 80 } },
      { loadPercent: 90 },
      { loadPercent: 60 },
      120,
    ],
    ['temperature', {}, { celsius: 90 }, { celsius: 75 }, 120],
  ])('of %s', (name, rules, before, after, seconds) => {
    const computer = new Computer(ALONE(name, rules));
    if (computer.is(before) === 'running') computer.turnsAfter();
    expect(computer.is()).toBe(name);
    expect(computer.turnsAfter(after)).toBe(seconds);
    expect(computer.is()).toBe('running');
  });

  it.each<[ConditionName, Partial<Rules>, Partial<Facts>, Partial<Facts>]>([
    [
      'battery',
      { battery: { enabled: true, action: 'freeze', belowPercent: 50 } },
      { battery: { ...ON_BATTERY, percent: 49 } },
      { battery: { ...ON_BATTERY, percent: 54 } },
    ],
    [
      'load',
      { load: { enabled: true, action: 'freeze', percent: 80 } },
      { loadPercent: 81 },
      { loadPercent: 71 },
    ],
    ['temperature', {}, { celsius: 86 }, { celsius: 81 }],
    ['disk', {}, { freeBytes: 1.9e9 }, { freeBytes: 2.1e9 }],
  ])('not of %s while it is near its limit', (name, rules, before, near) => {
    const computer = new Computer(ALONE(name, rules));
    if (computer.is(before) === 'running') computer.turnsAfter();
    expect(computer.is()).toBe(name);
    expect(computer.turnsAfter(near)).toBe(Number.POSITIVE_INFINITY);
  });

  it('resumes at N + 5 of the charge', () => {
    const battery = { enabled: true, action: 'freeze', belowPercent: 50 } as const;
    const computer = new Computer({ battery });
    expect(computer.is({ battery: { ...ON_BATTERY, percent: 50 } })).toBe('running');
    expect(computer.is({ battery: { ...ON_BATTERY, percent: 49 } })).toBe('battery');
    expect(computer.turnsAfter({ battery: { ...ON_BATTERY, percent: 55 } })).toBe(60);
  });

  it('says when it will, as soon as that is known', () => {
    const computer = new Computer();
    expect(computer.look({ battery: ON_BATTERY }).until).toBeNull();
    expect(computer.look({ battery: PLUGGED_IN }).until).toBe(NOON + MINUTE);
    expect(computer.look({ metered: true }).until).toBeNull();
  });

  it('of a person who is quiet, after their minutes', () => {
    const computer = new Computer();
    computer.turnsAfter({ activeAt: NOON, loadPercent: 80 });
    expect(computer.is()).toBe('activity');
    computer.now = NOON + 10 * MINUTE - 1;
    expect(computer.is()).toBe('activity');
    computer.now += 1;
    expect(computer.is()).toBe('running');
  });

  it('takes longer for what comes back again and again', () => {
    const computer = new Computer();
    const seconds = [1, 2, 3, 4, 5, 6].map(() => {
      computer.is({ metered: true });
      return computer.turnsAfter({ metered: false });
    });
    expect(seconds).toEqual([60, 120, 240, 480, 900, 900]);
  });

  it('at once when its rule is changed so that nothing holds any more', () => {
    const computer = new Computer();
    expect(computer.is({ battery: ON_BATTERY })).toBe('battery');
    computer.setRules({ battery: { enabled: true, action: 'freeze', belowPercent: 50 } });
    expect(computer.is()).toBe('running');
    computer.setRules({ metered: { enabled: false, action: 'freeze' } });
    expect(computer.is({ metered: true })).toBe('running');
  });
});

describe('nonsense', () => {
  it.each<[Partial<Facts>]>([
    [{ battery: { onBattery: true, percent: null, present: true } }],
    [{ battery: null }],
  ])('a charge that is not known does not fall below anything: %j', (facts) => {
    const computer = new Computer({ battery: { enabled: true, action: 'freeze', belowPercent: 50 } });
    expect(computer.turnsAfter(facts)).toBe(Number.POSITIVE_INFINITY);
  });
});

/** The same sequence every time. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

describe('facts that flap', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('turn the state 20 times an hour at most: %i', (seed) => {
    const next = random(seed);
    const maybe = <Value>(make: () => Value): Value | null => (next() < 0.1 ? null : make());
    const computer = new Computer({ load: { enabled: true, action: 'freeze', percent: 50 } });
    const changes: number[] = [];
    let before = computer.look().state;
    for (let second = 0; second < 6 * 3600; second += 5) {
      computer.now = NOON + second * SECOND;
      // From all rules to one of them, so that no other hides what it does.
      const alone = seed % 2 === 0;
      const { state } = computer.look({
        battery: maybe(() => ({ onBattery: next() < 0.5, percent: Math.round(next() * 100), present: true })),
        ...(alone
          ? {}
          : {
              activeAt: maybe(() => computer.now - Math.round(next() * 20 * MINUTE)),
              loadPercent: maybe(() => Math.round(next() * 100)),
              metered: maybe(() => next() < 0.5),
              celsius: maybe(() => 60 + Math.round(next() * 40)),
              freeBytes: maybe(() => next() * 4e9),
              fullscreen: maybe(() => next() < 0.5),
            }),
      });
      if (state !== before) changes.push(computer.now);
      before = state;
    }
    for (const from of changes) {
      expect(changes.filter((at) => at >= from && at < from + HOUR).length).toBeLessThanOrEqual(20);
    }
  });

  it('turn it rarely even when they follow what lets each rule go', () => {
    const computer = new Computer(ALONE('metered', {}));
    let changes = 0;
    let before = computer.look().state;
    for (let second = 0; second < 3600; second += 1) {
      computer.now = NOON + second * SECOND;
      const { state } = computer.look({ metered: before === 'running' });
      if (state !== before) changes += 1;
      before = state;
    }
    expect(changes).toBeLessThanOrEqual(14);
  });
});

describe('a person’s word', () => {
  it('pauses for as long as they say, whatever the facts', () => {
    const computer = new Computer();
    computer.said = saidPause(15, NOON);
    expect(computer.look()).toMatchObject({
      state: 'paused',
      others: 'freeze',
      own: null,
      until: NOON + 15 * MINUTE,
    });
    computer.now += 15 * MINUTE - 1;
    expect(computer.is()).toBe('person');
    computer.now += 1;
    expect(computer.look()).toMatchObject({ state: 'running', said: null });
  });

  it('stands beside the conditions, and gives way to them when it ends', () => {
    const computer = new Computer();
    computer.said = saidPause(15, NOON);
    expect(computer.is({ battery: ON_BATTERY })).toBe('person,battery');
    computer.now += 15 * MINUTE;
    expect(computer.is()).toBe('battery');
  });

  it('runs anyway, then the conditions hold again', () => {
    const computer = new Computer();
    expect(computer.is({ battery: ON_BATTERY })).toBe('battery');
    computer.said = saidRun(60, NOON);
    expect(computer.look()).toMatchObject({ state: 'running', others: null });
    computer.now += HOUR;
    expect(computer.is()).toBe('battery');
  });

  it('finishes until they resume, and a condition pauses all the same', () => {
    const computer = new Computer();
    computer.said = saidFinish(NOON);
    computer.now += 100 * HOUR;
    expect(computer.look()).toMatchObject({ state: 'finishing', others: null });
    expect(computer.look({ metered: true })).toMatchObject({ state: 'paused', said: { kind: 'finish' } });
  });

  it('is asked about when it ends', () => {
    const { next } = decide(initialHolds(), UNKNOWN_FACTS, DEFAULT_RULES, saidPause(1, NOON), NOON);
    expect(next).toBe(NOON + MINUTE);
  });
});

it('waits on as it did when the clock is set', () => {
  const computer = new Computer();
  computer.is({ battery: ON_BATTERY });
  computer.is({ battery: PLUGGED_IN });
  computer.now += 30 * SECOND;
  computer.moveClock(-5 * HOUR);
  expect(computer.turnsAfter()).toBe(30);
});
