import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { expect, onTestFinished, test } from 'vitest';
import { LifelineMaker } from '../../../agent/supervisor/lifeline.ts';
import { type Order, RunFolder } from '../../../agent/supervisor/run-folder.ts';

const lifelines = new LifelineMaker(null);

const order: Order = {
  id: 'slappart0/a',
  configuration: 'one',
  startedAt: '2026-01-01T00:00:00.000Z',
  restarts: 0,
  logFile: null,
  payload: 'direct',
  listen: { host: '127.0.3.1', port: 8080 },
  stop: { signal: 'SIGINT', timeoutSeconds: 10 },
};

const exit = { status: 0, requested: true, at: '2026-01-01T00:00:00Z' };

const identity =
  process.getuid?.() === 0
    ? { uid: 54_321, gid: 54_321 }
    : { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

function place(): { folder: RunFolder; parent: string; file: (name: string) => string } {
  const parent = mkdtempSync(path.join(tmpdir(), 'slapgrid-run-'));
  onTestFinished(() => rmSync(parent, { recursive: true }));
  const folder = new RunFolder(path.join(parent, 'a'));
  return { folder, parent, file: (name) => path.join(folder.path, name) };
}

test('it is the identity’s alone, with the order and a lifeline', async () => {
  const { folder, file } = place();
  await folder.prepare(identity, order, lifelines);
  const { uid, gid, mode } = lstatSync(folder.path);
  expect({ uid, gid, mode: mode & 0o777 }).toEqual({ ...identity, mode: 0o700 });
  expect(await folder.readOrder()).toEqual(order);
  expect(lstatSync(file('lifeline')).isFIFO()).toBe(true);
  expect(await folder.owner()).toBe(identity.uid);
});

test('a new start begins without records and left-over files of before', async () => {
  const { folder, file } = place();
  await folder.prepare(identity, order, lifelines);
  for (const name of ['state.json', 'inside.json', 'exit.json', 'stop.json', '.argument-1', '.state.json'])
    writeFileSync(file(name), '{}');
  await folder.prepare(identity, { ...order, configuration: 'two' }, lifelines);
  expect(readdirSync(folder.path).toSorted()).toEqual(['lifeline', 'unit.json']);
});

test('a folder that is a link is refused, and what it leads to left alone', async () => {
  const { folder, parent } = place();
  const target = path.join(parent, 'target');
  mkdirSync(target, { mode: 0o755 });
  symlinkSync(target, folder.path);
  await expect(folder.prepare(identity, order, lifelines)).rejects.toThrow('ENOTDIR');
  expect(lstatSync(target).mode & 0o777).toBe(0o755);
  expect(readdirSync(target)).toEqual([]);
});

test('a wish to stop is remembered', async () => {
  const { folder } = place();
  await folder.prepare(identity, order, lifelines);
  expect(await folder.isStopWished()).toBe(false);
  await folder.wishStop('2026-01-01T00:00:00.000Z');
  expect(await folder.isStopWished()).toBe(true);
});

test('an argument has no name, and is read from its beginning', async () => {
  const { folder } = place();
  await folder.prepare(identity, order, lifelines);
  const handle = await folder.openArgument(Buffer.from('secret'));
  onTestFinished(() => handle.close());
  expect(readdirSync(folder.path).toSorted()).toEqual(['lifeline', 'unit.json']);
  expect(await handle.readFile('utf8')).toBe('secret');
});

test.each([
  ['absent', () => {}],
  ['empty', (file: string) => writeFileSync(file, '')],
  ['cut off', (file: string) => writeFileSync(file, '{"status": 1')],
  [
    'of another shape',
    (file: string) => writeFileSync(file, '{"status": 256, "requested": true, "at": "x"}'),
  ],
  [
    'a link',
    (file: string) => {
      writeFileSync(`${file}.2`, JSON.stringify(exit));
      symlinkSync(`${file}.2`, file);
    },
  ],
  ['a FIFO', (file: string) => execFileSync('mkfifo', [file])],
  ['a folder', (file: string) => mkdirSync(file)],
  ['huge', (file: string) => writeFileSync(file, JSON.stringify(exit) + ' '.repeat(70_000))],
])('a record that is %s is none', async (_, make: (file: string) => unknown) => {
  const { folder, file } = place();
  mkdirSync(folder.path);
  make(file('exit.json'));
  expect(await folder.readExit()).toBeNull();
});

test('a record is read as it was written', async () => {
  const { folder, file } = place();
  mkdirSync(folder.path);
  writeFileSync(file('exit.json'), JSON.stringify(exit));
  expect(await folder.readExit()).toEqual(exit);
});

test('what is in a sandbox is remembered', async () => {
  const { folder } = place();
  await folder.prepare(identity, order, lifelines);
  expect(await folder.readInside()).toEqual([]);
  await folder.noteInside([{ pid: 7, start: 8 }]);
  expect(await folder.readInside()).toEqual([{ pid: 7, start: 8 }]);
});

test('what the agent writes is believed from nobody else', async () => {
  const { folder } = place();
  await folder.prepare(identity, order, lifelines);
  await folder.noteInside([{ pid: 7, start: 8 }]);
  const anotherAgents = new RunFolder(folder.path, (process.getuid?.() ?? 0) + 1);
  expect(await anotherAgents.readOrder()).toBeNull();
  expect(await anotherAgents.readInside()).toEqual([]);
});
