/** Data and logs of a real instance, saved through the page’s server. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, statSync } from 'node:fs';
import { truncate, writeFile } from 'node:fs/promises';
import http from 'node:http';
import path from 'node:path';
import { createClient } from 'redis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { descendantsOf } from '../agent/processes.ts';
import { Home, until } from '../agent/home.ts';
import { ask } from '../gates/ask.ts';
import { openPage, type PageSession } from './session.ts';

let home: Home;
let page: PageSession;
let data: string;

beforeAll(async () => {
  home = await Home.make();
  home.start();
  const { url = '' } = home.request('my store', 'redis');
  const client = await createClient({ url }).connect();
  await client.set('kept', 'yes');
  await client.sendCommand(['SAVE']);
  client.destroy();
  data = path.join(home.data, 'instances', (await home.partitionOf('my store')).id, 'data');
  page = await openPage(home);
});
afterAll(() => home.remove());

/** Saves what a path answers with, as a browser would. */
async function save(answerPath: string): Promise<{ file: string; headers: Headers }> {
  const answer = await fetch(`${page.origin}${answerPath}`);
  expect(answer.status).toBe(200);
  const file = path.join(home.folder, 'saved');
  await writeFile(file, Buffer.from(await answer.arrayBuffer()));
  return { file, headers: answer.headers };
}

/** `tar` processes of the agent. */
async function archivers(): Promise<number[]> {
  return descendantsOf(await home.agentPid()).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/comm`, 'utf8') === 'tar\n';
    } catch {
      return false;
    }
  });
}

it('gives the data as a tar archive with the name of the instance', async () => {
  const download = await page.call.createDownload.mutate({ name: 'my store', what: 'data' });
  const { file, headers } = await save(download.path);
  expect(headers.get('content-disposition')).toContain('filename="my store-data.tar"');
  const listed = spawnSync('tar', ['-tf', file], { encoding: 'utf8' });
  expect(listed.status).toBe(0);
  expect(listed.stdout).toContain('dump.rdb');
});

it('gives it once, and to this address only', async () => {
  const download = await page.call.createDownload.mutate({ name: 'my store', what: 'data' });
  const foreign = await ask({
    origin: page.origin,
    path: download.path,
    headers: { host: 'foreign.example' },
  });
  expect(foreign).toMatchObject({ status: 403, code: 'foreign-host' });
  await save(download.path);
  expect(await ask({ origin: page.origin, path: download.path })).toMatchObject({
    status: 404,
    code: 'download-unusable',
  });
});

it('gives a log as text', async () => {
  const one = await page.call.createDownload.mutate({ name: 'my store', what: 'log', service: 'redis' });
  const { file, headers } = await save(one.path);
  expect(headers.get('content-type')).toMatch(/^text\/plain/u);
  expect(headers.get('content-disposition')).toContain('filename="my store-redis.log"');
  expect(readFileSync(file, 'utf8')).toContain('Ready to accept connections');
  const all = await page.call.createDownload.mutate({ name: 'my store', what: 'log' });
  expect(readFileSync((await save(all.path)).file, 'utf8')).toContain('Ready to accept connections');
});

it('says at once what there is none of', async () => {
  const { createDownload } = page.call;
  await expect(createDownload.mutate({ name: 'nobody', what: 'data' })).rejects.toThrow(/no instance/u);
  await expect(
    createDownload.mutate({ name: 'my store', what: 'log', service: '../../request' }),
  ).rejects.toThrow(/no log/u);
});

it('reads no faster than the browser, and stops when that goes away', async () => {
  const large = path.join(data, 'large');
  await writeFile(large, '');
  await truncate(large, 400_000_000);
  const download = await page.call.createDownload.mutate({ name: 'my store', what: 'data' });
  const request = http.get(`${page.origin}${download.path}`, { agent: false });
  request.on('error', () => undefined);
  const [response]: http.IncomingMessage[] = await once(request, 'response');
  response?.on('error', () => undefined);
  let before = -1;
  const read = await until(async () => {
    const [archiver = 0] = await archivers();
    const [, bytes = '0'] = /^rchar: (\d+)$/mu.exec(readFileSync(`/proc/${archiver}/io`, 'utf8')) ?? [];
    const stands = Number(bytes) > 0 && Number(bytes) === before;
    before = Number(bytes);
    return stands && before;
  });
  expect(read).toBeLessThan(statSync(large).size / 4);
  request.destroy();
  await until(async () => (await archivers()).length === 0);
});
