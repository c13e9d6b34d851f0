import {
  appendFileSync,
  closeSync,
  existsSync,
  linkSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Clock } from '../../../agent/clock.ts';
import { LogRotation, keepSmall } from '../../../agent/supervisor/log-rotation.ts';

const LIMIT = 1000;

function logFile(): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'slapgrid-log-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return path.join(folder, 'a.log');
}

/** A clock whose one timer is called by hand. */
function oneTimer(): { clock: Clock; waits: number[]; pending: () => (() => void) | null } {
  const waits: number[] = [];
  let pending: (() => void) | null = null;
  const clock: Clock = {
    now: () => 0,
    after: (milliseconds, call) => {
      waits.push(milliseconds);
      pending = call;
      return () => {
        pending = null;
      };
    },
  };
  return { clock, waits, pending: () => pending };
}

test('a log below the limit is left alone', async () => {
  const file = logFile();
  writeFileSync(file, 'x'.repeat(LIMIT));
  expect(await keepSmall(file, LIMIT)).toBe(LIMIT);
  expect(existsSync(`${file}.1`)).toBe(false);
});

test('above the limit its last part is kept aside and it goes on empty, in the same file', async () => {
  const file = logFile();
  const appending = openSync(file, 'a');
  onTestFinished(() => closeSync(appending));
  writeSync(appending, `${'old '.repeat(LIMIT)}${'y'.repeat(LIMIT)}`);
  expect(await keepSmall(file, LIMIT)).toBe(0);
  writeSync(appending, 'new');
  expect(readFileSync(`${file}.1`, 'utf8')).toBe('y'.repeat(LIMIT));
  expect(readFileSync(file, 'utf8')).toBe('new');
  expect(statSync(`${file}.1`).mode & 0o777).toBe(0o600);
});

test('the part kept before makes place', async () => {
  const file = logFile();
  for (const letter of ['a', 'b']) {
    writeFileSync(file, letter.repeat(LIMIT + 1));
    await keepSmall(file, LIMIT);
  }
  expect(readFileSync(`${file}.1`, 'utf8')).toBe('b'.repeat(LIMIT));
});

test('links are not followed: neither the log nor the part kept aside', async () => {
  const file = logFile();
  const precious = `${file}.precious`;
  writeFileSync(precious, 'p'.repeat(LIMIT * 2));
  symlinkSync(precious, file);
  expect(await keepSmall(file, LIMIT)).toBe(0);
  rmSync(file);
  writeFileSync(file, 'x'.repeat(LIMIT * 2));
  symlinkSync(precious, `${file}.1`);
  await keepSmall(file, LIMIT);
  expect(readFileSync(precious, 'utf8')).toBe('p'.repeat(LIMIT * 2));
  expect(readFileSync(`${file}.1`, 'utf8')).toBe('x'.repeat(LIMIT));
});

test('a file that has another name as well is left alone', async () => {
  const file = logFile();
  writeFileSync(`${file}.other`, 'x'.repeat(LIMIT * 2));
  linkSync(`${file}.other`, file);
  await keepSmall(file, LIMIT);
  expect(statSync(file).size).toBe(LIMIT * 2);
});

test('a log that is not there is nothing', async () => {
  expect(await keepSmall(logFile(), LIMIT)).toBe(0);
});

test('it looks soon after the start, then rarely while little is written, sooner while much is', async () => {
  const file = logFile();
  writeFileSync(file, '');
  const { clock, waits, pending } = oneTimer();
  const rotation = new LogRotation(clock, 1_000_000);
  rotation.add(file);
  expect(waits).toEqual([1000]);
  const look = async (): Promise<number | undefined> => {
    const looks = waits.length;
    pending()?.();
    await expect.poll(() => waits.length).toBe(looks + 1);
    return waits.at(-1);
  };
  expect(await look()).toBe(60_000);
  // 300 kB in a minute: 700 kB more take 140 s.
  appendFileSync(file, 'x'.repeat(300_000));
  expect(await look()).toBe(60_000);
  // 600 kB in a minute: the last 100 kB take 10 s.
  appendFileSync(file, 'x'.repeat(600_000));
  expect(await look()).toBe(10_000);
  appendFileSync(file, 'x'.repeat(600_000));
  await look();
  expect(statSync(file).size).toBe(0);
  rotation.close();
});

test('without logs there is no timer', () => {
  const { clock, pending } = oneTimer();
  const rotation = new LogRotation(clock);
  rotation.add('/nowhere/a.log');
  rotation.remove('/nowhere/a.log');
  expect(pending()).toBeNull();
});
