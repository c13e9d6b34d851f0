/** The accounts: what is added is there once, whatever is rolled up, written or lost in between. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageHistory } from '../../../agent/usage/history.ts';
import { added, NOTHING, type Tally } from '../../../agent/usage/tally.ts';
import { subject } from './accounts.ts';

const NOW = Date.UTC(2026, 10, 22, 14, 30);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const ZONE = 'Europe/Berlin';

let folder: string;
let history: UsageHistory;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'usage-book-'));
  open(NOW);
});
afterEach(async () => {
  history.close();
  await rm(folder, { recursive: true });
});

function open(now: number): void {
  history = UsageHistory.open(path.join(folder, 'usage.sqlite'), now, () => ZONE);
}

const used = (differs: Partial<Tally> = {}): Tally => ({
  ...NOTHING,
  runSeconds: 10,
  cpuSeconds: 1,
  ...differs,
});

const times = (): number[] => [
  ...new Set(history.book.entries(0, Number.MAX_SAFE_INTEGER).map(({ at }) => at)),
];

function total(): Tally {
  return history.book
    .entries(0, Number.MAX_SAFE_INTEGER)
    .reduce((sum, { tally }) => added(sum, tally), NOTHING);
}

describe('the accounts', () => {
  it('are by the minute for two days, by the hour for two months, by the local day then', () => {
    for (const ago of [0, 47 * HOUR, 47 * HOUR + MINUTE, 50 * HOUR, 50 * HOUR + MINUTE])
      history.book.add(subject('A'), NOW - ago, NOW - ago, used());
    for (const ago of [63 * DAY, 63 * DAY + 2 * HOUR])
      history.book.add(subject('A'), NOW - ago, NOW - ago, used());
    history.write(NOW);
    history.book.rollUp(NOW);
    expect(times()).toEqual([
      // Midnight in Berlin, in the summer.
      Date.UTC(2026, 8, 19, 22),
      Date.UTC(2026, 10, 20, 12),
      NOW - 47 * HOUR - MINUTE,
      NOW - 47 * HOUR,
      NOW,
    ]);
    expect(total().cpuSeconds).toBe(7);
  });

  it('forget what is older than five years, and who used that', () => {
    history.book.add(subject('OLD'), NOW - 6 * 365 * DAY, NOW - 6 * 365 * DAY, used());
    history.book.add(subject('NEW'), NOW, NOW, used());
    history.write(NOW);
    history.book.rollUp(NOW);
    const entries = history.book.entries(0, Number.MAX_SAFE_INTEGER);
    expect(entries.map((entry) => entry.subject.key)).toEqual(['NEW']);
  });

  it('spread what took long over its time, cut where no step is cut finer', () => {
    history.book.add(subject('A'), NOW - 20 * MINUTE, NOW + 10 * MINUTE, used({ cpuSeconds: 30 }));
    const entries = history.book.entries(0, Number.MAX_SAFE_INTEGER);
    expect(entries.map(({ at, tally }) => [(at - NOW) / MINUTE, tally.cpuSeconds])).toEqual([
      [-20, 5],
      [-15, 15],
      [0, 10],
    ]);
  });

  it('keep mean, peak, and what was never measured apart from what is zero', () => {
    history.book.add(subject('A'), NOW, NOW, used({ memoryPeakBytes: 5e6, diskByteSeconds: 0 }));
    history.book.add(subject('A'), NOW, NOW, used({ memoryPeakBytes: 3e6 }));
    history.write(NOW);
    history.book.add(subject('A'), NOW, NOW, used({ memoryPeakBytes: 4e6 }));
    history.write(NOW);
    history.book.rollUp(NOW + 3 * DAY);
    expect(total()).toMatchObject({ memoryPeakBytes: 5e6, diskByteSeconds: 0, networkBytes: null });
  });

  it('are by the owner and the name of that time', () => {
    const [before, after] = [
      subject('A'),
      subject('A', { name: 'new', owner: { kind: 'other', name: 'bob' } }),
    ];
    history.book.add(before, NOW, NOW, used());
    history.book.add(after, NOW, NOW, used());
    history.write(NOW);
    const found = history.book.entries(0, Number.MAX_SAFE_INTEGER).map((entry) => entry.subject);
    expect(found).toEqual([before, after]);
    // A master is told of an instance, whoever has it.
    expect(history.book.hoursOf('', 0, 1e9)).toMatchObject([{ guid: 'A', cpuSeconds: 2 }]);
  });

  it('show what is not written yet', () => {
    history.book.add(subject('A'), NOW, NOW, used());
    expect(history.book.begin()).toBe(NOW);
    expect(total().cpuSeconds).toBe(1);
  });

  it('take little memory however long they cannot be written, and lose nothing', () => {
    const amount = 20_000;
    for (let minute = 0; minute < amount; minute += 1)
      history.book.add(subject('A'), NOW + minute * MINUTE, NOW + minute * MINUTE, used());
    expect(history.book.entries(0, Number.MAX_SAFE_INTEGER).length).toBeLessThan(6000);
    history.write(NOW);
    expect(total().cpuSeconds).toBe(amount);
  });
});

/** The same for the same seed. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

describe.each([1, 2, 3, 4, 5])('what was written is there exactly once (%i)', (seed) => {
  it('though the agent is killed, minutes become hours and days, and the clock is set', () => {
    const random = randomOf(seed);
    let now = NOW;
    let [written, pending] = [0, 0];
    for (let turn = 0; turn < 400; turn += 1) {
      const what = random();
      if (what < 0.6) {
        const cpu = Math.floor(random() * 1000);
        const length = random() < 0.1 ? random() * 5 * HOUR : 10_000;
        history.book.add(
          subject(`I${Math.floor(random() * 4)}`),
          now - length,
          now,
          used({ cpuSeconds: cpu }),
        );
        pending += cpu;
      } else if (what < 0.8) {
        history.write(now);
        [written, pending] = [written + pending, 0];
      } else if (what < 0.9) history.book.rollUp(now);
      else if (what < 0.95) {
        history.close();
        open(now);
        pending = 0;
      }
      // Some hours, some months, and back.
      const step = random();
      now += step < 0.9 ? step * HOUR : step < 0.97 ? step * 20 * DAY : -step * 3 * DAY;
      expect(total().cpuSeconds).toBeCloseTo(written + pending, 2);
    }
  });
});
