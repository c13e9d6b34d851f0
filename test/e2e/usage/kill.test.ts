/** What real processes used is recorded once, whenever and however often the recorder is killed, and though the disk is full. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { kernelText } from '../../../agent/kernel-text.ts';
import { TICKS_PER_SECOND } from '../../../agent/supervisor/process-record.ts';
import { UsageHistory } from '../../../agent/usage/history.ts';
import { added, NOTHING, type Tally } from '../../../agent/usage/tally.ts';

/** Ten seconds of the recorder are half a second. */
const FACTOR = 20;
const KILLS = 6;

/** Of a sum of fractions; a tick of the kernel is a hundredth. */
const TRACE = 1e-4;

let folder: string;
let file: string;
let worker: ChildProcess;
let recorder: ChildProcess | null;
let output: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'usage-kill-'));
  file = path.join(folder, 'usage.sqlite');
  recorder = null;
  // Works about a third of the time.
  const script =
    'for (;;) { const end = Date.now() + 20; while (Date.now() < end); Atomics.wait(w, 0, 0, 40); }';
  worker = spawn(process.execPath, ['-e', `const w = new Int32Array(new SharedArrayBuffer(4)); ${script}`], {
    stdio: 'ignore',
  });
});
afterEach(async () => {
  if (worker.exitCode === null && worker.signalCode === null) await end(worker, 'SIGKILL');
  if (recorder !== null && recorder.exitCode === null && recorder.signalCode === null)
    await end(recorder, 'SIGKILL');
  await rm(folder, { recursive: true });
});

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
}

function record(): ChildProcess {
  output = '';
  const line = [path.join(import.meta.dirname, 'recorder.ts'), file, String(worker.pid), String(FACTOR)];
  const child = spawn(process.execPath, line, { stdio: ['ignore', 'pipe', 'inherit'] });
  child.stdout.on('data', (piece: Buffer) => {
    output += piece.toString();
  });
  recorder = child;
  return child;
}

async function until(what: () => boolean): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!what()) {
    if (performance.now() > deadline) throw new Error(`never came true: ${String(what)}: ${output}`);
    await delay(5);
  }
}

/** Processor seconds of the worker, as the kernel has them. */
function reallyUsed(): number {
  const fields = (kernelText(`/proc/${worker.pid}/stat`) ?? '').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function recorded(): Tally {
  const history = UsageHistory.open(file, Date.now());
  const entries = history.book.entries(0, Number.MAX_SAFE_INTEGER);
  history.close();
  return entries.reduce((sum, { tally }) => added(sum, tally), NOTHING);
}

it('is counted once though the recorder is killed at any moment, and to the end when it ends well', async () => {
  const began = performance.now();
  for (let kill = 0; kill < KILLS; kill += 1) {
    const child = record();
    await until(() => output.includes('written'));
    // Any moment, between two writes or in one.
    await delay((kill * 197) % 600);
    await end(child, 'SIGKILL');
    const before = reallyUsed();
    expect(recorded().cpuSeconds).toBeLessThanOrEqual(before + TRACE);
  }
  const last = record();
  await until(() => output.includes('written'));
  const before = reallyUsed();
  await end(last, 'SIGTERM');
  const sum = recorded();
  // Who looked within a second of its own does not look again.
  expect(sum.cpuSeconds).toBeGreaterThanOrEqual(before - 1 / FACTOR - TRACE);
  expect(sum.cpuSeconds).toBeLessThanOrEqual(reallyUsed() + TRACE);
  // The time in which no recorder ran is run time, too. Nobody looked in the first second.
  const seconds = ((performance.now() - began) / 1000) * FACTOR;
  expect(sum.runSeconds).toBeLessThanOrEqual(seconds);
  expect(sum.runSeconds).toBeGreaterThan(seconds * 0.6);
  expect(output).not.toContain('fault');
});

it('loses one period at most when the processes end with the recorder', async () => {
  const child = record();
  await until(() => (output.match(/written/g) ?? []).length >= 3);
  worker.kill('SIGSTOP');
  const used = reallyUsed();
  await end(child, 'SIGKILL');
  await end(worker, 'SIGKILL');
  expect(recorded().cpuSeconds).toBeLessThanOrEqual(used + TRACE);
  // Ten of its seconds took half of one, of which a machine that does something else may make more.
  expect(used - recorded().cpuSeconds).toBeLessThan(1);
});
