/** A promise that is a plug-in, of the real agent and of software of real packages. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Home, root } from './home.ts';

let home: Home;

beforeAll(async () => {
  home = await Home.make();
  home.start();
});
afterAll(() => home.remove());

it('is kept in the Python of the software before the instance counts as started', async () => {
  home.request('promising', path.join(root, 'test', 'fixtures', 'profiles', 'plugin', 'software.yaml'));
  const instance = await home.instance('promising');
  const { id } = await home.partitionOf('promising');
  const message = expect.stringMatching(new RegExp(`^looked as ${id} of .+$`, 'u'));
  expect(instance).toMatchObject({
    state: 'started',
    promises: [{ name: 'check', state: 'kept', message }],
  });
  const file = path.join('.slapgrid', 'promise', 'result', 'check.status.json');
  const kept = await readFile(path.join(home.data, 'instances', id, 'data', file), 'utf8');
  expect(JSON.parse(kept)).toMatchObject({
    name: 'check.py',
    result: { type: 'Test Result', failed: false, message },
  });
});
