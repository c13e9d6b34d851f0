/** Requests that another master answers (§7.7), over HTTP and over TLS with a certificate of ours. */
import { readFileSync } from 'node:fs';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../../agent/database.ts';
import { Forwarding } from '../../agent/proxy/forwarding.ts';
import { LocalProxy } from '../../agent/proxy/local-proxy.ts';
import { openProxyDatabase } from '../../agent/proxy/open.ts';
import { loadOtherMasters } from '../../agent/proxy/other-masters.ts';
import { createSlapClient } from '../../slap/library.ts';
import type { InstanceRequest } from '../../slap/master.ts';
import { createSlapServer } from '../../slap/server.ts';
import { type RunningProxy, startProxy } from './running-proxy.ts';

const TLS = path.join(import.meta.dirname, '..', 'fixtures', 'slap', 'tls');
const SOFTWARE = 'http://example.invalid/forwarded.cfg';
const THERE = 'local_computer';

const asking: InstanceRequest = {
  softwareUrl: SOFTWARE,
  softwareType: 'default',
  name: 'f1',
  state: null,
  parameters: { a: 'b' },
  filter: {},
  shared: false,
  requester: null,
};

let folder: string;
let file: string;
let other: RunningProxy;
let database: Database;
let proxy: LocalProxy;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'slapgrid-forwarding-'));
  file = path.join(folder, 'forwarding.json');
  other = await startProxy();
  format(other.proxy, THERE);
  ({ database } = openProxyDatabase(path.join(folder, 'slapgrid.sqlite')));
  proxy = new LocalProxy({ database, computerId: 'here' });
  format(proxy, 'here');
});
afterEach(async () => {
  database.close();
  expect(other.faults).toEqual([]);
  await other.stop();
  await rm(folder, { recursive: true });
});

function format(master: LocalProxy, reference: string): void {
  master.loadComputerConfiguration({
    reference,
    address: '',
    netmask: '',
    partitions: ['slappart0', 'slappart1'].map((each) => ({
      reference: each,
      interfaceName: 'lo',
      addresses: [],
    })),
  });
}

function otherUrl(): string {
  return other.server.url({ kind: 'person' });
}

async function forwarding(masters: Record<string, object>): Promise<Forwarding> {
  await writeFile(file, JSON.stringify(masters));
  return new Forwarding(proxy, database, await loadOtherMasters(file));
}

describe('a request', () => {
  it('for software of another master is answered there, and nothing is allocated here', async () => {
    const master = await forwarding({ [otherUrl()]: { software: [SOFTWARE] } });
    const answer = await master.request(asking);
    expect(answer).toMatchObject({ computerId: THERE, partitionId: 'slappart0', parameters: { a: 'b' } });
    expect(other.proxy.instances().map(({ name }) => name)).toEqual(['user_f1']);
    expect(proxy.instances()).toEqual([]);
  });

  it('that names another master goes there, whatever its software, without that name', async () => {
    const master = await forwarding({ [`${otherUrl()}/`]: {} });
    await master.request({ ...asking, softwareUrl: 'other', filter: { master_url: otherUrl() } });
    expect(other.proxy.instanceByName('user_f1')).toMatchObject({ softwareUrl: 'other' });
  });

  it('goes there again once it went there, and sees what is published since', async () => {
    const first = await forwarding({ [otherUrl()]: { software: [SOFTWARE] } });
    await first.request(asking);
    other.proxy.setConnectionParameters({ computerId: THERE, partitionId: 'slappart0' }, { url: 'x' }, null);
    const later = await forwarding({ [otherUrl()]: { software: [] } });
    expect(await later.request(asking)).toMatchObject({ connection: { url: 'x' } });
    const without = await forwarding({});
    await expect(without.request(asking)).rejects.toThrow('is not listed in multimaster list');
  });

  it('may go elsewhere once it was destroyed there', async () => {
    const master = await forwarding({ [otherUrl()]: { software: [SOFTWARE] } });
    await master.request(asking);
    expect((await master.request({ ...asking, state: 'destroyed' })).requestedState).toBe('destroyed');
    const without = await forwarding({});
    expect(await without.request(asking)).toMatchObject({ computerId: 'here' });
  });

  it('of an instance has that one’s name there, and can come from our partition there', async () => {
    proxy.requestComputerPartition({ ...asking, name: 'root' });
    other.proxy.requestComputerPartition({ ...asking, name: 'ours' });
    const url = other.server.url({ kind: 'partition', computerId: THERE, partitionId: 'slappart0' });
    const master = await forwarding({
      [url]: { software: ['child'], computer: THERE, partition: 'slappart0' },
    });
    const requester = { computerId: 'here', partitionId: 'slappart0' };
    await master.request({ ...asking, softwareUrl: 'child', requester });
    expect(other.proxy.instanceByName('slappart0_f1', 'ours')).toBeDefined();
  });

  it('for what is here stays here', async () => {
    proxy.requestComputerPartition(asking);
    const master = await forwarding({ [otherUrl()]: { software: [SOFTWARE] } });
    expect(await master.request(asking)).toMatchObject({ computerId: 'here', outcome: 'unchanged' });
    expect(other.proxy.instances()).toEqual([]);
  });

  it('that names a master nobody configured is refused', async () => {
    const master = await forwarding({});
    const request = { ...asking, filter: { master_url: 'http://127.0.0.1:1' } };
    await expect(master.request(request)).rejects.toMatchObject({ code: 'unknown-master' });
  });

  it('that the other master refuses is refused as a fault of the other, and bound to nobody', async () => {
    const master = await forwarding({ [otherUrl()]: { software: [SOFTWARE] } });
    const full = { ...asking, filter: { computer_guid: 'none' } };
    await expect(master.request(full)).rejects.toMatchObject({ code: 'server' });
    expect(database.all('SELECT * FROM forwarded_request')).toEqual([]);
  });

  it('is not asked of a secure master without a key and a certificate', async () => {
    const master = await forwarding({ 'https://secure.invalid': { software: [SOFTWARE] } });
    await expect(master.request(asking)).rejects.toThrow(
      'External master https://secure.invalid configuration did not specify key or certificate.',
    );
  });
});

it('a request that the server gets is forwarded each time', async () => {
  const master = await forwarding({ [otherUrl()]: { software: [SOFTWARE] } });
  const running = await startProxy({ request: (request) => master.request(request) });
  const slap = createSlapClient({ url: running.server.url({ kind: 'person' }) });
  const request = { software: SOFTWARE, name: 'f1' };
  expect((await slap.request(request)).connection).toEqual({});
  other.proxy.setConnectionParameters({ computerId: THERE, partitionId: 'slappart0' }, { url: 'x' }, null);
  expect((await slap.request(request)).connection).toEqual({ url: 'x' });
  await running.stop();
});

describe('over TLS', () => {
  let server: Server;
  let url: string;
  let callers: string[];
  beforeEach(async () => {
    const [cert, key] = ['localhost.crt', 'localhost.key'].map((name) => readFileSync(path.join(TLS, name)));
    const handler = createSlapServer(other.proxy);
    callers = [];
    const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
      const { pathname, search } = new URL(request.url ?? '', 'https://localhost');
      callers.push(pathname);
      const { method = '', headers } = request;
      const answer = await handler({
        method,
        path: pathname,
        query: search.slice(1),
        headers: { 'content-type': headers['content-type'], accept: headers.accept },
        body: await readText(request),
      });
      response.writeHead(answer.status, answer.headers).end(answer.body);
    };
    server = createServer(
      { cert, key, ca: cert, requestCert: true, rejectUnauthorized: true },
      (request, response) => {
        void respond(request, response);
      },
    );
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const address = server.address();
    url = `https://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
    for (const name of ['localhost.crt', 'localhost.key']) {
      await copyFile(path.join(TLS, name), path.join(folder, name));
    }
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });

  const mine = { software: [SOFTWARE], key: 'localhost.key', cert: 'localhost.crt' };

  it('shows our certificate to a master that our authority vouches for', async () => {
    const master = await forwarding({ [url]: { ...mine, ca: 'localhost.crt' } });
    expect(await master.request(asking)).toMatchObject({ computerId: THERE });
    expect(callers).toEqual(['/requestComputerPartition']);
  });

  it('asks nothing of a master that nobody vouches for', async () => {
    const master = await forwarding({ [url]: mine });
    await expect(master.request(asking)).rejects.toMatchObject({ code: 'server' });
    expect(callers).toEqual([]);
  });
});

it.each([
  ['no JSON', '{'],
  ['another kind of URL', '{"ftp://a/": {}}'],
  ['a key that is not there', '{"https://a/": {"key": "none.pem"}}'],
  ['something unknown', '{"https://a/": {"verify": false}}'],
])('refuses a configuration with %s, by the name of its file', async (_, content) => {
  await writeFile(file, content);
  await expect(loadOtherMasters(file)).rejects.toMatchObject({
    code: 'configuration-invalid',
    parameters: { file },
  });
});

it('needs no configuration', async () => {
  expect(await loadOtherMasters(path.join(folder, 'none.json'))).toEqual([]);
});
