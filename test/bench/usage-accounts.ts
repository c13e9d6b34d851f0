/** What the accounts of usage cost: recording a look, a year of them on the disk, and reading them. */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { LOCAL_MASTER } from '../../agent/api/contract.ts';
import { systemClock } from '../../agent/clock.ts';
import { bootId } from '../../agent/supervisor/process-record.ts';
import type { UnitStatus } from '../../agent/supervisor/types.ts';
import { UsageHistory } from '../../agent/usage/history.ts';
import { UsageLedger } from '../../agent/usage/ledger.ts';
import type { RunningPartitions } from '../../agent/usage/meter.ts';
import { networkBytes } from '../../agent/usage/network-meter.ts';
import { UsageSampler } from '../../agent/usage/sampler.ts';
import type { Subject } from '../../agent/usage/tally.ts';
import { createTreeMeter } from '../../agent/usage/tree-meter.ts';
import { readyInstance, StandInAgentService } from '../fakes/agent-service.ts';
import type { Row } from './measure.ts';

const LOOKS = 20;
const PERIOD_MILLISECONDS = 10_000;
const YEAR_PARTITIONS = 20;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Processor time of a whole look of the agent: meters, networks, curves, accounts, and writing; in percent of a processor. */
export async function samplingShare(partitions: RunningPartitions): Promise<number[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'slapgrid-bench-usage-'));
  const { store } = new StandInAgentService(partitions.size);
  const units: UnitStatus[] = [];
  for (const [id, [pid = 0]] of partitions) {
    const instance = readyInstance({ guid: id, name: id, state: 'started' });
    store.setPartition({ id, master: LOCAL_MASTER, address: '127.64.0.1', instance });
    const startedAt = '2026-01-01T00:00:00.000Z';
    const common = { state: 'running', shimPid: pid, payloadPid: pid, startedAt, restarts: 0 } as const;
    for (const name of ['service', '.holder'])
      units.push({ ...common, id: `${id}/${name}`, configuration: '' });
  }
  let passed = 0;
  const sampler = new UsageSampler({
    store,
    units: { list: () => units, onChange: () => () => undefined },
    meter: createTreeMeter(),
    history: UsageHistory.open(path.join(folder, 'usage.sqlite'), Date.now()),
    measureDisk: async () => 1e6,
    networkBytes,
    clock: { now: () => Date.now() + passed, after: (...timer) => systemClock.after(...timer) },
    uptime: () => performance.now() + passed,
    sinceBoot: () => performance.now() + passed,
    boot: bootId(),
    onFault: (error) => console.error(error),
  });
  try {
    sampler.start();
    const shares: number[] = [];
    for (let look = 0; look < LOOKS; look += 1) {
      passed += PERIOD_MILLISECONDS;
      const began = process.cpuUsage();
      sampler.settle();
      const { user, system } = process.cpuUsage(began);
      shares.push(((user + system) / 1000 / PERIOD_MILLISECONDS) * 100);
    }
    // The first finds the processes.
    return shares.slice(2);
  } finally {
    await sampler.close();
    rmSync(folder, { recursive: true });
  }
}

/** A year of partitions that always run, as time passes: minutes become hours become days. */
export async function year(): Promise<Row[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'slapgrid-bench-year-'));
  const file = path.join(folder, 'usage.sqlite');
  const end = Date.UTC(2026, 10, 22, 14);
  const history = UsageHistory.open(file, end);
  const subjects = Array.from({ length: YEAR_PARTITIONS }, (_, index) => subjectOf(index));
  try {
    const rollUps: number[] = [];
    for (let day = end - 365 * DAY; day < end; day += DAY) {
      // By the hour, what becomes days is the same.
      const step = end - day > 4 * DAY ? HOUR : MINUTE;
      for (let hour = day; hour < day + DAY; hour += HOUR) {
        for (let at = hour; at < hour + HOUR; at += step)
          for (const whose of subjects) use(history, whose, at, step);
        history.write(hour);
      }
      const began = performance.now();
      history.book.rollUp(day + DAY);
      rollUps.push(performance.now() - began);
    }
    const ledger = new UsageLedger({
      book: history.book,
      usage: { settle: () => undefined },
      masters: { reports: () => [], resolveReport: async () => undefined },
      now: () => end,
      zone: () => 'Europe/Berlin',
    });
    const summary = async (period: 'day' | 'week' | 'month'): Promise<Row> => {
      const samples: number[] = [];
      for (let turn = 0; turn < 5; turn += 1) {
        const began = performance.now();
        await ledger.usageSummary({ period, by: 'partition' });
        samples.push(performance.now() - began);
      }
      return { what: `summary of a ${period}, after a year`, unit: 'ms', samples, baseline: null };
    };
    const summaries = [await summary('day'), await summary('week'), await summary('month')];
    history.close();
    return [
      {
        what: `a year of ${YEAR_PARTITIONS} partitions on the disk`,
        unit: 'MB',
        samples: [statSync(file).size / 1e6],
        baseline: null,
      },
      {
        what: `rolling up a day of ${YEAR_PARTITIONS} partitions`,
        unit: 'ms',
        samples: rollUps.slice(-1),
        baseline: null,
      },
      ...summaries,
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function subjectOf(index: number): Subject {
  const guid = `SOFTINST-${String(index).padStart(8, '0')}-0123456789abcdef`;
  return {
    key: guid,
    partition: `slappart${index}`,
    master: LOCAL_MASTER,
    name: `instance number ${index}`,
    owner: { kind: index % 2 === 0 ? 'me' : 'other', name: `person ${index % 5}` },
  };
}

/** Odd figures, as real ones are: they take more bytes than round ones. */
function use(history: UsageHistory, whose: Subject, at: number, milliseconds: number): void {
  const seconds = milliseconds / 1000;
  const odd = 0.5 + ((at / MINUTE) % 7) / 13;
  history.book.add(whose, at, at, {
    runSeconds: seconds * 0.998_7,
    cpuSeconds: seconds * odd * 0.437_1,
    memoryByteSeconds: seconds * odd * 1.234_567e9,
    memoryPeakBytes: odd * 2.345_678e9,
    diskByteSeconds: seconds * odd * 34.567_89e9,
    networkBytes: Math.round(seconds * odd * 1_234_567),
    uncertain: false,
  });
}
