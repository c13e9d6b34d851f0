/** The master for an instance: a Unix socket of its partition's user, and its own capability. */
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { request as requestHttp } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { text as readText } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { INSIDE_PORT } from '../../../agent/proxy/door.ts';
import { type RunningProxy, startProxy } from '../../contract/running-proxy.ts';

const SCOPE = { kind: 'partition', computerId: 'local_computer', partitionId: 'slappart0' } as const;
const HOST = `127.0.0.1:${INSIDE_PORT}`;
const owner = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

let folder: string;
let file: string;
let running: RunningProxy;
let url: URL;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'slapgrid-inside-'));
  file = path.join(folder, 'slap.sock');
  running = await startProxy();
  running.proxy.loadComputerConfiguration({
    reference: 'local_computer',
    address: '',
    netmask: '',
    partitions: ['slappart0', 'slappart1'].map((reference) => ({
      reference,
      interfaceName: 'lo',
      addresses: [],
    })),
  });
  running.proxy.requestComputerPartition({
    softwareUrl: 'http://e/',
    softwareType: 'default',
    name: 'root',
    state: null,
    parameters: {},
    filter: {},
    shared: false,
    requester: null,
  });
  url = new URL(await running.server.openInside(SCOPE, file, owner));
});
afterEach(async () => {
  await running.stop();
  await rm(folder, { recursive: true });
});

type Heard = { status: number; body: string; headers: Record<string, unknown> };

async function get(target: string, host = HOST): Promise<Heard> {
  const { promise, resolve, reject } = Promise.withResolvers<Heard>();
  const outgoing = requestHttp({ socketPath: file, path: target, headers: { host }, agent: false });
  outgoing.once('error', reject);
  outgoing.once('response', (incoming) => {
    const { statusCode: status = 0, headers } = incoming;
    readText(incoming).then((body) => resolve({ status, body, headers }), reject);
  });
  outgoing.end();
  return promise;
}

const OWN =
  'registerComputerPartition?computer_reference=local_computer&computer_partition_reference=slappart0';

it('answers the instance at an address inside', async () => {
  expect(url.host).toBe(HOST);
  const { status, body } = await get(`${url.pathname}${OWN}`);
  expect(status).toBe(200);
  expect(body).toContain('<string>instance_title</string><string>root</string>');
});

it('answers about nothing but the instance’s own', async () => {
  expect((await get(`${url.pathname}${OWN.replace('slappart0', 'slappart1')}`)).status).toBe(403);
});

it.each([
  ['a person', { kind: 'person' } as const],
  ['another partition', { ...SCOPE, partitionId: 'slappart1' } as const],
])('lets nobody in with the capability of %s', async (_, scope) => {
  expect((await get(`/${running.capabilities.of(scope)}/${OWN}`)).status).toBe(404);
});

it('answers under no other host name', async () => {
  expect((await get(`${url.pathname}${OWN}`, 'example.invalid')).status).toBe(403);
});

it('is told when it calls too often, in the words of each family, and others are answered', async () => {
  const heard: Heard[] = [];
  while (heard.length < 5000 && heard.at(-1)?.status !== 429) {
    heard.push(...(await Promise.all(Array.from({ length: 50 }, () => get(`${url.pathname}${OWN}`)))));
  }
  expect(heard.slice(0, 300).map(({ status }) => status)).toEqual(Array.from({ length: 300 }, () => 200));
  expect(heard.at(-1)).toMatchObject({ status: 429, headers: { 'retry-after': '1' } });
  expect(heard.at(-1)?.body).toContain('<p>This instance calls its master too often.');
  const inJson: Heard[] = [];
  while (inJson.length < 5000 && inJson.at(-1)?.status !== 429) {
    const some = Array.from({ length: 50 }, () => get(`${url.pathname}slapos.get.v0.software_instance`));
    inJson.push(...(await Promise.all(some)));
  }
  expect(JSON.parse(inJson.at(-1)?.body ?? '')).toMatchObject({ status: 429, type: 'Too Many Requests' });
  const neighbour = await fetch(running.server.url({ kind: 'person' }) + '/getRunId');
  expect(neighbour.status).toBe(200);
});

it('has a file that only the partition’s user can open', async () => {
  const { mode, uid } = await stat(file);
  expect([mode & 0o777, uid]).toEqual([0o600, owner.uid]);
});

it('has the same address the second time, and still after the others are rotated', async () => {
  expect(await running.server.openInside(SCOPE, file, owner)).toBe(url.href);
  running.server.rotate();
  expect((await get(`${url.pathname}${OWN}`)).status).toBe(200);
});

it('opens nothing any more when the partition is freed', async () => {
  running.proxy.reportInstance(SCOPE, { state: 'destroyed' });
  expect((await get(`${url.pathname}${OWN}`)).status).toBe(404);
});

it('takes the place of what a former agent left', async () => {
  const other = path.join(folder, 'other.sock');
  await writeFile(other, '');
  await running.server.openInside({ ...SCOPE, partitionId: 'slappart1' }, other, owner);
  expect((await stat(other)).isSocket()).toBe(true);
});
