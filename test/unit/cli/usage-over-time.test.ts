import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { UsageSeries } from '../../../agent/api/contract-usage.ts';
import { standInMaster } from '../../fakes/agent-service.ts';
import { commandLine, type CommandLine } from './command-line.ts';

const NAMED = {
  key: 'a',
  title: 'ann',
  detail: 'slappart0 · ann',
  owner: { kind: 'me', name: 'ann' },
  cpus: [1],
  memoryBytes: [1],
  memoryPeakBytes: [1],
  diskBytes: [1],
  networkBytesPerSecond: [null],
  runSeconds: [1],
} satisfies Omit<UsageSeries, 'totals'>;

let line: CommandLine;
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'usage-cli-'));
  line = commandLine();
  const totals = {
    cpuSeconds: 4000,
    memoryBytes: 120e6,
    memoryPeakBytes: 200e6,
    diskBytes: 3e9,
    networkBytes: null,
    runSeconds: 86_400,
  };
  const other = { ...NAMED, key: 'b', title: 'bob\u001b[2J', totals: { ...totals, cpuSeconds: 30 } };
  line.service.shownUsage = {
    from: '2026-11-21T14:00:00.000Z',
    to: '2026-11-22T14:00:00.000Z',
    stepSeconds: 3600,
    steps: 0,
    knownFrom: null,
    series: [{ ...NAMED, totals }, other],
    reports: [
      {
        master: 'm-1',
        title: 'slap.example.org',
        acknowledgedUntil: null,
        waiting: 2,
        uncertain: [{ period: 'COMP-1-2026-11-22T13', sentAt: '2026-11-22T14:07:00.000Z' }],
      },
    ],
  };
});
afterEach(() => rm(folder, { recursive: true }));

describe('usage', () => {
  it('is of the last day by person when nothing is said', async () => {
    const { status, stdout } = await line.run('usage');
    expect(status).toBe(0);
    expect(line.service.calls.at(-1)).toEqual(['usageSummary', { period: 'day', by: 'person' }]);
    expect(stdout).toContain('last 24 hours');
    expect(stdout).toMatch(/^PERSON +PROCESSOR +MEMORY +PEAK +DISK +NETWORK +RAN$/mu);
    expect(stdout).toMatch(/^ann +1 h 7 min +120 MB +200 MB +3,000 MB +– +24 h 0 min$/mu);
    expect(stdout).toMatch(/^together +1 h 7 min +6,000 MB +– +48 h 0 min$/mu);
  });

  it('shows no name that moves the cursor', async () => {
    const { stdout } = await line.run('usage', 'week', '--by', 'partition');
    expect(stdout).not.toContain('\u001b');
    expect(stdout).toContain('slappart0 · ann');
    expect(line.service.calls.at(-1)).toEqual(['usageSummary', { period: 'week', by: 'partition' }]);
  });

  it('tells what masters have, what waits, and what is in doubt with the way to decide', async () => {
    const { stdout } = await line.run('usage');
    expect(stdout).toContain('slap.example.org: has acknowledged no report yet; 2 wait.');
    expect(stdout).toContain('usage report slap.example.org COMP-1-2026-11-22T13 --again');
  });

  it('is the same document as the page has with --json', async () => {
    const { stdout } = await line.run('--json', 'usage', 'month');
    expect(JSON.parse(stdout)).toEqual(line.service.shownUsage);
  });

  it('is written as CSV to a new file, to no other, or to the output', async () => {
    const file = path.join(folder, 'usage.csv');
    line.service.shownCsv = 'a,b\r\n1,2\r\n';
    expect((await line.run('usage', '--csv', file)).status).toBe(0);
    expect(await readFile(file, 'utf8')).toBe('a,b\r\n1,2\r\n');
    const again = await line.run('usage', '--csv', file);
    expect(again.status).toBe(1);
    expect(again.stderr).toContain(file);
    const nowhere = await line.run('usage', '--csv', path.join(folder, 'none', 'usage.csv'));
    expect(nowhere.status).toBe(1);
    expect(nowhere.stderr).toContain(`There is no folder ${path.join(folder, 'none')}. Nothing was written.`);
    expect((await line.run('usage', '--csv', '-')).stdout).toBe('a,b\r\n1,2');
  });

  it('is of a known time, by something known', async () => {
    expect((await line.run('usage', 'year')).status).toBe(2);
    expect((await line.run('usage', '--by', 'weekday')).status).toBe(2);
  });
});

describe('usage report', () => {
  const decide = (...words: string[]): ReturnType<CommandLine['run']> =>
    line.run('usage', 'report', 'slap.example.org', 'COMP-1-2026-11-22T13', ...words);

  beforeEach(() =>
    line.service.store.setMaster({ ...standInMaster(), id: 'm-1', title: 'slap.example.org' }),
  );

  it.each(['again', 'done'] as const)('decides with --%s', async (as) => {
    const { status, stdout } = await decide(`--${as}`);
    expect(status).toBe(0);
    expect(stdout).toContain('slap.example.org');
    const decided = { master: 'm-1', period: 'COMP-1-2026-11-22T13', as };
    expect(line.service.calls.at(-1)).toEqual(['resolveReport', decided]);
  });

  it('decides nothing without a word, or with both', async () => {
    const { status, stderr } = await decide();
    expect(status).toBe(2);
    expect(stderr).toContain('--again or --done');
    expect((await decide('--again', '--done')).status).toBe(2);
  });
});
