/**
 * Whether this machine can isolate a partition: by isolating something, with everything that a partition has, and looking
 * at it from inside.
 */
import type { ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { executePlan, killPlan, payloadPid, startPlan } from './execution.ts';
import { confinement, planConfined, withoutUserNamespaces } from './launch.ts';
import type { HostPrograms } from './programs.ts';
import { machines } from './seccomp/syscalls.ts';
import type { LaunchPlan, PartitionIdentity, ProbeResult } from './types.ts';
import { hostView } from './view.ts';

type Failure = Extract<ProbeResult, { ok: false }>;

type ProbeSetting = {
  programs: HostPrograms;
  architecture: string;
  procRoot: string;
  identity: PartitionIdentity;
  planHolder: (identity: PartitionIdentity) => LaunchPlan;
};

const TIMEOUT_SECONDS = 10;

/** Never throws. */
export async function probeSandbox(setting: ProbeSetting): Promise<ProbeResult> {
  try {
    return missing(setting) ?? (await attempt(setting));
  } catch (error) {
    return failure('unknown', error instanceof Error ? error.message : String(error));
  }
}

function failure(cause: Failure['cause'], detail: string): Failure {
  return { ok: false, cause, detail: detail.trim() };
}

/** What can be told without trying. */
function missing({ programs, architecture }: ProbeSetting): Failure | null {
  if (machines[architecture] === undefined) return failure('architecture', architecture);
  if (programs.find('bubblewrap') === null) return failure('missing', 'bwrap');
  if (programs.find('nsenter') === null) return failure('no-util-linux', 'nsenter');
  if (programs.find('setpriv') === null) return failure('no-util-linux', 'setpriv');
  if (programs.find('bash') === null) return failure('no-bash', 'bash');
  if (programs.find('socketProxy') === null) return failure('no-proxyd', 'systemd-socket-proxyd');
  const version = programs.bubblewrapVersion();
  return version.sufficient ? null : failure('too-old', version.text);
}

async function attempt(setting: ProbeSetting): Promise<ProbeResult> {
  const { programs, identity } = setting;
  const holder = startPlan(setting.planHolder(identity), programs);
  try {
    const started = await ready(holder);
    if (!started.ok) return failure(causeOf(started.said, setting.procRoot), started.said);
    const inside = await executePlan(insidePlan(setting, started.pid), programs, {
      timeoutSeconds: TIMEOUT_SECONDS,
    });
    if (inside.code !== 0) return failure(causeOf(inside.output, setting.procRoot), inside.output);
    const wrong = whatIsOpen(inside.output);
    if (wrong !== null) return failure('unknown', wrong);
    return { ok: true, program: programs.require('bubblewrap'), version: programs.bubblewrapVersion().text };
  } finally {
    await kill(holder);
  }
}

function insidePlan({ programs, architecture, identity }: ProbeSetting, holder: number): LaunchPlan {
  return planConfined({
    programs,
    architecture,
    identity,
    holder,
    bubblewrapArguments: [
      confinement(),
      withoutUserNamespaces(programs),
      hostView(programs.bubblewrapVersion()),
    ].flat(),
    command: ['/usr/bin/env', '--default-signal', '--', 'cat', '/proc/self/status', '/proc/net/dev'],
    ignoreSignals: true,
  });
}

/** What a confined program said of itself (proc(5)) that should not be so; null when all is well. */
function whatIsOpen(output: string): string | null {
  const expected: readonly [string, RegExp][] = [
    ['CapEff', /^CapEff:\t0+$/m],
    ['NoNewPrivs', /^NoNewPrivs:\t1$/m],
    ['Seccomp', /^Seccomp:\t2$/m],
  ];
  const wrong = expected.filter(([, line]) => !line.test(output)).map(([name]) => name);
  const interfaces = [...output.matchAll(/^\s*([^\s:]+):(?:\s+\d+){16}$/gm)].map(([, name]) => name);
  if (interfaces.join() !== 'lo') wrong.push(`interfaces: ${interfaces.join(', ')}`);
  return wrong.length === 0 ? null : wrong.join('; ');
}

/** Resolves when the holder's payload runs, or when it could not be started, with what it said. */
function ready(holder: ChildProcess): Promise<{ ok: true; pid: number } | { ok: false; said: string }> {
  return new Promise((resolve) => {
    let said = '';
    const timer = setTimeout(() => resolve({ ok: false, said }), TIMEOUT_SECONDS * 1000);
    const settle = (result: { ok: true; pid: number } | { ok: false; said: string }): void => {
      clearTimeout(timer);
      resolve(result);
    };
    holder.stderr?.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8');
    });
    holder.stdout?.once('data', () => {
      const pid = holder.pid === undefined ? null : payloadPid(holder.pid);
      settle(pid === null ? { ok: false, said: said || 'no payload' } : { ok: true, pid });
    });
    holder.once('error', (error) => settle({ ok: false, said: error.message }));
    holder.once('close', (code) => settle({ ok: false, said: said || `status ${code ?? 'unknown'}` }));
  });
}

function kill(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return resolve();
    child.once('exit', () => resolve());
    killPlan(child);
  });
}

/**
 * Why the kernel did not let bubblewrap make namespaces. Ubuntu since 23.10 takes away the capabilities of a new user
 * namespace (seen as `loopback: Failed RTM_NEWADDR: Operation not permitted` or `setting up uid map: Permission
 * denied`; containers/bubblewrap#632), other systems forbid or limit user namespaces as such.
 */
function causeOf(said: string, procRoot: string): Failure['cause'] {
  if (!/not permitted|denied|No permissions|No space left|RTM_NEWADDR|uid map|namespace/i.test(said))
    return 'unknown';
  if (sysctl(procRoot, 'kernel/apparmor_restrict_unprivileged_userns') === '1') return 'apparmor';
  if (sysctl(procRoot, 'user/max_user_namespaces') === '0') return 'userns-disabled';
  if (sysctl(procRoot, 'kernel/unprivileged_userns_clone') === '0') return 'userns-disabled';
  return 'unknown';
}

function sysctl(procRoot: string, name: string): string | null {
  try {
    return readFileSync(path.join(procRoot, 'sys', name), 'utf8').trim();
  } catch {
    return null;
  }
}
