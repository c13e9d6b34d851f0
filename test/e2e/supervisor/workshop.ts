/**
 * A temporary place with an installed shim, and units to start in it. Everything that was started there is gone, and so is
 * the place, when a test ends.
 */
import {
  chmodSync,
  chownSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { onTestFinished } from 'vitest';
import type { LaunchPlan, PartitionIdentity } from '../../../agent/sandbox/types.ts';
import type { Supervisor, UnitSpec } from '../../../agent/supervisor/types.ts';
import { type SupervisorOptions, createSupervisor } from '../../../agent/supervisor/supervisor.ts';
import { eventually } from './eventually.ts';
import { isLiving, killAll, processesNaming } from './processes.ts';

const source = path.resolve(import.meta.dirname, '../../../agent/supervisor/shim.sh');

/** Root's partitions have ids of their own; an ordinary user's are the user's. */
export const identity: PartitionIdentity =
  process.getuid?.() === 0
    ? { uid: 54_321, gid: 54_321 }
    : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

export type Workshop = {
  root: string;
  shim: string;
  /** Where the run folders are: what is adopted. */
  run: string;
  /** A folder that payloads may write. */
  data: string;
  supervisor(options?: Partial<SupervisorOptions>): Supervisor;
  unit(name: string, plan: LaunchPlan, more?: Partial<UnitSpec>): UnitSpec;
};

export function workshop(): Workshop {
  const root = mkdtempSync(path.join(tmpdir(), 'slapgrid-supervisor-'));
  chmodSync(root, 0o711);
  const shim = path.join(root, 'shim.sh');
  copyFileSync(source, shim);
  chmodSync(shim, 0o755);
  const data = path.join(root, 'data');
  mkdirSync(data, { mode: 0o700 });
  if (process.getuid?.() === 0) chownSync(data, identity.uid, identity.gid);
  const run = path.join(root, 'run');
  const supervisors: Supervisor[] = [];

  onTestFinished(async () => {
    for (const supervisor of supervisors) supervisor.close();
    await killShims(run, shim);
    await eventually(() => processesNaming(root).length === 0);
    rmSync(root, { recursive: true });
  });

  return {
    root,
    shim,
    run,
    data,
    supervisor(options = {}) {
      const supervisor = createSupervisor({ shim, ...options });
      supervisors.push(supervisor);
      return supervisor;
    },
    unit: (name, plan, more = {}) => ({
      id: `slappart0/${name}`,
      runFolder: path.join(run, name),
      logFile: null,
      plan,
      stop: { signal: 'SIGTERM', timeoutSeconds: 10 },
      configuration: 'one',
      listen: null,
      restart: false,
      ...more,
    }),
  };
}

/** Whatever state a failed test left, nothing of it goes on. */
async function killShims(run: string, shim: string): Promise<void> {
  for (;;) {
    const living = processesNaming(shim).filter(isLiving);
    if (living.length === 0) break;
    killAll(living);
    await eventually(() => !living.some(isLiving));
  }
  for (const name of readdirSafely(run)) {
    const state = readSafely(path.join(run, name, 'state.json'));
    const root = /"root":\{"pid":(\d+)/u.exec(state)?.[1];
    if (root === undefined) continue;
    killAll([Number(root)]);
    await eventually(() => !isLiving(Number(root)));
  }
}

function readdirSafely(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function readSafely(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** A payload that is the shim's own child. */
export function direct(...argv: string[]): LaunchPlan {
  return { argv, files: {}, payload: 'direct', identity };
}

/** A shell as the payload itself. */
export function directShell(script: string, ...given: string[]): LaunchPlan {
  return direct('/bin/sh', '-c', script, 'payload', ...given);
}

function words(line: string): string[] {
  return line.split(' ');
}

/** A shell in bubblewrap, confined as partitions are: it sees the host read-only and may write `data`. */
export function sandboxShell(data: string, script: string, ...given: string[]): LaunchPlan {
  return {
    argv: [
      ...words('/usr/bin/env --ignore-signal=TERM,HUP,INT'),
      ...words('bwrap --unshare-all --die-with-parent --new-session --cap-drop ALL'),
      ...words(
        '--ro-bind /usr /usr --symlink usr/bin /bin --symlink usr/lib /lib --ro-bind-try /lib64 /lib64',
      ),
      ...words('--proc /proc --dev /dev --bind'),
      data,
      ...words('/data -- /usr/bin/env --default-signal /bin/sh -c'),
      script,
      'payload',
      ...given,
    ],
    files: {},
    payload: 'sandbox',
    identity,
  };
}
