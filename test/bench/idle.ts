/** What it costs to have it running while nothing happens. */
import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import type { Installation, OccupiedPartition } from './installation.ts';
import { type Row, type Table } from './measure.ts';
import { activity, childrenOf, faultsOfEndedChildren, proportionalMemory } from './processes.ts';

const INSTANCES = 10;
/** With instances, promises are checked once a minute, and usage is recorded every ten seconds: five minutes have some of each. */
const SECONDS = { alone: 30, instances: 300 };
/** V8 tidies up once, about a quarter of a minute after the last work: with four threads, for as long as an idle agent works in minutes. */
const SETTLING_SECONDS = 30;

export async function idle(installation: Installation): Promise<Table> {
  // An agent that has just done something else would be measured with what that left in its memory.
  await installation.withInstances(0);
  await installation.endAgent();
  const alone = await watch(installation, [], SECONDS.alone);
  const node = await bareNode(installation);

  const names = await installation.withInstances(INSTANCES);
  const worked = [proportionalMemory(await installation.agentPid()) ?? Number.NaN];
  await installation.endAgent();
  await installation.api();
  const partitions = await Promise.all(names.map((name) => installation.occupied(name)));
  const busy = await watch(installation, partitions, SECONDS.instances);

  const overhead = partitions.flatMap(({ units }) => units.flatMap((unit) => unit.overhead));
  const services = partitions.flatMap(({ units }) => units.flatMap((unit) => unit.service));
  const each = (pids: readonly number[]): number[] => [memoryOf(pids) / INSTANCES];
  const unit = (belongs: (name: string) => boolean): number[] =>
    each(
      partitions.flatMap(({ units }) =>
        units.filter(({ name }) => belongs(name)).flatMap((found) => found.overhead),
      ),
    );
  const service = { what: 'memcached itself', samples: each(services) };
  const bare = { what: 'bare Node', samples: node };
  const perMinute = (amount: number, seconds: number): number[] => [(amount * 60) / seconds];
  const agentRows = (what: string, watched: Watched, seconds: number): Row[] => [
    { what: `agent, ${what}: memory`, unit: 'MB', samples: watched.memory, baseline: bare },
    {
      what: `agent, ${what}: processor time`,
      unit: 's/min',
      samples: perMinute(watched.agent.cpuMilliseconds / 1000, seconds),
      baseline: null,
    },
    {
      what: `agent, ${what}: context switches`,
      unit: '/min',
      samples: perMinute(watched.agent.switches, seconds),
      baseline: null,
    },
    { what: `${what}: processes started meanwhile`, unit: '', samples: [watched.started], baseline: null },
  ];
  return {
    title: 'idle: agent and partitions while nothing happens',
    rows: [
      ...agentRows('no instance', alone, SECONDS.alone),
      ...agentRows(`${INSTANCES} instances`, busy, SECONDS.instances),
      { what: `agent that has just made ${INSTANCES}: memory`, unit: 'MB', samples: worked, baseline: bare },
      { what: 'overhead per instance: memory', unit: 'MB', samples: each(overhead), baseline: service },
      { what: '… network holder', unit: 'MB', samples: unit((name) => name === '.holder'), baseline: null },
      { what: '… door', unit: 'MB', samples: unit((name) => name.startsWith('.door-')), baseline: null },
      {
        what: '… shim and sandbox',
        unit: 'MB',
        samples: unit((name) => !name.startsWith('.')),
        baseline: null,
      },
      {
        what: 'overhead per instance: processes',
        unit: '',
        samples: [overhead.length / INSTANCES],
        baseline: { what: 'memcached itself', samples: [services.length / INSTANCES] },
      },
      {
        what: `overhead of ${INSTANCES} instances: context switches`,
        unit: '/min',
        samples: perMinute(busy.overhead, SECONDS.instances),
        baseline: null,
      },
    ],
    notes: [
      'Memory is PSS: private pages, and of each shared page its share.',
      'Bare Node: the same Node doing nothing, from a file of its own as the agent’s is.',
      `Windows: ${SECONDS.alone} s without instances, ${SECONDS.instances} s with (in which every promise is checked five times, and usage is recorded thirty times).`,
      'Processes started: by the agent or by a shim; 0 is exact, 1 means one or more.',
    ],
  };
}

type Watched = {
  memory: number[];
  agent: { cpuMilliseconds: number; switches: number };
  /** Context switches of everything that is not the agent and not a service. */
  overhead: number;
  started: number;
};

async function watch(
  installation: Installation,
  partitions: readonly OccupiedPartition[],
  seconds: number,
): Promise<Watched> {
  const agent = await installation.agentPid();
  const overhead = partitions.flatMap(({ units }) => units.flatMap((unit) => unit.overhead));
  const parents = [agent, ...overhead];
  await delay(SETTLING_SECONDS * 1000);
  const before = look(agent, overhead, parents);
  await delay(seconds * 1000);
  const after = look(agent, overhead, parents);
  return {
    memory: [proportionalMemory(agent) ?? Number.NaN],
    agent: {
      cpuMilliseconds: after.agent.cpuMilliseconds - before.agent.cpuMilliseconds,
      switches: after.agent.switches - before.agent.switches,
    },
    overhead: after.overhead - before.overhead,
    started: before.families === after.families ? 0 : 1,
  };
}

function look(
  agent: number,
  overhead: readonly number[],
  parents: readonly number[],
): { agent: ReturnType<typeof activity>; overhead: number; families: string } {
  return {
    agent: activity(agent),
    overhead: overhead.reduce((sum, pid) => sum + activity(pid).switches, 0),
    families: parents.map((pid) => `${childrenOf(pid).join()} ${faultsOfEndedChildren(pid)}`).join('\n'),
  };
}

function memoryOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + (proportionalMemory(pid) ?? Number.NaN), 0);
}

async function bareNode(installation: Installation): Promise<number[]> {
  const child = spawn(await installation.ownNode(), ['-e', 'setInterval(() => {}, 2 ** 30)'], {
    stdio: 'ignore',
  });
  try {
    await delay(2000);
    return [proportionalMemory(child.pid ?? 0) ?? Number.NaN];
  } finally {
    child.kill('SIGKILL');
  }
}
