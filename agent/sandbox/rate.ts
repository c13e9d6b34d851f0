/**
 * How fast bytes pass through the network of a partition, held by the kernel's traffic control (tc-tbf(8)). What comes through doors crosses
 * the loopback inside; what goes out and comes back crosses the pair of interfaces that leads to the router, at whose two ends it is held.
 * So the rate is that of each of these three: what doors let through, what leaves, and what arrives.
 *
 * The holder gave up what that needs. Whoever made its user namespace may enter it with all rights over it; bubblewrap alone enters and
 * keeps them through the next program, which setpriv and nsenter of Debian 12 do not.
 */
import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { SlapgridError } from '../errors.ts';
import { routerOf } from './egress.ts';
import { executePlan, killPlan, payloadPid, startPlan } from './execution.ts';
import { planWithRights } from './launch.ts';
import type { HostPrograms } from './programs.ts';
import type { LaunchPlan, PartitionIdentity, RateProbe } from './types.ts';

/** A packet of the loopback (64 KiB) must fit, or none ever passes. */
const LEAST_BURST_BYTES = 131_072;
/** What may pass at once after a rest, in seconds of the rate: a kernel that wakes late shall not be slower for it. */
const BURST_SECONDS = 0.02;
/** What waits for its turn, in seconds of the rate. */
const QUEUE_SECONDS = 0.25;

const TIMEOUT_SECONDS = 10;
const PATIENCE_MILLISECONDS = 5000;

/** A rate no smaller is another. */
const EASY_BYTES_PER_SECOND = 1_000_000;

type Setting = { programs: HostPrograms; identity: PartitionIdentity };

/**
 * Idempotent, and takes effect at once, on connections that are open too.
 * @param bytesPerSecond null: no limit any more.
 * @throws SlapgridError `rate-failed`.
 */
export async function limitRate(
  setting: Setting,
  holder: number,
  bytesPerSecond: number | null,
): Promise<void> {
  const hasRouter = routerOf(holder) !== null;
  const own = hasRouter ? ['lo', 'out'] : ['lo'];
  await control(setting, holder, 'own', own, bytesPerSecond);
  if (hasRouter) await control(setting, holder, 'router', ['in'], bytesPerSecond);
}

async function control(
  { programs, identity }: Setting,
  holder: number,
  network: 'own' | 'router',
  devices: readonly string[],
  bytesPerSecond: number | null,
): Promise<void> {
  const commands = devices.map((device) => rateCommand(device, bytesPerSecond)).join('');
  const command = [programs.require('tc'), '-batch', '-'];
  const plan = planWithRights({ programs, identity, holder, network, command, input: Buffer.from(commands) });
  const { code, output } = await executePlan(plan, programs, { timeoutSeconds: TIMEOUT_SECONDS });
  if (code !== 0) throw new SlapgridError('rate-failed', { detail: output.trim().slice(-500) });
}

/** A line for tc(8). */
export function rateCommand(device: string, bytesPerSecond: number | null): string {
  if (bytesPerSecond === null) return `qdisc replace dev ${device} root noqueue\n`;
  const burst = Math.max(LEAST_BURST_BYTES, Math.round(bytesPerSecond * BURST_SECONDS));
  const queue = Math.max(2 * burst, Math.round(bytesPerSecond * QUEUE_SECONDS));
  return `qdisc replace dev ${device} root handle 1: tbf rate ${bytesPerSecond}bps burst ${burst} limit ${queue}\n`;
}

/** Whether a rate can be held here: by holding one. Never throws. */
export async function probeRate(
  setting: Setting & { planHolder: (identity: PartitionIdentity) => LaunchPlan },
): Promise<RateProbe> {
  const { programs, identity, planHolder } = setting;
  if (programs.find('tc') === null) return { ok: false, cause: 'no-tc', detail: '' };
  let child: ChildProcess | null = null;
  try {
    child = startPlan(planHolder(identity), programs);
    const holder = await ready(child);
    if (holder === null) return { ok: false, cause: 'unknown', detail: '' };
    await limitRate(setting, holder, EASY_BYTES_PER_SECOND);
    await limitRate(setting, holder, null);
    return { ok: true };
  } catch (error) {
    return { ok: false, cause: 'unknown', detail: error instanceof Error ? error.message : String(error) };
  } finally {
    if (child !== null) killPlan(child);
  }
}

/** Pid of a holder whose namespaces are complete. */
async function ready(child: ChildProcess): Promise<number | null> {
  let said = '';
  child.on('error', () => undefined);
  child.stdout?.on('data', (chunk: Buffer) => (said += chunk.toString('latin1')));
  child.stderr?.resume();
  const deadline = performance.now() + PATIENCE_MILLISECONDS;
  while (performance.now() < deadline && child.exitCode === null && child.pid !== undefined) {
    if (said.includes('ready')) return payloadPid(child.pid);
    await delay(5);
  }
  return null;
}
