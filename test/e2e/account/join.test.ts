/** The real agent joins a master over TLS by the real command, and is still its node after a restart. */
import { statSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { systemErrorCode } from '../../../agent/errors.ts';
import { pathsOf } from '../../../agent/paths.ts';
import { Home, type Outcome } from '../agent/home.ts';
import { StandInMaster } from '../../fakes/slap-master/master.ts';

let home: Home;
let master: StandInMaster;
let token: string;

beforeAll(async () => {
  master = await StandInMaster.start();
  home = await Home.make({ seed: false });
  home.start();
});
afterAll(async () => {
  await home.remove();
  await master.close();
});

/** While this process, and the master in it, goes on. */
function run(...words: string[]): Promise<Outcome> {
  return home.runBeside(words);
}

async function register(...more: string[]): Promise<Outcome> {
  token = master.registration.createToken();
  const file = path.join(home.folder, 'token');
  await writeFile(file, `${token}\n`, { mode: 0o600 });
  const urls = ['--master-url', master.url, '--master-url-web', master.webUrl];
  return run('node', 'register', 'my-laptop', '--token-file', file, ...urls, ...more);
}

async function listed(): Promise<unknown> {
  return JSON.parse((await run('node', 'list', '--json')).stdout);
}

it('does not believe an authority that nobody accepted', async () => {
  const { status, stderr } = await register();
  expect(status).toBe(1);
  const [, fingerprint = ''] = /--accept-fingerprint ([0-9A-F:]{95})/.exec(stderr) ?? [];
  expect(fingerprint).not.toBe('');
  expect(master.exchanges).toEqual([]);
  expect(master.bytesReceived).toBe(0);
  const joined = await register('--accept-fingerprint', fingerprint, '--partition-number', '3');
  expect(joined).toMatchObject({ status: 0, stderr: '' });
  expect(joined.stdout).toContain('where it is called “my-laptop” (COMP-1234). 3 partitions are offered');
});

it('keeps its keys for itself, and the token nowhere', async () => {
  const { masters, private: folder } = pathsOf(home.data);
  const [id = ''] = await readdir(masters);
  for (const name of ['certificate', 'key', 'authorities', 'master.json']) {
    expect(statSync(path.join(masters, id, name)).mode & 0o777).toBe(0o600);
  }
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries.filter((each) => each.isFile())) {
    const file = path.join(entry.parentPath, entry.name);
    // What is being written aside has another name a moment later.
    const content = await readFile(file).catch((error: unknown) => {
      if (systemErrorCode(error) === 'ENOENT') return Buffer.alloc(0);
      throw error;
    });
    expect(content.includes(token), entry.name).toBe(false);
  }
});

it('is its node after the next start of the agent', async () => {
  expect(await listed()).toMatchObject({ mode: 'shared', masters: [{ computerId: 'COMP-1234' }] });
  await run('stop', '--all');
  await run('start', '--headless', '--detach');
  expect(await listed()).toMatchObject({ masters: [{ computerId: 'COMP-1234', partitions: 3 }] });
});

it('remembers the mode', async () => {
  expect((await run('node', 'mode', 'local')).status).toBe(0);
  await run('stop', '--all');
  await run('start', '--headless', '--detach');
  expect(await listed()).toMatchObject({ mode: 'local' });
  await run('node', 'mode', 'shared');
});

it('leaves it', async () => {
  expect(await run('node', 'leave', 'my-laptop', '--yes')).toMatchObject({ status: 0 });
  expect(await listed()).toMatchObject({ masters: [] });
  await expect.poll(() => readdir(pathsOf(home.data).masters)).toEqual([]);
});
