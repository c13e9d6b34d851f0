/** How long it takes from the wish until partitions are held still: nothing of them runs any more. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import process from 'node:process';
import { SignalFreezer } from '../../agent/limits/signal-freezer.ts';
import { createCgroups } from '../../agent/sandbox/cgroup.ts';
import type { UnitStatus } from '../../agent/supervisor/types.ts';
import { timed, type Row, type Table } from './measure.ts';
import { childrenOf } from './processes.ts';

const PARTITIONS = [1, 10];
/** As many as a partition with one service has; one of them never rests. */
const PROCESSES = 10;
const TIMES = 30;
const NO_LIMITS = { memoryBytes: null, processes: null, cpus: null };

type Freezer = {
  freeze: (id: string) => Promise<boolean>;
  thaw: (id: string) => Promise<void>;
};

export async function freeze(): Promise<Table> {
  const rows: Row[] = [];
  for (const amount of PARTITIONS) rows.push(...(await rowsOf(amount)));
  return {
    title: 'freeze: from the wish until nothing of the partitions runs',
    rows,
    notes: [
      `${PROCESSES} processes in each partition, one of which never rests; all partitions at once.`,
      'The kernel freezes control groups; without them every process gets a signal, and they are looked at until none runs.',
    ],
  };
}

async function rowsOf(amount: number): Promise<Row[]> {
  const shims = await Promise.all(Array.from({ length: amount }, startShim));
  const partitions = new Map(shims.map(({ pid = 0 }, index) => [`slappart${index}`, pid]));
  const groups = await createCgroups({ scope: 'bench-freeze' });
  try {
    const name = `${amount} ${amount === 1 ? 'partition' : 'partitions'}`;
    const bySignals = await samplesOf(signals(partitions), [...partitions.keys()]);
    const rows = [row(`${name} by signals`, bySignals.frozen), row(`${name} let go`, bySignals.thawed)];
    if (groups === null) return rows;
    for (const [id, shim] of partitions) {
      const { procsFiles } = await groups.ensure(id, NO_LIMITS, 'hosted');
      for (const pid of [shim, ...childrenOf(shim)])
        for (const file of procsFiles) await writeFile(file, String(pid));
    }
    const byKernel = await samplesOf(groups, [...partitions.keys()]);
    return [row(`${name} by the kernel`, byKernel.frozen), row(`${name} let go`, byKernel.thawed), ...rows];
  } finally {
    for (const id of partitions.keys()) await groups?.remove(id);
    await Promise.all(shims.map(endShim));
    await groups?.end();
  }
}

function row(what: string, samples: readonly number[]): Row {
  return { what, unit: 'ms', samples, baseline: null };
}

async function samplesOf(
  freezer: Freezer,
  ids: readonly string[],
): Promise<{ frozen: number[]; thawed: number[] }> {
  const samples: { frozen: number[]; thawed: number[] } = { frozen: [], thawed: [] };
  for (let time = 0; time < TIMES; time += 1) {
    samples.frozen.push(
      await timed(async () => {
        const held = await Promise.all(ids.map((id) => freezer.freeze(id)));
        if (held.includes(false)) throw new Error('a partition was not held still');
      }),
    );
    samples.thawed.push(await timed(() => Promise.all(ids.map((id) => freezer.thaw(id)))));
  }
  return samples;
}

/** As the agent of an ordinary user does it. */
function signals(partitions: ReadonlyMap<string, number>): Freezer {
  const units = [...partitions].map(([id, shimPid]): UnitStatus => {
    const started = { startedAt: '', configuration: '', restarts: 0 };
    return { state: 'running', id: `${id}/service`, shimPid, payloadPid: shimPid, ...started };
  });
  const freezer = new SignalFreezer({
    list: () => units,
    status: () => undefined,
    onChange: () => () => undefined,
  });
  return { freeze: (id) => freezer.freeze(id), thaw: async (id) => freezer.thaw(id) };
}

async function startShim(): Promise<ChildProcess> {
  const script = `for i in $(seq ${PROCESSES - 2}); do sleep 600 & done; (while :; do :; done) & echo ready; wait`;
  const shim = spawn('/bin/sh', ['-c', script], { stdio: ['ignore', 'pipe', 'ignore'], detached: true });
  await once(shim.stdout, 'data');
  return shim;
}

async function endShim(shim: ChildProcess): Promise<void> {
  if (shim.exitCode !== null || shim.signalCode !== null) return;
  const ended = once(shim, 'exit');
  process.kill(-(shim.pid ?? 0), 'SIGKILL');
  await ended;
}
