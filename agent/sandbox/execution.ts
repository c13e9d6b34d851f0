/**
 * Executes a plan to its end from this process, as a shim would: in its cgroup, as its identity, with its files at
 * their descriptors. Everything is one process from the spawn to bubblewrap.
 */
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { systemErrorCode } from '../errors.ts';
import { startedByThis } from './abandoned.ts';
import { PARENT } from './launch.ts';
import type { HostPrograms } from './programs.ts';
import type { LaunchPlan, PartitionIdentity } from './types.ts';

export type Execution = { code: number | null; signal: string | null; output: string; timedOut: boolean };

/** How much of the end of an output is kept. */
const OUTPUT_BYTES = 64 * 1024;

/** How long the pipes may stay open after the process ended: something it started holds them. */
const DRAIN_MILLISECONDS = 2000;

/** Joins the cgroups named by the first arguments (their count comes first), then becomes the rest. */
const JOIN = `
count=$1
shift
while [ "$count" -gt 0 ]; do
  echo 0 >"$1" || exit 125
  shift
  count=$((count - 1))
done
exec "$@"
`;

/** Program and arguments that become `plan.argv` in its cgroups and with its identity. */
function placed(plan: LaunchPlan, programs: HostPrograms): string[] {
  const { identity, cgroup = [] } = plan;
  const own = identity === null || process.getuid?.() === identity.uid;
  const ids = (id: PartitionIdentity): string[] => ['--reuid', String(id.uid), '--regid', String(id.gid)];
  const drop = own ? [] : [programs.require('setpriv'), ...ids(identity), '--clear-groups', '--'];
  const join =
    cgroup.length === 0
      ? []
      : [programs.require('bash'), '-pc', JOIN, 'join', String(cgroup.length), ...cgroup];
  return [...join, ...drop, ...plan.argv];
}

/** Starts a plan. `stdout` and `stderr` are pipes unless a descriptor of this process is given for the first. */
export function startPlan(
  plan: LaunchPlan,
  programs: HostPrograms,
  options: { stdout?: number } = {},
): ChildProcess {
  const stdio: StdioOptions = ['ignore', options.stdout ?? 'pipe', 'pipe'];
  const descriptors = Object.keys(plan.files).map(Number);
  for (let index = 3; index <= Math.max(2, ...descriptors); index += 1) {
    stdio[index] = descriptors.includes(index) ? 'pipe' : 'ignore';
  }
  const [program = '', ...words] = placed(plan, programs);
  const child = spawn(program, words, {
    cwd: '/',
    env: { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8', [PARENT]: String(process.pid), ...startedByThis() },
    stdio,
    // A group of its own, for `killPlan`.
    detached: true,
  });
  for (const [descriptor, content] of Object.entries(plan.files)) {
    const pipe = child.stdio[Number(descriptor)];
    if (!(pipe instanceof Writable)) continue;
    // A program that ends before it read everything says why by its status.
    pipe.on('error', () => undefined);
    pipe.end(content);
  }
  return child;
}

/**
 * Kills a started plan with all of it. While bubblewrap sets up, its inner process waits for the outer one and would do so for ever: it
 * dies with it only later, when it has a session of its own. Until then it is of the same group.
 */
export function killPlan(child: ChildProcess): void {
  // Not reaped yet, so the number is still its own.
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch (error) {
    if (systemErrorCode(error) !== 'ESRCH') throw error;
  }
}

/** Runs a plan to its end, its time-out or the abort, whichever comes first; the latter two kill it. */
export async function executePlan(
  plan: LaunchPlan,
  programs: HostPrograms,
  options: { timeoutSeconds: number; signal?: AbortSignal | undefined; stdout?: number },
): Promise<Execution> {
  if (options.signal?.aborted === true) return { code: null, signal: 'SIGKILL', output: '', timedOut: false };
  const child = startPlan(plan, programs, options.stdout === undefined ? {} : { stdout: options.stdout });
  const output = new OutputEnd();
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => output.add(chunk));

  let timedOut = false;
  const kill = (): void => killPlan(child);
  const timer = setTimeout(() => {
    timedOut = true;
    kill();
  }, options.timeoutSeconds * 1000);
  options.signal?.addEventListener('abort', kill, { once: true });

  try {
    const { code, signal } = await ended(child);
    return { code, signal, output: output.text(), timedOut };
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener('abort', kill);
  }
}

/**
 * Runs a plan to its end and writes what it prints to `destination`, no faster than that takes it. The destination is left open.
 * When it closes, or on the abort, the plan is killed.
 * @returns with the end of what it printed to its standard error as `output`.
 */
export async function streamPlan(
  plan: LaunchPlan,
  programs: HostPrograms,
  destination: Writable,
  signal: AbortSignal,
): Promise<Execution> {
  const child = startPlan(plan, programs);
  const errors = new OutputEnd();
  child.stderr?.on('data', (chunk: Buffer) => errors.add(chunk));
  const exit = new Promise<Pick<Execution, 'code' | 'signal'>>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, killedBy) => resolve({ code, signal: killedBy }));
  });
  // Told through the exit where the stream fails first.
  exit.catch(() => undefined);
  try {
    if (child.stdout !== null) await pipeline(child.stdout, destination, { end: false, signal });
    return { ...(await exit), output: errors.text(), timedOut: false };
  } finally {
    child.kill('SIGKILL');
    for (const stream of child.stdio) stream?.destroy();
    await exit.catch(() => undefined);
  }
}

function ended(child: ChildProcess): Promise<{ code: number | null; signal: string | null }> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
    child.once('exit', () => {
      setTimeout(() => {
        for (const stream of child.stdio) stream?.destroy();
      }, DRAIN_MILLISECONDS).unref();
    });
  });
}

/** The last {@link OUTPUT_BYTES} of a stream, however long it is. */
class OutputEnd {
  #chunks: Buffer[] = [];
  #length = 0;

  add(chunk: Buffer): void {
    this.#chunks.push(chunk);
    this.#length += chunk.length;
    let first = this.#chunks[0];
    while (first !== undefined && this.#length - first.length >= OUTPUT_BYTES) {
      this.#chunks.shift();
      this.#length -= first.length;
      first = this.#chunks[0];
    }
  }

  text(): string {
    return Buffer.concat(this.#chunks).subarray(-OUTPUT_BYTES).toString('utf8');
  }
}

/**
 * Host pid of the payload below a started `sandbox` plan: the child of bubblewrap's first child. Null while there is none.
 */
export function payloadPid(bubblewrapPid: number): number | null {
  const init = firstChild(bubblewrapPid);
  return init === null ? null : firstChild(init);
}

function firstChild(pid: number): number | null {
  try {
    const [first = ''] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ');
    return first === '' ? null : Number(first);
  } catch (error) {
    // ESRCH: it ended while it was being read.
    if (['ENOENT', 'ESRCH'].includes(systemErrorCode(error) ?? '')) return null;
    throw error;
  }
}
