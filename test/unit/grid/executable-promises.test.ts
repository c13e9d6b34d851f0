import { chmod, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Anomalies, executablePromises } from '../../../agent/grid/executable-promises.ts';
import { PromiseResults } from '../../../agent/grid/promise-results.ts';
import { partitionLayouts, type PartitionLayout } from '../../../agent/node/format.ts';
import { pathsOf } from '../../../agent/paths.ts';

let home: string;
let layout: PartitionLayout;

beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'slapgrid-promises-'));
  const [first] = partitionLayouts(pathsOf(home), {
    partitionAmount: 1,
    addressBlock: '127.64.0',
    identityBase: null,
  });
  if (first === undefined) throw new TypeError('there is no partition');
  layout = first;
  await mkdir(path.join(layout.paths.data, 'etc', 'promise'), { recursive: true });
});
afterEach(() => rm(home, { recursive: true }));

async function put(name: string, mode = 0o755): Promise<void> {
  const file = path.join(layout.paths.data, 'etc', 'promise', name);
  await writeFile(file, '#!/bin/sh\n');
  await chmod(file, mode);
}

async function names(taken: readonly string[] = []): Promise<string[]> {
  return (await executablePromises(layout, taken)).map(({ name }) => name);
}

describe('promises that software puts into its partition', () => {
  it('are its executable files, named without their extension', async () => {
    await put('well.sh');
    await put('answers');
    expect(await names()).toEqual(['answers', 'well']);
  });

  it('run inside, with 20 seconds, every two minutes', async () => {
    await put('well.sh');
    expect(await executablePromises(layout, [])).toEqual([
      {
        name: 'well',
        periodSeconds: 120,
        timeoutSeconds: 20,
        check: { kind: 'command', command: ['/srv/data/etc/promise/well.sh'], environment: {} },
      },
    ]);
  });

  it('are not what cannot be executed, folders or links', async () => {
    await put('notes', 0o644);
    await mkdir(path.join(layout.paths.data, 'etc', 'promise', 'folder'));
    await symlink('/bin/true', path.join(layout.paths.data, 'etc', 'promise', 'link'));
    expect(await names()).toEqual([]);
  });

  it('are none where the folder is a link to elsewhere, or is missing', async () => {
    await rm(path.join(layout.paths.data, 'etc'), { recursive: true });
    expect(await names()).toEqual([]);
    await symlink('/usr', path.join(layout.paths.data, 'etc'));
    expect(await names()).toEqual([]);
  });

  it('never take the name of one of the profile', async () => {
    await put('well.sh');
    expect(await names(['well'])).toEqual(['etc/promise/well.sh']);
  });
});

describe('an anomaly', () => {
  it('is three failures in a row', () => {
    const anomalies = new Anomalies();
    const results = [false, false, true, false, false, false].map((kept) =>
      anomalies.ran({ name: 'well' }, kept),
    );
    expect(results).toEqual([false, false, false, false, false, true]);
  });
});

describe('results', () => {
  it('are kept beside the instance, and written when they are others', async () => {
    const results = new PromiseResults(layout);
    const folder = path.join(layout.paths.root, 'promise');
    const at = new Date('2026-11-22T13:11:05.000Z');
    await results.keep('well', 'test', { kept: true, message: 'ok' }, at);
    await results.keep('well', 'test', { kept: true, message: 'ok' }, new Date());
    expect(JSON.parse(await readFile(path.join(folder, 'well.status.json'), 'utf8'))).toEqual({
      title: 'well',
      name: 'well',
      result: { type: 'Test Result', failed: false, date: '2026-11-22T13:11:05+0000', message: 'ok' },
    });
    await results.keep('well', 'anomaly', { kept: false, message: 'no' }, at);
    expect(await readFile(path.join(folder, 'well.status.json'), 'utf8')).toContain('"Anomaly Result"');
    await results.removeAll();
    expect(await readdir(layout.paths.root)).toEqual(['data']);
  });
});
