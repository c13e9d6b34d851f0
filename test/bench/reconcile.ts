/**
 * What a synchronisation costs that finds nothing to do: the real local proxy on a real database, the real wire between it and
 * the real grid, in this process. Sandbox, supervisor and provider are stand-ins that count what they are asked to do.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { makeWorld } from './grid-world.ts';
import { inTurns, timed, type Row, type Table } from './measure.ts';

const TIMES = 100;
const WARM_UP = 30;
/** Partitions and how many of them are busy. */
const COMPUTERS = [
  { partitions: 100, busy: 0 },
  { partitions: 10, busy: 10 },
  { partitions: 100, busy: 100 },
  { partitions: 1000, busy: 1000 },
];

export async function reconcile(): Promise<Table> {
  const rows: Row[] = [];
  for (const computer of COMPUTERS) rows.push(...(await reconcileWith(computer)));
  return {
    title: 'reconcile: a synchronisation with nothing to do',
    rows,
    notes: [
      'Asking: the whole computer information, from SQLite through the wire format of SLAP and back. The rest is comparing.',
      'Effects: calls of the stand-ins for supervisor, sandbox and provider, commits to the database, files changed, changes of the state tree; all cycles together.',
    ],
  };
}

async function reconcileWith({ partitions, busy }: { partitions: number; busy: number }): Promise<Row[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slapgrid-bench-grid-'));
  // The grid waits for a network holder to become this program.
  const sleeper = spawn('sleep', ['infinity'], { stdio: 'ignore' });
  const world = await makeWorld(folder, sleeper.pid ?? 0, partitions);
  try {
    await world.occupy(busy);
    const cycle = (): Promise<number> =>
      timed(async () => {
        await world.grid.synchronise();
        await world.grid.settled();
      });
    const measurements = { ask: () => timed(() => world.ask()), cycle };
    await inTurns(WARM_UP, measurements);
    const before = await world.traces();
    const samples = await inTurns(TIMES, measurements);
    const after = await world.traces();
    const effects = after.filter((trace, index) => trace !== before[index]).length;
    return [
      {
        what: `${busy} of ${partitions} busy: a cycle`,
        unit: 'ms',
        samples: samples.cycle,
        baseline: { what: 'asking', samples: samples.ask },
      },
      {
        what: `${busy} of ${partitions} busy: kinds of effects`,
        unit: '',
        samples: [effects],
        baseline: null,
      },
    ];
  } finally {
    await world.close();
    sleeper.kill('SIGKILL');
    await rm(folder, { recursive: true });
  }
}
