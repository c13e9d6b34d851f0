/** How soon the agent answers, alone and with instances to adopt or to start. */
import process from 'node:process';
import { run } from './command.ts';
import type { Installation } from './installation.ts';
import { inTurns, timed, type Table } from './measure.ts';

const TIMES = 5;
const INSTANCES = 10;

export async function start(installation: Installation): Promise<Table> {
  const launched = async (): Promise<number> => {
    await installation.endAgent();
    return timed(() => installation.launchAgent());
  };
  const runAll = (): Promise<number> =>
    timed(() =>
      installation.reaches(
        ({ partitions }) =>
          partitions.filter((partition) => partition.instance?.state === 'started').length === INSTANCES,
      ),
    );

  await installation.withInstances(0);
  const alone = await inTurns(TIMES, {
    node: () => timed(() => run(process.execPath, '-e', '0')),
    agent: launched,
    command: async () => {
      await installation.endAgent();
      return timed(() => installation.command('start', '--headless', '--detach'));
    },
    found: () => timed(() => installation.command('start', '--headless', '--detach')),
  });
  await installation.withInstances(INSTANCES);
  const adopting = await inTurns(TIMES, {
    agent: launched,
    all: runAll,
  });
  const starting = await inTurns(TIMES, {
    agent: async () => {
      await installation.command('stop', '--all');
      return timed(() => installation.launchAgent());
    },
    all: runAll,
  });

  const node = { what: 'node -e 0', samples: alone.node };
  const together = (samples: { agent: number[]; all: number[] }): number[] =>
    samples.agent.map((milliseconds, index) => milliseconds + (samples.all[index] ?? Number.NaN));
  return {
    title: 'start: the agent',
    rows: [
      { what: 'agent: spawn → answers, no instance', unit: 'ms', samples: alone.agent, baseline: node },
      {
        what: `agent: spawn → answers, ${INSTANCES} running instances`,
        unit: 'ms',
        samples: adopting.agent,
        baseline: node,
      },
      {
        what: `agent: spawn → ${INSTANCES} adopted and well`,
        unit: 'ms',
        samples: together(adopting),
        baseline: node,
      },
      {
        what: `agent: spawn → ${INSTANCES} started (as after a boot)`,
        unit: 'ms',
        samples: together(starting),
        baseline: node,
      },
      { what: './slapgrid start --detach, none running', unit: 'ms', samples: alone.command, baseline: node },
      { what: './slapgrid start --detach, agent running', unit: 'ms', samples: alone.found, baseline: node },
    ],
    notes: [
      'The agent answers when the whole state tree is known: partitions formatted, database sound, running instances adopted.',
      `Adopted and well: every promise of the ${INSTANCES} was checked again. Nothing of them was restarted.`,
    ],
  };
}
