/** With real processes: a shell stands for a shim, as it does in an ordinary user's agent. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { descendantsOf } from '../../e2e/agent/processes.ts';
import type { Meter, Reading } from '../../../agent/usage/meter.ts';
import { createTreeMeter } from '../../../agent/usage/tree-meter.ts';

let meter: Meter;
let shims: ChildProcess[];

beforeEach(() => {
  meter = createTreeMeter();
  shims = [];
});
afterEach(async () => {
  for (const shim of shims) await end(shim);
});

/** Starts a script in a session of its own and waits until it says `ready`; a line from us lets it go on. */
async function startShim(script: string): Promise<ChildProcess & { pid: number }> {
  const shim = spawn('/bin/bash', ['-c', script], { stdio: ['pipe', 'pipe', 'ignore'], detached: true });
  shims.push(shim);
  await once(shim.stdout, 'data');
  const { pid } = shim;
  if (pid === undefined) throw new Error('not started');
  return Object.assign(shim, { pid });
}

async function end(shim: ChildProcess): Promise<void> {
  if (shim.exitCode !== null || shim.signalCode !== null || shim.pid === undefined) return;
  process.kill(-shim.pid, 'SIGKILL');
  await once(shim, 'exit');
}

function readingOf(...pids: number[]): Reading | undefined {
  return meter.read(new Map([['slappart0', pids]])).get('slappart0');
}

function cpuOf(reading: Reading | undefined): number {
  return [...(reading?.cpuSeconds.values() ?? [])].reduce((sum, seconds) => sum + seconds, 0);
}

/** A shell becomes its last command. */
const WITH_CHILD = 'echo ready; sleep 300; :';
const PATIENT = { timeout: 20_000 };
const BURN = 'for ((n = 0; n < 150000; n++)); do :; done';

it('counts what children use, and goes on counting it when they have ended', async () => {
  const shim = await startShim(`(${BURN}; read -r <&3) 3<&0 & child=$!; echo ready; wait $child; sleep 300`);
  await expect.poll(() => cpuOf(readingOf(shim.pid)), PATIENT).toBeGreaterThan(0.1);
  const before = cpuOf(readingOf(shim.pid));
  shim.stdin?.write('\n');
  await expect.poll(() => readingOf(shim.pid)?.processes, PATIENT).toBe(2);
  expect(cpuOf(readingOf(shim.pid))).toBeGreaterThanOrEqual(before);
});

it('has one counter for each shim, which no other process ever has', async () => {
  const [one, other] = [await startShim('echo ready; sleep 300'), await startShim('echo ready; sleep 300')];
  const counters = [...(readingOf(one.pid, other.pid)?.cpuSeconds.keys() ?? [])];
  expect(counters).toHaveLength(2);
  expect(counters[0]).toMatch(new RegExp(`^[0-9a-f-]{36}/${one.pid}@\\d+$`, 'u'));
});

it('finds what was started since, however deep and in whatever session', async () => {
  const shim = await startShim('echo ready; read -r; setsid sh -c "sleep 300 & sleep 300" & wait');
  expect(readingOf(shim.pid)?.processes).toBe(1);
  shim.stdin?.write('\n');
  await expect.poll(() => readingOf(shim.pid)?.processes, PATIENT).toBe(4);
  // A session of its own is not in the group that is ended below.
  shim.stdin?.end();
  for (const pid of descendantsOf(shim.pid)) process.kill(pid, 'SIGKILL');
});

it('finds a shim that it took for a process of nobody before', async () => {
  const [one, other] = [await startShim(WITH_CHILD), await startShim(WITH_CHILD)];
  await expect.poll(() => descendantsOf(one.pid), PATIENT).toHaveLength(1);
  await expect.poll(() => descendantsOf(other.pid), PATIENT).toHaveLength(1);
  expect(readingOf(one.pid)?.processes).toBe(2);
  expect(readingOf(one.pid, other.pid)?.processes).toBe(4);
});

it('sees memory grow', async () => {
  const shim = await startShim('echo ready; read -r; text=$(printf %30000000s x); read -r');
  const before = readingOf(shim.pid)?.memoryBytes ?? 0;
  shim.stdin?.write('\n');
  await expect.poll(() => readingOf(shim.pid)?.memoryBytes, PATIENT).toBeGreaterThan(before + 25_000_000);
});

it('has nothing of a partition whose shims have ended', async () => {
  const shim = await startShim('echo ready; sleep 300');
  expect(readingOf(shim.pid)).toBeDefined();
  await end(shim);
  expect(readingOf(shim.pid)).toBeUndefined();
});

it('tells partitions apart', async () => {
  const [one, other] = [
    await startShim(`echo ready; ${BURN}; sleep 300`),
    await startShim('echo ready; sleep 300'),
  ];
  const both = new Map([
    ['slappart0', [one.pid]],
    ['slappart1', [other.pid]],
  ]);
  // Starting took some, too.
  const spent = cpuOf(meter.read(both).get('slappart1'));
  await expect.poll(() => cpuOf(meter.read(both).get('slappart0')), PATIENT).toBeGreaterThan(0.1);
  expect(cpuOf(meter.read(both).get('slappart1'))).toBeLessThan(spent + 0.05);
});
