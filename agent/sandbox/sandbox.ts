/**
 * Isolation by bubblewrap: the {@link Sandbox} of a machine.
 */
import process from 'node:process';
import { SlapgridError } from '../errors.ts';
import { machineCapabilities } from './capabilities.ts';
import { MAKE_ROUTER, NETWORK_SETTINGS, PASTA_ARGUMENTS } from './egress.ts';
import { executePlan } from './execution.ts';
import {
  confinement,
  planConfined,
  planEntering,
  planListening,
  separation,
  withoutUserNamespaces,
} from './launch.ts';
import { probeSandbox } from './probe.ts';
import { hostPrograms, type ProgramPaths } from './programs.ts';
import { limitRate, probeRate } from './rate.ts';
import type { PartitionIdentity, RoutedSandbox, Sandbox, SandboxSpec } from './types.ts';
import { probeWay } from './way-probe.ts';
import { hostProgramsView, partitionFiles, partitionView } from './view.ts';

const USER_LIMITS = '/limits';

/** In a container that writes nothing to /proc/sys, the user's own limits are the only ones. */
const LIMIT_USER = `
for limit in max_inotify_instances=64 max_inotify_watches=32768; do
  { echo "\${limit#*=}" >"${USER_LIMITS}/\${limit%=*}"; } 2>&-
done
`;

const HOLD = `${LIMIT_USER}
echo ready
exec "$1" --inh-caps=-all --ambient-caps=-all --bounding-set=-all -- sleep infinity
`;

/** The same beside a router. The filter’s descriptor is of no use to it. */
const HOLD_WITH_ROUTER = `${LIMIT_USER}
exec 4<&-
${MAKE_ROUTER}
echo ready
exec "$setpriv" --inh-caps=-all --ambient-caps=-all --bounding-set=-all -- sleep infinity
`;

export type SandboxOptions = ProgramPaths & {
  /** Where `/proc` is read for the cause when a sandbox cannot be made. */
  procRoot?: string;
  /** As `process.arch` names it. */
  architecture?: string;
  /** Whose sandbox the probe tries; root's agent: a partition's. */
  probeIdentity?: PartitionIdentity;
};

/** @param options what is not given is the machine's own. */
export function createSandbox(options: SandboxOptions = {}): RoutedSandbox {
  const {
    procRoot = '/proc',
    architecture = process.arch,
    probeIdentity = ownIdentity(),
    ...paths
  } = options;
  const programs = hostPrograms(paths);

  const planHolder: Sandbox['planHolder'] = (identity) =>
    planConfined({
      programs,
      architecture,
      identity,
      holder: null,
      // bubblewrap brings `lo` up in a network namespace it makes. With --dev, --uid or --disable-userns it would make a
      // second user namespace for the program, and nobody could enter the network, which belongs to the first.
      bubblewrapArguments: [
        confinement(),
        '--unshare-net',
        hostProgramsView(),
        // Kernel objects that are counted by user (user_namespaces(7)): what the partition takes of them is counted here first.
        ['--cap-add', 'CAP_SYS_RESOURCE', '--bind-try', '/proc/sys/user', USER_LIMITS],
      ].flat(),
      command: ['/bin/sh', '-c', HOLD, 'hold', programs.require('setpriv')],
      ignoreSignals: false,
    });

  const planRouter: RoutedSandbox['planRouter'] = (identity, { closed }) =>
    planConfined({
      programs,
      architecture,
      identity,
      holder: null,
      bubblewrapArguments: [
        separation(),
        '--unshare-net',
        hostProgramsView(),
        ['--proc', '/proc', '--dev-bind', '/dev/null', '/dev/null'],
        ['--bind-try', '/proc/sys/user', USER_LIMITS, '--bind', '/proc/sys/net', NETWORK_SETTINGS],
        ['CAP_SYS_RESOURCE', 'CAP_SYS_ADMIN', 'CAP_NET_ADMIN'].flatMap((name) => ['--cap-add', name]),
      ].flat(),
      command: [
        ['/bin/sh', '-c', HOLD_WITH_ROUTER, 'hold'],
        (['ip', 'unshare', 'nsenter', 'setpriv'] as const).map((name) => programs.require(name)),
        closed.join(' '),
      ].flat(),
      ignoreSignals: false,
    });

  const planWay: RoutedSandbox['planWay'] = (identity, router) => ({
    // pasta enters the namespaces of the pid itself, and leaves what it does not need.
    argv: [programs.require('pasta'), ...PASTA_ARGUMENTS, String(router)],
    files: {},
    payload: 'direct',
    identity,
  });

  const plan: Sandbox['plan'] = (spec) =>
    planConfined({
      programs,
      architecture,
      identity: spec.identity,
      holder: spec.namespaceHolder,
      cgroup: spec.cgroup,
      bubblewrapArguments: [
        confinement(),
        withoutUserNamespaces(programs),
        partitionView(spec, programs.bubblewrapVersion()),
      ].flat(),
      files: partitionFiles(spec),
      command: ['/usr/bin/env', '--default-signal', '--', ...command(spec)],
      ignoreSignals: true,
    });

  const planDoor: Sandbox['planDoor'] = (identity, namespaceHolder, port) =>
    planListening({
      programs,
      identity,
      holder: namespaceHolder,
      command: [
        programs.require('setpriv'),
        '--no-new-privs',
        '--',
        programs.require('socketProxy'),
        '--connections-max=4096',
        `127.0.0.1:${port}`,
      ],
    });

  const planInnerDoor: Sandbox['planInnerDoor'] = (identity, namespaceHolder, port, socket) =>
    planEntering({
      programs,
      identity,
      holder: namespaceHolder,
      command: [
        [programs.require('setpriv'), '--no-new-privs', '--'],
        // It makes the socket where it runs, and becomes the next program with the first connection.
        [programs.require('socketActivate'), `--listen=127.0.0.1:${port}`],
        [programs.require('socketProxy'), '--connections-max=64', socket],
      ].flat(),
    });

  const run: Sandbox['run'] = (spec, limits) => executePlan(plan(spec), programs, limits);

  const probe: Sandbox['probe'] = () =>
    probeSandbox({ programs, architecture, procRoot, identity: probeIdentity, planHolder });

  const capabilities: Sandbox['capabilities'] = async () => machineCapabilities((await probe()).ok);

  const tryWay: RoutedSandbox['probeWay'] = () =>
    probeWay({
      programs,
      identity: probeIdentity,
      planRouter: () => planRouter(probeIdentity, { closed: [] }),
      planWay: (router) => planWay(probeIdentity, router),
    });

  return {
    probe,
    capabilities,
    plan,
    planHolder,
    planRouter,
    planWay,
    probeWay: tryWay,
    limitRate: (identity, holder, bytesPerSecond) =>
      limitRate({ programs, identity }, holder, bytesPerSecond),
    probeRate: () => probeRate({ programs, identity: probeIdentity, planHolder }),
    planDoor,
    planInnerDoor,
    run,
  };
}

/** `env` would take a word with `=` for a variable. */
function command(spec: SandboxSpec): readonly string[] {
  const program = spec.command[0] ?? '';
  if (program === '' || program.includes('=')) throw new SlapgridError('sandbox-argument');
  return spec.command;
}

/** Root has no identity of its own to confine: `nobody` is the one that every system has. */
function ownIdentity(): PartitionIdentity {
  const uid = process.getuid?.() ?? 0;
  return uid === 0 ? { uid: 65534, gid: 65534 } : { uid, gid: process.getgid?.() ?? uid };
}
