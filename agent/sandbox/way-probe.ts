/** Whether this machine can give a partition a way out: by opening one. No packet is sent. */
import type { ChildProcess } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { isOpen, routerOf } from './egress.ts';
import { killPlan, payloadPid, startPlan } from './execution.ts';
import type { HostPrograms } from './programs.ts';
import type { LaunchPlan, PartitionIdentity, WayProbe } from './types.ts';

const PATIENCE_MILLISECONDS = 5000;

/** rw for everybody else (stat(2)): a partition’s user must be able to open it. */
const OPEN_TO_ALL = 0o006;

/** Never throws. */
export async function probeWay(setting: {
  programs: HostPrograms;
  identity: PartitionIdentity;
  planRouter: () => LaunchPlan;
  planWay: (router: number) => LaunchPlan;
}): Promise<WayProbe> {
  const { programs, planRouter, planWay } = setting;
  if (programs.find('pasta') === null) return { ok: false, cause: 'no-pasta', detail: '' };
  if (programs.find('ip') === null) return { ok: false, cause: 'no-ip', detail: '' };
  if (!tunIsOpen()) return { ok: false, cause: 'no-tun', detail: '' };
  const children: ChildProcess[] = [];
  let said = '';
  const start = (plan: LaunchPlan): ChildProcess => {
    const child = startPlan(plan, programs);
    children.push(child);
    child.on('error', (error) => (said += error.message));
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => (said = `${said}${chunk.toString('utf8')}`.slice(-1000)));
    return child;
  };
  try {
    const holder = start(planRouter());
    const router = await found(() => {
      const payload = said.includes('ready') && holder.pid !== undefined ? payloadPid(holder.pid) : null;
      return payload === null ? null : routerOf(payload);
    });
    if (router === null) return { ok: false, cause: 'unknown', detail: said.trim() };
    if (!hasDefaultRoute()) return { ok: true, tried: false };
    start(planWay(router));
    const opened = await found(() => (isOpen(router) ? true : null));
    return opened === true ? { ok: true, tried: true } : { ok: false, cause: 'unknown', detail: said.trim() };
  } catch (error) {
    return { ok: false, cause: 'unknown', detail: error instanceof Error ? error.message : String(error) };
  } finally {
    for (const child of children) killPlan(child);
  }
}

function tunIsOpen(): boolean {
  try {
    return (statSync('/dev/net/tun').mode & OPEN_TO_ALL) === OPEN_TO_ALL;
  } catch {
    return false;
  }
}

/** Without one pasta ends at once (proc_net(5)). */
function hasDefaultRoute(): boolean {
  try {
    return /^\S+\t00000000\t/m.test(readFileSync('/proc/net/route', 'latin1'));
  } catch {
    return false;
  }
}

async function found<Found>(look: () => Found | null): Promise<Found | null> {
  const deadline = performance.now() + PATIENCE_MILLISECONDS;
  for (;;) {
    const result = look();
    if (result !== null || performance.now() > deadline) return result;
    await delay(5);
  }
}
