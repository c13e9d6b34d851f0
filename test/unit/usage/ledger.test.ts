import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { UsageSeries } from '../../../agent/api/contract-usage.ts';
import { UsageHistory } from '../../../agent/usage/history.ts';
import { UsageLedger } from '../../../agent/usage/ledger.ts';
import { NOTHING, type Subject } from '../../../agent/usage/tally.ts';
import { subject } from './accounts.ts';

const NOW = Date.UTC(2026, 10, 22, 14, 40);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const ANN = subject('A', { name: 'store' });
const ALSO_ANN = subject('B', { name: 'web', partition: 'slappart1' });
const BOB = subject('one/slappart10/C', {
  name: 'his',
  partition: 'slappart10',
  owner: { kind: 'other', name: 'bob' },
});

let history: UsageHistory;
let ledger: UsageLedger;

beforeEach(() => {
  history = UsageHistory.open(':memory:', NOW);
  ledger = new UsageLedger({
    book: history.book,
    usage: { settle: () => undefined },
    masters: { reports: () => [], resolveReport: async () => undefined },
    now: () => NOW,
    zone: () => 'Europe/Berlin',
  });
});
afterEach(() => history.close());

/** One hour of running, on the half of a processor, that ended so many minutes ago. */
function ran(whose: Subject, minutesAgo: number): void {
  const to = NOW - minutesAgo * MINUTE;
  history.book.add(whose, to - HOUR, to, {
    ...NOTHING,
    runSeconds: 3600,
    cpuSeconds: 1800,
    memoryByteSeconds: 3600 * 1e8,
    memoryPeakBytes: 2e8,
    diskByteSeconds: 3600 * 1e9,
    networkBytes: 36e6,
  });
}

describe('the summary', () => {
  it('of nothing is empty', async () => {
    const summary = await ledger.usageSummary({ period: 'day', by: 'person' });
    expect(summary).toMatchObject({ steps: 96, stepSeconds: 900, knownFrom: null, series: [] });
  });

  it('has a rate for each step, nothing where nothing is known, and what is not over yet by what is', async () => {
    ran(ANN, 0);
    const { series } = await ledger.usageSummary({ period: 'day', by: 'partition' });
    const [one] = series;
    expect(one).toMatchObject({ title: 'store', detail: 'slappart0 · ann', owner: ANN.owner });
    expect(one?.cpus.slice(90)).toEqual([
      null,
      // Of the first, what is before the records is no time.
      expect.closeTo(0.5),
      0.5,
      0.5,
      0.5,
      // Ten minutes of it are over.
      expect.closeTo(0.5),
    ]);
    expect(one?.networkBytesPerSecond.at(-1)).toBeCloseTo(10_000);
    expect(one?.totals.cpuSeconds).toBeCloseTo(1800);
    expect(one?.totals.memoryBytes).toBeCloseTo(1e8);
    expect(one?.totals.memoryPeakBytes).toBe(2e8);
  });

  it('by person has what their instances held together, their own first', async () => {
    ran(BOB, 0);
    ran(BOB, 60);
    ran(ANN, 0);
    ran(ALSO_ANN, 0);
    const { series, together } = await ledger.usageSummary({ period: 'day', by: 'person' });
    // In the first hour all three ran, in the other one of them.
    expect(together?.memoryBytes).toBeCloseTo((3e8 + 1e8) / 2);
    expect(together?.cpuSeconds).toBeCloseTo(4 * 1800);
    expect(series.map(({ title, detail }) => [title, detail])).toEqual([
      ['ann', ''],
      ['bob', ''],
    ]);
    expect(series[0]?.totals.memoryBytes).toBeCloseTo(2e8);
    expect(series[0]?.totals.memoryPeakBytes).toBe(4e8);
    expect(series[0]?.totals.runSeconds).toBeCloseTo(7200);
    expect(series[1]?.totals.memoryBytes).toBeCloseTo(1e8);
  });

  it('of one alone is the same as of all together', async () => {
    ran(ANN, 300);
    const { series, together } = await ledger.usageSummary({ period: 'day', by: 'person' });
    expect(together).toEqual(series[0]?.totals);
  });

  it('marks the steps in which the clock was set', async () => {
    history.book.add(ANN, NOW, NOW, { ...NOTHING, uncertain: true });
    const { uncertainSteps } = await ledger.usageSummary({ period: 'day', by: 'person' });
    expect(uncertainSteps).toEqual([95]);
  });

  it('calls an instance as it was called last, and keeps two owners of it apart', async () => {
    ran(ANN, 120);
    ran({ ...ANN, name: 'renamed' }, 0);
    ran({ ...ANN, owner: BOB.owner }, 240);
    const { series } = await ledger.usageSummary({ period: 'day', by: 'partition' });
    expect(series.map(({ title, owner }) => [title, owner.name])).toEqual([
      ['renamed', 'ann'],
      ['store', 'bob'],
    ]);
  });
});

const PARTS = ['cpuSeconds', 'runSeconds', 'diskBytes', 'networkBytes'] as const;

describe.each(['day', 'week', 'month'] as const)('in a %s', (period) => {
  it('the parts are the whole, by whomever they are summed up', async () => {
    let seed = 7;
    const random = (): number => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return seed / 2 ** 32;
    };
    const subjects = [ANN, ALSO_ANN, BOB, { ...ANN, owner: BOB.owner }, { ...BOB, name: 'other' }];
    for (let turn = 0; turn < 300; turn += 1)
      ran(subjects[Math.floor(random() * subjects.length)] ?? ANN, Math.floor(random() * 40 * 1440));
    history.write(NOW);
    const whole = (series: readonly UsageSeries[], part: (typeof PARTS)[number]): number =>
      series.reduce((sum, { totals }) => sum + (totals[part] ?? 0), 0);
    const byPerson = await ledger.usageSummary({ period, by: 'person' });
    const byPartition = await ledger.usageSummary({ period, by: 'partition' });
    const entries = history.book.entries(Date.parse(byPerson.from), Date.parse(byPerson.to));
    const cpu = entries.reduce((sum, { tally }) => sum + tally.cpuSeconds, 0);
    expect(whole(byPerson.series, 'cpuSeconds')).toBeCloseTo(cpu, 3);
    for (const part of PARTS)
      expect(whole(byPartition.series, part) / whole(byPerson.series, part)).toBeCloseTo(1, 6);
    // So are the steps, of each.
    const borders = byPerson.borders?.map((border) => Date.parse(border)) ?? [];
    for (const { cpus, totals } of [...byPerson.series, ...byPartition.series]) {
      const sum = cpus.reduce<number>((before, rate, step) => {
        const end = Math.min(NOW, borders[step + 1] ?? 0);
        return before + (rate ?? 0) * ((end - (borders[step] ?? 0)) / 1000);
      }, 0);
      expect(sum).toBeCloseTo(totals.cpuSeconds, 3);
    }
    // When hours are made of minutes, nothing changes.
    history.book.rollUp(NOW);
    const after = await ledger.usageSummary({ period, by: 'person' });
    expect(whole(after.series, 'cpuSeconds')).toBeCloseTo(cpu, 3);
  });
});

describe('CSV', () => {
  it('has a line for each series and step, in base units', async () => {
    ran(ANN, 0);
    const { name, text } = await ledger.usageCsv({ period: 'day', by: 'partition' });
    expect(name).toBe('slapgrid-usage-day-partition-2026-11-22.csv');
    const lines = text.split('\r\n');
    expect(lines).toHaveLength(1 + 96 + 1);
    expect(lines[0]).toBe(
      'begins,ends,title,detail,owner_kind,owner,cpu_seconds,memory_bytes,memory_peak_bytes,disk_bytes,network_bytes,run_seconds,clock_uncertain',
    );
    expect(lines[94]).toBe(
      '2026-11-22T14:15:00.000Z,2026-11-22T14:30:00.000Z,store,slappart0 · ann,me,ann,450,100000000,200000000,1000000000,9000000,900,'.replace(
        '14:15:00.000Z,2026-11-22T14:30',
        '14:00:00.000Z,2026-11-22T14:15',
      ),
    );
    expect(lines[1]).toBe(
      '2026-11-21T14:45:00.000Z,2026-11-21T15:00:00.000Z,store,slappart0 · ann,me,ann,,,,,,,',
    );
  });

  it.each([
    ['=cmd|calc', "'=cmd|calc"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['\tx', "'\tx"],
    ['a "b", c', '"a ""b"", c"'],
    ['=1,2', `"'=1,2"`],
    ['two\nlines', '"two\nlines"'],
  ])('has no name that a spreadsheet would calculate or misread: %j', async (name, cell) => {
    ran({ ...ANN, name }, 0);
    const { text } = await ledger.usageCsv({ period: 'day', by: 'partition' });
    expect(text).toContain(`Z,${cell},slappart0`);
  });
});
