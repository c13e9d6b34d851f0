/** What one look at the use of partitions costs the agent. It looks once a second while a page is open, else every ten seconds. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import process from 'node:process';
import { createCgroups } from '../../agent/sandbox/cgroup.ts';
import { createGroupMeter } from '../../agent/usage/group-meter.ts';
import type { Meter, RunningPartitions } from '../../agent/usage/meter.ts';
import { createTreeMeter } from '../../agent/usage/tree-meter.ts';
import type { Row, Table } from './measure.ts';
import { samplingShare, year } from './usage-accounts.ts';

const PARTITIONS = [1, 20, 200];
/** As many as a partition with one service has: its holder, its door, its shims and sandboxes. */
const PROCESSES = 10;
const LOOKS = 50;
const NO_LIMITS = { memoryBytes: null, processes: null, cpus: null };

export async function usage(): Promise<Table> {
  const rows: Row[] = [];
  for (const amount of PARTITIONS) rows.push(...(await rowsOf(amount)));
  rows.push(...(await year()));
  return {
    title: 'usage: one look at all partitions, and the accounts of a year',
    rows,
    notes: [
      `${PROCESSES} sleeping processes in each partition; processor time of the agent, user and system.`,
      'Control groups are there for root’s agent only; an ordinary user’s reads the processes.',
      '“recorded”: everything that the agent does every ten seconds while nobody follows: processes, networks, curves, accounts, and writing them; in percent of one processor.',
      'The year: all partitions run all the time; by the minute for two days, by the hour for two months, by the day then.',
      '“after a fork”: a process was started somewhere on the computer since, so the process table is searched.',
    ],
  };
}

async function rowsOf(amount: number): Promise<Row[]> {
  const shims = await Promise.all(Array.from({ length: amount }, startShim));
  const partitions = new Map(shims.map(({ pid = 0 }, index) => [`slappart${index}`, [pid]]));
  const groups = await createCgroups({ scope: 'bench-usage' });
  try {
    const tree = createTreeMeter();
    const rows = [
      row(`${amount} partitions by their processes`, await looks(tree, partitions)),
      row(`${amount} partitions by their processes, after a fork`, await looks(tree, partitions, fork)),
    ];
    const share = await samplingShare(partitions);
    rows.push({ what: `${amount} partitions recorded`, unit: '%', samples: share, baseline: null });
    if (groups === null) return rows;
    for (const [id, [shim]] of partitions) {
      const { procsFiles } = await groups.ensure(id, NO_LIMITS);
      for (const file of procsFiles) await writeFile(file, String(shim));
    }
    const byGroups = await looks(createGroupMeter(groups), partitions);
    return [row(`${amount} partitions by their control groups`, byGroups), ...rows];
  } finally {
    await Promise.all(shims.map(endShim));
    for (const id of partitions.keys()) await groups?.remove(id);
  }
}

function row(what: string, samples: readonly number[]): Row {
  return { what, unit: 'ms', samples, baseline: null };
}

/** Processor time of each look, in ms. The first finds the processes and is not counted. */
async function looks(
  meter: Meter,
  partitions: RunningPartitions,
  before: () => Promise<void> = async () => undefined,
): Promise<number[]> {
  meter.read(partitions);
  const samples: number[] = [];
  for (let look = 0; look < LOOKS; look += 1) {
    await before();
    const began = process.cpuUsage();
    meter.read(partitions);
    const { user, system } = process.cpuUsage(began);
    samples.push((user + system) / 1000);
  }
  return samples;
}

async function fork(): Promise<void> {
  await once(spawn('/bin/true'), 'exit');
}

async function startShim(): Promise<ChildProcess> {
  const script = `for i in $(seq ${PROCESSES - 1}); do sleep 600 & done; echo ready; wait`;
  const shim = spawn('/bin/sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'], detached: true });
  await once(shim.stdout, 'data');
  return shim;
}

async function endShim(shim: ChildProcess): Promise<void> {
  const ended = once(shim, 'exit');
  process.kill(-(shim.pid ?? 0), 'SIGKILL');
  await ended;
}
