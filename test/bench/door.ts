/** What the door costs: one nginx behind it, the same nginx in the host's network beside it. */
import path from 'node:path';
import { executePlan } from '../../agent/sandbox/execution.ts';
import { freePort, programs, serveNginx } from './by-hand.ts';
import type { Installation, OccupiedPartition } from './installation.ts';
import { latencies, load, type Target } from './load.ts';
import { inTurns, median, percentile, type Table } from './measure.ts';

const TIMES = 5;
const SECONDS = 1.5;
const CONNECTIONS = 8;
const LATENCY_REQUESTS = 2000;
const PARTED_REQUESTS = 50;
const BIG_BYTES = 64 << 20;
const SMALL_BYTES = 1024;

export async function door(installation: Installation): Promise<Table> {
  await installation.withInstances(0);
  const { connection } = await installation.request('web', 'nginx');
  const url = new URL(connection.find(({ key }) => key === 'url')?.value ?? '');
  const partition = await installation.occupied('web');
  await makeFiles(partition);
  const port = await freePort();
  const direct = await serveNginx(partition, installation.folder, port);
  try {
    return await measure({ host: url.hostname, port: Number(url.port) }, { host: '127.0.0.1', port });
  } finally {
    await direct.stop();
    await installation.destroy('web');
  }
}

type Address = Pick<Target, 'host' | 'port'>;

async function measure(behind: Address, beside: Address): Promise<Table> {
  const throughput = (address: Address) => async (): Promise<number> => {
    const target = { ...address, path: '/big', bodyBytes: BIG_BYTES };
    const { bytes, seconds } = await load(target, {
      connections: CONNECTIONS,
      keepAlive: true,
      seconds: SECONDS,
    });
    return bytes / 1e6 / seconds;
  };
  const rate = (address: Address, keepAlive: boolean) => async (): Promise<number> => {
    const target = { ...address, path: '/small', bodyBytes: SMALL_BYTES };
    const { requests, seconds } = await load(target, {
      connections: CONNECTIONS,
      keepAlive,
      seconds: SECONDS,
    });
    return requests / seconds;
  };
  const waits: Record<'door' | 'direct', number[][]> = { door: [], direct: [] };
  const wait = (who: 'door' | 'direct', address: Address) => async (): Promise<number> => {
    const samples = await latencies({ ...address, path: '/small', bodyBytes: SMALL_BYTES }, LATENCY_REQUESTS);
    waits[who].push(samples);
    return median(samples);
  };
  const parted = (address: Address) => async (): Promise<number> =>
    median(await latencies({ ...address, path: '/small', bodyBytes: SMALL_BYTES }, PARTED_REQUESTS, 2));
  const samples = await inTurns(TIMES, {
    throughputDirect: throughput(beside),
    throughputDoor: throughput(behind),
    keptDirect: rate(beside, true),
    keptDoor: rate(behind, true),
    eachDirect: rate(beside, false),
    eachDoor: rate(behind, false),
    waitDirect: wait('direct', beside),
    waitDoor: wait('door', behind),
    partedDirect: parted(beside),
    partedDoor: parted(behind),
  });
  const slow = (who: 'door' | 'direct'): number[] => waits[who].map((each) => percentile(each, 0.99));
  const direct = (of: readonly number[]): { what: string; samples: readonly number[] } => ({
    what: 'direct',
    samples: of,
  });
  return {
    title: 'door: nginx behind a door and beside it',
    rows: [
      {
        what: `throughput, ${CONNECTIONS} connections`,
        unit: 'MB/s',
        samples: samples.throughputDoor,
        baseline: direct(samples.throughputDirect),
      },
      {
        what: `requests, ${CONNECTIONS} connections kept alive`,
        unit: '/s',
        samples: samples.keptDoor,
        baseline: direct(samples.keptDirect),
      },
      {
        what: `requests, a connection each, ${CONNECTIONS} at a time`,
        unit: '/s',
        samples: samples.eachDoor,
        baseline: direct(samples.eachDirect),
      },
      {
        what: 'latency p50, one connection',
        unit: 'ms',
        samples: samples.waitDoor,
        baseline: direct(samples.waitDirect),
      },
      {
        what: 'latency p99, one connection',
        unit: 'ms',
        samples: slow('door'),
        baseline: direct(slow('direct')),
      },
      {
        what: 'latency p50, request sent in two parts',
        unit: 'ms',
        samples: samples.partedDoor,
        baseline: direct(samples.partedDirect),
      },
    ],
    notes: [
      'Direct: the same nginx of the same tree with the same configuration, in bubblewrap but in the host’s network, on 127.0.0.1.',
      `Files of ${BIG_BYTES >> 20} MiB and ${SMALL_BYTES} bytes. The load generator (one Node process) and nginx (one worker) share the machine with the door.`,
    ],
  };
}

/** Two files in nginx's folder, made as the partition's user. */
async function makeFiles({ identity, paths }: OccupiedPartition): Promise<void> {
  const folder = path.join(paths.data, 'www');
  const script = `head -c ${BIG_BYTES} /dev/zero >big && head -c ${SMALL_BYTES} /dev/zero >small`;
  const argv = ['/bin/sh', '-c', `cd "$1" && ${script}`, 'sh', folder];
  const { code, output } = await executePlan({ argv, files: {}, payload: 'direct', identity }, programs, {
    timeoutSeconds: 60,
  });
  if (code !== 0) throw new Error(output);
}
