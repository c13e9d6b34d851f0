import { spawn } from 'node:child_process';
import { closeSync, lstatSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Lifeline, makeLifeline } from '../../../agent/supervisor/lifeline.ts';

function place(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'slapgrid-lifeline-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return path.join(folder, 'lifeline');
}

function opened(file: string): Lifeline {
  const lifeline = Lifeline.open(file);
  if (lifeline === null) throw new Error('no lifeline');
  onTestFinished(() => lifeline.close());
  return lifeline;
}

test('it is held while a process has its writing end, and its end is told at once', async () => {
  const file = place();
  await makeLifeline(file);
  const lifeline = opened(file);
  expect(lifeline.isHeld()).toBe(false);
  const writingEnd = lifeline.openWritingEnd();
  const holder = spawn('sleep', ['1000'], {
    stdio: ['ignore', 'ignore', 'ignore', writingEnd],
    detached: true,
  });
  closeSync(writingEnd);
  expect(lifeline.isHeld()).toBe(true);
  const gone = new Promise<void>((resolve) => {
    lifeline.watch(resolve);
  });
  holder.kill('SIGKILL');
  await gone;
});

test('a later reader learns that nobody holds it', async () => {
  const file = place();
  await makeLifeline(file);
  const lifeline = opened(file);
  await new Promise<void>((resolve) => {
    lifeline.watch(resolve);
  });
});

test('making it again keeps it; what else bears its name makes place', async () => {
  const file = place();
  await makeLifeline(file);
  const { ino } = lstatSync(file);
  await makeLifeline(file);
  expect(lstatSync(file).ino).toBe(ino);
  rmSync(file);
  writeFileSync(file, '');
  await makeLifeline(file);
  expect(lstatSync(file).isFIFO()).toBe(true);
});

test('a name that is absent, a file or a link is no lifeline', () => {
  const file = place();
  expect(Lifeline.open(file)).toBeNull();
  symlinkSync('/dev/zero', file);
  expect(Lifeline.open(file)).toBeNull();
  rmSync(file);
  writeFileSync(file, 'x');
  expect(Lifeline.open(file)).toBeNull();
});
