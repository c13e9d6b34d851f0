import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BEAT_MILLISECONDS, FactRecord, KEPT_MILLISECONDS } from '../../../agent/conditions/fact-record.ts';
import { UNKNOWN_FACTS, type Facts } from '../../../agent/conditions/facts.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const START = Date.UTC(2026, 10, 1);

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'slapgrid-record-'));
  file = path.join(folder, 'facts');
});
afterEach(() => rmSync(folder, { recursive: true }));

const WHOLE: Facts = {
  battery: { onBattery: true, percent: 62, present: true },
  activeAt: START - 5000,
  loadPercent: 37,
  metered: false,
  celsius: 71,
  freeBytes: 77_000_000_000,
  fullscreen: true,
};

function withLoad(loadPercent: number): Facts {
  return { ...UNKNOWN_FACTS, loadPercent };
}

it('gives back what it was given, over a restart', () => {
  const record = FactRecord.open(file, START);
  record.add(WHOLE, START);
  record.add(UNKNOWN_FACTS, START + MINUTE);
  const again = FactRecord.open(file, START + 2 * MINUTE);
  expect(again.rows(0)).toEqual([
    { at: START, facts: WHOLE },
    { at: START + MINUTE, facts: UNKNOWN_FACTS },
    { at: START + 2 * MINUTE, facts: null },
  ]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

it('has a row a minute at most, and only for changes, or after ten minutes', () => {
  const record = FactRecord.open(file, START);
  for (let second = 0; second < 3600; second += 15) record.add(withLoad(50), START + second * 1000);
  expect(record.length).toBe(7);
  for (let second = 3600; second < 7200; second += 15) {
    record.add(withLoad(second % 100), START + second * 1000);
  }
  expect(record.length).toBeLessThanOrEqual(7 + 60);
});

it('is bounded to eight days, in less than 300 kB', async () => {
  const record = FactRecord.open(file, START);
  const minutes = 12 * 24 * 60;
  for (let minute = 0; minute < minutes; minute += 1) {
    record.add(withLoad((minute % 2) * 50), START + minute * MINUTE);
    if (minute % 1000 === 0) await record.settled();
  }
  await record.settled();
  const [first] = record.rows(0);
  expect(START + 12 * DAY - (first?.at ?? 0)).toBeLessThanOrEqual(KEPT_MILLISECONDS + 1.1 * DAY);
  expect(statSync(file).size).toBeLessThan(300_000);
});

it('knows nothing of the time after an agent that was killed', () => {
  const record = FactRecord.open(file, START);
  record.add(WHOLE, START);
  const again = FactRecord.open(file, START + DAY);
  again.add(WHOLE, START + DAY);
  expect(again.rows(0).map(({ at, facts }) => [at, facts === null])).toEqual([
    [START, false],
    [START + BEAT_MILLISECONDS, true],
    [START + DAY, false],
  ]);
});

it('knows nothing of a sleep', () => {
  const record = FactRecord.open(file, START);
  record.add(WHOLE, START);
  record.end(START + MINUTE);
  record.end(START + 2 * MINUTE);
  record.add(WHOLE, START + 3 * MINUTE);
  expect(record.rows(0).map(({ at, facts }) => [at - START, facts === null])).toEqual([
    [0, false],
    [MINUTE, true],
    [3 * MINUTE, false],
  ]);
});

it('begins with the row that held when it is asked', () => {
  const record = FactRecord.open(file, START);
  for (let minute = 0; minute < 5; minute += 1) record.add(withLoad(minute * 10), START + minute * MINUTE);
  expect(record.rows(START + 2.5 * MINUTE).map(({ at }) => at - START)).toEqual([
    2 * MINUTE,
    3 * MINUTE,
    4 * MINUTE,
  ]);
});

it('forgets a future that a clock set back has left behind', async () => {
  const record = FactRecord.open(file, START + DAY);
  record.add(WHOLE, START + DAY);
  record.add(withLoad(5), START);
  await record.settled();
  expect(record.rows(0)).toEqual([{ at: START, facts: withLoad(5) }]);
  expect(FactRecord.open(file, START).rows(0)[0]).toEqual({ at: START, facts: withLoad(5) });
});

describe('a file that is damaged', () => {
  it('in the middle is begun anew', async () => {
    writeFileSync(file, 'this is no record of facts, and it is long enough');
    const record = FactRecord.open(file, START);
    expect(record.length).toBe(0);
    record.add(WHOLE, START);
    await record.settled();
    expect(FactRecord.open(file, START).rows(0)[0]?.facts).toEqual(WHOLE);
  });

  it('at its end loses the row that was not whole', () => {
    const record = FactRecord.open(file, START);
    record.add(WHOLE, START);
    appendFileSync(file, 'half');
    const again = FactRecord.open(file, START + MINUTE);
    again.add(withLoad(1), START + MINUTE);
    expect(readFileSync(file).length % 20).toBe(0);
    expect(
      FactRecord.open(file, START + MINUTE)
        .rows(0)
        .at(-2)?.facts,
    ).toEqual(withLoad(1));
  });
});

it('keeps in memory what cannot be written, and writes it when it can be', () => {
  const later = path.join(folder, 'later');
  const record = FactRecord.open(path.join(later, 'facts'), START);
  record.add(WHOLE, START);
  expect(record.rows(0)).toHaveLength(1);
  mkdirSync(later);
  record.add(withLoad(1), START + MINUTE);
  expect(
    FactRecord.open(path.join(later, 'facts'), START + MINUTE)
      .rows(0)
      .slice(0, 2),
  ).toEqual([
    { at: START, facts: WHOLE },
    { at: START + MINUTE, facts: withLoad(1) },
  ]);
});
