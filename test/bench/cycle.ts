/**
 * A node's cycle with nothing to do: ask a master over HTTP, compare, find every partition as it should be. Beside it the cycle of another
 * node, `slapos node instance`, when there is one (`--peer-slapos COMMAND`): it asks the same master about the same instances.
 */
import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { makeWorld, type World } from './grid-world.ts';
import { median, timed, type Row, type Table } from './measure.ts';

const run = promisify(execFile);

/** Partitions, each with an instance, and how often the other node is measured: it takes its time. */
const COMPUTERS = [
  { partitions: 10, times: 5 },
  { partitions: 100, times: 3 },
  { partitions: 1000, times: 1 },
];
const TIMES = 100;
const WARM_UP = 30;
/** The other node works in no partition of root's. */
const NOBODY = 65_534;

/** @param slapos the command of the other node. */
export async function cycle(slapos?: string): Promise<Table> {
  const rows: Row[] = [];
  for (const computer of COMPUTERS) rows.push(await cycleWith(computer, slapos));
  const faster = rows.flatMap(({ what, samples, baseline }) =>
    baseline === null
      ? []
      : [`${what}: ${(median(baseline.samples) / median(samples)).toFixed(0)} times as fast.`],
  );
  return {
    title: 'cycle: a node with nothing to do, its master over HTTP',
    rows,
    notes: [
      'The agent is there all the time: its cycle is one call and comparing. `slapos node instance` is a process that begins anew each minute: spawn → exit 0.',
      'All instances are started and as the master wants them. They have no promises, which each node would have to run.',
      ...faster,
    ],
  };
}

async function cycleWith(
  { partitions, times }: { partitions: number; times: number },
  slapos: string | undefined,
): Promise<Row> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slapgrid-bench-cycle-'));
  // The grid waits for a network holder to become this program.
  const sleeper = spawn('sleep', ['infinity'], { stdio: 'ignore' });
  const world = await makeWorld(folder, sleeper.pid ?? 0, partitions, { http: true });
  try {
    await world.occupy(partitions);
    const turn = async (): Promise<void> => {
      await world.grid.synchronise();
      await world.grid.settled();
    };
    for (let count = 0; count < WARM_UP; count += 1) await turn();
    const ours: number[] = [];
    const theirs: number[] = [];
    const peer = slapos === undefined ? null : await peerNode(slapos, world, folder);
    await peer?.();
    for (let count = 0; count < times; count += 1) {
      for (let each = 0; each < TIMES / times; each += 1) ours.push(await timed(turn));
      if (peer !== null) theirs.push(await timed(peer));
    }
    return {
      what: `${partitions} partitions: a cycle`,
      unit: 'ms',
      samples: ours,
      baseline: peer === null ? null : { what: 'slapos node instance', samples: theirs },
    };
  } finally {
    await world.close();
    sleeper.kill('SIGKILL');
    await rm(folder, { recursive: true });
  }
}

/**
 * The same computer as the other node would have left it: folders of partitions that hold the time stamp of what was done last.
 * @returns one cycle of it.
 */
async function peerNode(slapos: string, world: World, folder: string): Promise<() => Promise<void>> {
  const root = path.join(folder, 'peer');
  const instances = path.join(root, 'instance');
  const software = path.join(root, 'software');
  await mkdir(path.join(software, createHash('md5').update(world.release).digest('hex')), {
    recursive: true,
  });
  const { partitions } = await world.ask();
  for (const { partitionId, timestamp } of partitions) {
    const partition = path.join(instances, partitionId);
    await mkdir(partition, { recursive: true, mode: 0o750 });
    await writeFile(path.join(partition, '.timestamp'), timestamp);
    if (process.getuid?.() === 0) await chown(partition, NOBODY, NOBODY);
  }
  const configuration = path.join(root, 'slapos.cfg');
  const settings = {
    computer_id: world.computerId,
    master_url: world.url ?? '',
    instance_root: instances,
    software_root: software,
    root_check: 'False',
    forbid_supervisord_automatic_launch: 'true',
    pidfile_instance: path.join(root, 'instance.pid'),
    instance_min_free_space: '0',
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key} = ${value}\n`);
  await writeFile(configuration, `[slapos]\n${lines.join('')}`);
  return async () => {
    const { stderr } = await run(slapos, ['node', 'instance', '--cfg', configuration], {
      maxBuffer: 64 << 20,
    });
    const looked = stderr.match(/Checking slappart\d+ promises/gu)?.length ?? 0;
    if (looked !== partitions.length) throw new Error(`it looked at ${looked} partitions: ${stderr}`);
  };
}
