/** What isolation adds to the start of a program. */
import { once } from 'node:events';
import path from 'node:path';
import process from 'node:process';
import { executePlan, startPlan } from '../../agent/sandbox/execution.ts';
import { confinement, planConfined, withoutUserNamespaces } from '../../agent/sandbox/launch.ts';
import { createSandbox } from '../../agent/sandbox/sandbox.ts';
import type { LaunchPlan, SandboxSpec } from '../../agent/sandbox/types.ts';
import { partitionFiles, partitionView } from '../../agent/sandbox/view.ts';
import { plainPlan, programs } from './by-hand.ts';
import type { Installation } from './installation.ts';
import { inTurns, timed, type Table } from './measure.ts';

const TIMES = 30;
const TRUE = '/usr/bin/true';
const LIMITS = { timeoutSeconds: 20 };

export async function sandbox(installation: Installation): Promise<Table> {
  await installation.withInstances(0);
  // Its tree has coreutils.
  await installation.request('web', 'nginx');
  const partition = await installation.occupied('web');
  const { identity, tree, conf, paths, holder } = partition;
  const machine = createSandbox();
  const spec: SandboxSpec = {
    identity,
    tree,
    conf,
    data: paths.data,
    command: [TRUE],
    environment: {},
    hostname: 'bench',
    namespaceHolder: holder,
  };
  const direct: LaunchPlan = { argv: [path.join(tree, TRUE)], files: {}, payload: 'direct', identity };
  const plain = plainPlan(partition, [TRUE]);
  const confined = (network: readonly string[]): LaunchPlan =>
    planConfined({
      programs,
      architecture: process.arch,
      identity,
      holder: null,
      bubblewrapArguments: [
        confinement(),
        network,
        withoutUserNamespaces(programs),
        partitionView(spec, programs.bubblewrapVersion()),
      ].flat(),
      files: partitionFiles(spec),
      command: [TRUE],
      ignoreSignals: false,
    });
  const without = confined([]);
  const withNetwork = confined(['--unshare-net']);
  const samples = await inTurns(TIMES, {
    direct: () => timed(() => executePlan(direct, programs, LIMITS)),
    plain: () => timed(() => executePlan(plain, programs, LIMITS)),
    partition: () => timed(() => machine.run(spec, LIMITS)),
    without: () => timed(() => executePlan(without, programs, LIMITS)),
    withNetwork: () => timed(() => executePlan(withNetwork, programs, LIMITS)),
    holder: () => holderTime(machine.planHolder(identity)),
  });
  await installation.destroy('web');

  const baseline = { what: 'directly', samples: samples.direct };
  return {
    title: `sandbox: a program that ends at once (${TRUE} of a Debian tree)`,
    rows: [
      { what: 'in the sandbox of a partition', unit: 'ms', samples: samples.partition, baseline },
      { what: 'the same without a network namespace', unit: 'ms', samples: samples.without, baseline },
      { what: 'the same with a new network namespace', unit: 'ms', samples: samples.withNetwork, baseline },
      { what: 'in plain bubblewrap, nothing isolated', unit: 'ms', samples: samples.plain, baseline },
      { what: 'a new network: spawn → ready', unit: 'ms', samples: samples.holder, baseline },
    ],
    notes: [
      'Spawn → exit, from one Node process and as the same user. The sandbox: entering the network, closing descriptors, namespaces, the view of the tree, seccomp.',
      'A network is made once for each start of an instance, not for each program.',
    ],
  };
}

/** From the spawn of a network holder until it says that its namespaces are there. */
async function holderTime(plan: LaunchPlan): Promise<number> {
  const began = performance.now();
  const child = startPlan(plan, programs);
  if (child.stdout === null) throw new Error('the holder has no output');
  await once(child.stdout, 'data');
  const ready = performance.now() - began;
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
  return ready;
}
