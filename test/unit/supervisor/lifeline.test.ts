import { spawn } from 'node:child_process';
import {
  closeSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Lifeline, LifelineMaker } from '../../../agent/supervisor/lifeline.ts';

const lifelines = new LifelineMaker(null);

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
  await lifelines.make(file);
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
  await lifelines.make(file);
  const lifeline = opened(file);
  await new Promise<void>((resolve) => {
    lifeline.watch(resolve);
  });
});

test('making it again keeps it; what else bears its name makes place', async () => {
  const file = place();
  await lifelines.make(file);
  const { ino } = lstatSync(file);
  await lifelines.make(file);
  expect(lstatSync(file).ino).toBe(ino);
  rmSync(file);
  writeFileSync(file, '');
  await lifelines.make(file);
  expect(lstatSync(file).isFIFO()).toBe(true);
});

test('what was made ahead is moved to where it is wanted, each once, and none of an earlier agent', async () => {
  const file = place();
  const stock = `${file}-stock`;
  const maker = new LifelineMaker(stock);
  mkdirSync(stock);
  writeFileSync(path.join(stock, 'of-before'), '');
  await maker.make(file);
  const ahead = readdirSync(stock);
  expect(ahead.length).toBeGreaterThan(1);
  expect(ahead).not.toContain('of-before');
  for (const [index] of ahead.entries()) await maker.make(`${file}${index}`);
  expect(readdirSync(stock)).toEqual([]);
  const made = ahead.map((_, index) => lstatSync(`${file}${index}`));
  expect(made.every((each) => each.isFIFO() && (each.mode & 0o777) === 0o600)).toBe(true);
  expect(new Set(made.map(({ ino }) => ino)).size).toBe(ahead.length);
  // The stock is used up, and comes with the next.
  await maker.make(`${file}-next`);
  expect(readdirSync(stock).length).toBe(ahead.length);
});

test('without a stock, or with one that went, it is made where it is wanted', async () => {
  const file = place();
  const stock = `${file}-stock`;
  writeFileSync(`${file}-taken`, '');
  await new LifelineMaker(path.join(`${file}-taken`, 'below')).make(file);
  expect(lstatSync(file).isFIFO()).toBe(true);
  // The folder's path is as long as a path can be, so that nothing in it can be named.
  const deep = path.join(`${file}-deep`, ...Array.from({ length: 21 }, () => 'x'.repeat(200))).slice(0, 4090);
  mkdirSync(deep, { recursive: true });
  await new LifelineMaker(deep).make(`${file}-alone`);
  expect(lstatSync(`${file}-alone`).isFIFO()).toBe(true);
  const maker = new LifelineMaker(stock);
  await maker.make(`${file}1`);
  rmSync(stock, { recursive: true });
  await maker.make(`${file}2`);
  expect(lstatSync(`${file}2`).isFIFO()).toBe(true);
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
