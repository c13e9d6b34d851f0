/** A joined master for the instances that it has here: what they may ask of it, and that it is asked in their own names only. */
import { mkdir, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { request as requestHttp } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { text as readText } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMasterTransport } from '../../../agent/account/transport.ts';
import { InstanceRecords } from '../../../agent/grid/instance-record.ts';
import { Breaker } from '../../../agent/masters/breaker.ts';
import { InsideDoors } from '../../../agent/masters/inside-doors.ts';
import type { PartitionLayout } from '../../../agent/node/format.ts';
import { partitionPaths, pathsOf } from '../../../agent/paths.ts';
import { newCapability } from '../../../agent/proxy/capabilities.ts';
import { INSIDE_HOST, INSIDE_PORT } from '../../../agent/proxy/door.ts';
import { createClassicClient } from '../../../slap/classic/client.ts';
import { SlapError } from '../../../slap/errors.ts';
import type { SlapTransport } from '../../../slap/http.ts';
import type { InstanceRequest } from '../../../slap/master.ts';
import { writeMarshal } from '../../../slap/marshal/write.ts';
import { StandInMaster } from '../../fakes/slap-master/master.ts';

const COMPUTER = 'COMP-7';
const OWN = { computerId: COMPUTER, partitionId: 'slappart10' };
const OTHER = { computerId: COMPUTER, partitionId: 'slappart11' };
const FORM = 'application/x-www-form-urlencoded';

let folder: string;
let master: StandInMaster;
let breaker: Breaker;
let doors: InsideDoors;
let faults: unknown[];
let hosted: string[];
let timeoutMilliseconds: number;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'slapgrid-doors-'));
  master = await StandInMaster.start();
  master.registration.computers.set('test', COMPUTER);
  master.proxy.loadComputerConfiguration({
    reference: COMPUTER,
    address: null,
    netmask: null,
    partitions: [10, 11, 12, 13].map((index) => ({
      reference: `slappart${index}`,
      interfaceName: 'lo',
      addresses: [],
    })),
  });
  for (const name of ['parent', 'stranger']) master.proxy.requestComputerPartition(wish(name));
  const pair = master.authority.issue({ commonName: COMPUTER });
  breaker = new Breaker();
  breaker.set(true);
  faults = [];
  hosted = [];
  timeoutMilliseconds = 20_000;
  doors = new InsideDoors({
    computerId: COMPUTER,
    master: 'slap.example.org',
    transport: () =>
      breaker.check(
        createMasterTransport(
          {
            id: 'one',
            url: master.url,
            webUrl: master.webUrl,
            computerName: 'test',
            computerId: COMPUTER,
            joinedAt: '2026-01-01T00:00:00.000Z',
            certificate: pair.certificate,
            key: pair.key,
            authorities: master.authority.certificate,
            partitions: { first: 10, amount: 4 },
          },
          { timeoutMilliseconds },
        ),
      ),
    hosted: () => hosted,
    onFault: (error) => faults.push(error),
  });
});
afterEach(async () => {
  await doors.close();
  await master.close();
  await rm(folder, { recursive: true });
  expect(faults).toEqual([]);
  expect(master.faults).toEqual([]);
});

function wish(name: string, requester: InstanceRequest['requester'] = null): InstanceRequest {
  const software = { softwareUrl: 'http://e/', softwareType: 'default' };
  const filter = { computer_guid: COMPUTER };
  return { ...software, name, state: 'started', parameters: { size: '2' }, filter, shared: false, requester };
}

async function layoutOf(index: number): Promise<PartitionLayout> {
  const layout = {
    id: `slappart${index}`,
    index,
    address: '127.0.0.1',
    identity: { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
    paths: partitionPaths(pathsOf(folder), `slappart${index}`),
  };
  await mkdir(layout.paths.root, { recursive: true });
  return layout;
}

type Said = { method?: string; body?: string; headers?: Record<string, string> };
type Heard = { status: number; body: string; headers: Record<string, unknown> };

/** As a program inside the partition does, through its socket. */
async function call(socket: string, target: string, said: Said = {}): Promise<Heard> {
  const { promise, resolve, reject } = Promise.withResolvers<Heard>();
  const { method = 'GET', body = '', headers = {} } = said;
  const outgoing = requestHttp({
    socketPath: socket,
    path: target,
    method,
    agent: false,
    headers: { host: INSIDE_HOST, ...(method === 'POST' ? { 'content-type': FORM } : {}), ...headers },
  });
  outgoing.once('error', reject);
  outgoing.once('response', (incoming) => {
    const { statusCode: status = 0, headers: named } = incoming;
    readText(incoming).then((answer) => resolve({ status, body: answer, headers: named }), reject);
  });
  outgoing.end(body);
  return promise;
}

/** The instance's door, and a SLAP client that uses it. */
async function opened(index = 10): Promise<{
  client: ReturnType<typeof createClassicClient>;
  socket: string;
  at: string;
  url: string;
}> {
  const { url, socket, port } = await doors.open(await layoutOf(index));
  expect(port).toBe(INSIDE_PORT);
  const at = new URL(url).pathname;
  const transport: SlapTransport = async ({ method, path: called, query, headers, body }) => {
    const target = `${at}${called.slice(1)}${query === '' ? '' : `?${query}`}`;
    const named = Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    );
    const answer = await call(socket, target, { method, body, headers: Object.fromEntries(named) });
    return { status: answer.status, headers: {}, body: answer.body };
  };
  return { client: createClassicClient({ transport }), socket, at, url };
}

/** What the master heard of calls of that name. */
function heard(called: string): URLSearchParams[] {
  return master.calls(called).map(({ query, body }) => new URLSearchParams(query === '' ? body : query));
}

describe('an instance that is hosted for a joined master', () => {
  it('requests a child: over TLS, with the computer’s certificate, in its own name', async () => {
    const { client } = await opened();
    const child = await client.requestComputerPartition(wish('child', OWN));
    expect(child).toMatchObject({ computerId: COMPUTER, softwareUrl: 'http://e/' });
    expect(master.proxy.instanceByName('child', 'parent')).toMatchObject({
      partitionId: child.partitionId,
      parameters: { size: '2' },
    });
    expect(master.calls('/requestComputerPartition')[0]?.caller).toBe(COMPUTER);
  });

  it('requests in its own name though it says nothing of itself', async () => {
    const { socket, at } = await opened();
    const body = new URLSearchParams({
      software_release: 'http://e/',
      partition_reference: 'child',
      filter_xml: writeMarshal({ computer_guid: COMPUTER }),
    }).toString();
    const { status } = await call(socket, `${at}requestComputerPartition`, { method: 'POST', body });
    expect(status).toBe(200);
    expect(master.proxy.instanceByName('child', 'parent')).toBeDefined();
    expect(master.proxy.instanceByName('child')).toBeUndefined();
  });

  it('reads itself, with all that the master says', async () => {
    const { client } = await opened();
    expect(await client.registerComputerPartition(OWN)).toMatchObject({ instanceTitle: 'parent' });
  });

  it('publishes for itself and for shared instances that it hosts', async () => {
    const { client } = await opened();
    hosted = ['_web'];
    await client.setConnectionParameters(OWN, { url: 'http://x/' }, null);
    await client.setConnectionParameters(OWN, { url: 'http://y/' }, '_web');
    expect(
      heard('/setComputerPartitionConnectionXml').map((fields) => fields.get('slave_reference')),
    ).toEqual([null, '_web']);
    expect(master.proxy.instanceByName('parent')?.connection).toEqual({ url: 'http://x/' });
  });

  it('bangs itself, and gets its certificate', async () => {
    const { client } = await opened();
    const before = master.proxy.instanceByName('parent')?.timestamp;
    await client.bangInstance(OWN, 'look again');
    expect(master.proxy.instanceByName('parent')?.timestamp).not.toBe(before);
    expect((await client.getPartitionCertificate(OWN)).certificate).toContain('BEGIN CERTIFICATE');
  });

  it('has the same address after the agent began again, until the instance goes', async () => {
    const { url } = await opened();
    expect((await opened()).url).toBe(url);
    await doors.close();
    const again = await opened();
    expect(again.url).toBe(url);
    await new InstanceRecords((await layoutOf(10)).paths).removeAll();
    await expect(again.client.registerComputerPartition(OWN)).rejects.toMatchObject({ status: 404 });
    expect((await opened()).url).not.toBe(url);
  });

  it('has a socket that only the partition’s user can open', async () => {
    const { socket } = await opened();
    const { mode, uid } = await stat(socket);
    expect([mode & 0o777, uid]).toEqual([0o600, process.getuid?.()]);
  });
});

describe('a hostile instance', () => {
  /** Nothing of it reached the master. */
  async function refused(status: number, target: string, said: Said = {}): Promise<void> {
    const { socket, at } = await opened();
    const before = master.exchanges.length;
    expect((await call(socket, `${at}${target}`, said)).status).toBe(status);
    expect(master.exchanges).toHaveLength(before);
  }

  it('finds nothing with another capability', async () => {
    const own = await opened();
    const other = await opened(11);
    const before = master.exchanges.length;
    const query =
      'registerComputerPartition?computer_reference=COMP-7&computer_partition_reference=slappart10';
    for (const at of [other.at, `/${newCapability()}/`, '/', '/slapcap_/'])
      expect((await call(own.socket, `${at}${query}`)).status).toBe(404);
    expect(master.exchanges).toHaveLength(before);
  });

  it.each([
    ['another partition', OTHER],
    ['another computer', { ...OWN, computerId: 'COMP-8' }],
    ['nobody, as a person would', { computerId: '', partitionId: '' }],
  ])('speaks not for %s', async (_, { computerId, partitionId }) => {
    const ids = { computer_id: computerId, computer_partition_id: partitionId };
    const body = (fields: Record<string, string>): Said => ({
      method: 'POST',
      body: new URLSearchParams({ ...ids, ...fields }).toString(),
    });
    await refused(
      403,
      'requestComputerPartition',
      body({ software_release: 'http://e/', partition_reference: 'a' }),
    );
    await refused(
      403,
      'setComputerPartitionConnectionXml',
      body({ connection_xml: writeMarshal({ a: 'b' }) }),
    );
    await refused(403, 'softwareInstanceBang', body({ message: 'x' }));
    const query = new URLSearchParams({
      computer_reference: computerId,
      computer_partition_reference: partitionId,
    });
    await refused(403, `registerComputerPartition?${query}`);
    await refused(403, `getComputerPartitionCertificate?${new URLSearchParams(ids)}`);
  });

  it('says not one thing first and another later', async () => {
    const own = 'computer_id=COMP-7&computer_partition_id=slappart10';
    const body = `${own}&computer_partition_id=slappart11&message=x`;
    await refused(403, 'softwareInstanceBang', { method: 'POST', body });
  });

  it('says nothing that the call does not name', async () => {
    const { socket, at } = await opened();
    const fields = {
      software_release: 'http://e/',
      partition_reference: 'child',
      project_reference: 'PROJ-1',
    };
    const body = new URLSearchParams({ ...fields, slave_reference: '_web' }).toString();
    await call(socket, `${at}requestComputerPartition?computer_id=COMP-8`, { method: 'POST', body });
    const [sent] = heard('/requestComputerPartition');
    expect([...(sent?.keys() ?? [])].sort()).toEqual([
      'computer_id',
      'computer_partition_id',
      'filter_xml',
      'partition_parameter_xml',
      'partition_reference',
      'shared_xml',
      'software_release',
      'software_type',
      'state',
    ]);
    expect(sent?.get('computer_id')).toBe(COMPUTER);
    expect(master.calls('/requestComputerPartition')[0]?.query).toBe('');
  });

  it('publishes not for a shared instance of another host', async () => {
    hosted = ['_mine'];
    const body = new URLSearchParams({
      connection_xml: writeMarshal({}),
      slave_reference: '_web',
    }).toString();
    await refused(403, 'setComputerPartitionConnectionXml', { method: 'POST', body });
  });

  it.each([
    ['GET', 'getFullComputerInformation?computer_id=COMP-7'],
    ['POST', 'loadComputerConfigurationFromXML'],
    ['POST', 'supplySupply'],
    ['POST', 'softwareInstanceRename'],
    ['POST', 'destroyedComputerPartition'],
    ['POST', 'startedComputerPartition'],
    ['POST', 'softwareInstanceError'],
    ['POST', 'useComputer'],
    ['POST', 'computerBang'],
    ['POST', 'generateComputerCertificate'],
    ['GET', 'hateoas/'],
    ['POST', 'slapos.get.v0.compute_partition'],
    ['GET', '../slap/getFullComputerInformation?computer_id=COMP-7'],
    ['GET', 'getHateoasUrl'],
  ])('%s %s is not there', async (method, target) => {
    await refused(404, target, { method });
  });

  it('sends no other verb, media type or text than the calls have', async () => {
    await refused(405, 'requestComputerPartition');
    await refused(405, 'registerComputerPartition', { method: 'POST' });
    await refused(400, 'softwareInstanceBang', {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json' },
    });
    await refused(400, 'softwareInstanceBang', { method: 'POST', body: 'message=%ff' });
    await refused(403, 'softwareInstanceBang', { method: 'POST', headers: { origin: 'http://a.example' } });
    await refused(403, 'softwareInstanceBang', { method: 'POST', headers: { host: 'a.example' } });
  });

  it('sends no large body', async () => {
    const body = `message=${'x'.repeat(1024 * 1024)}`;
    await refused(413, 'softwareInstanceBang', { method: 'POST', body });
  });

  it('does not call as often as it likes, and takes nothing from another', async () => {
    const { socket, at } = await opened();
    const flood: Heard[] = [];
    while (flood.length < 3000 && flood.at(-1)?.status !== 429) {
      flood.push(...(await Promise.all(Array.from({ length: 50 }, () => call(socket, `${at}getRunId`)))));
    }
    expect(flood.slice(0, 250).map(({ status }) => status)).toEqual(Array.from({ length: 250 }, () => 404));
    expect(flood.at(-1)).toMatchObject({ status: 429, headers: { 'retry-after': '1' } });
    expect(flood.at(-1)?.body).toContain('This instance calls its master too often.');
    const { client } = await opened(11);
    expect(await client.registerComputerPartition(OTHER)).toMatchObject({ instanceTitle: 'stranger' });
  });

  it('has a few calls under way at most, and keeps no other from the master', async () => {
    const { socket, at } = await opened();
    const bang = (): Promise<Heard> =>
      call(socket, `${at}softwareInstanceBang`, { method: 'POST', body: 'message=x' });
    master.misbehave('hang', { server: 'slap', times: 4 });
    timeoutMilliseconds = 60_000;
    const hanging = Array.from({ length: 4 }, bang);
    for (const one of hanging) one.catch(() => undefined);
    await expect.poll(() => master.calls('/softwareInstanceBang').length).toBe(4);
    expect((await bang()).status).toBe(429);
    const { client } = await opened(11);
    expect(await client.registerComputerPartition(OTHER)).toMatchObject({ instanceTitle: 'stranger' });
  });
});

describe('what goes wrong at the master', () => {
  it('is answered with its status and its words', async () => {
    const { client } = await opened();
    const asked = { ...wish('child', OWN), filter: { computer_guid: 'COMP-9' } };
    const refusal: unknown = await Promise.resolve(client.requestComputerPartition(asked)).catch(
      (error: unknown) => error,
    );
    expect(refusal).toBeInstanceOf(SlapError);
    expect(refusal).toMatchObject({ status: 404, message: 'No free computer partition found for: child' });
  });

  it('that is away is said with 503, and when to try again', async () => {
    const { socket, at } = await opened();
    await master.disappear();
    const { status, body, headers } = await call(socket, `${at}softwareInstanceBang`, { method: 'POST' });
    expect(status).toBe(503);
    expect(body).toContain('slap.example.org does not answer now. Try again later.');
    expect(headers['retry-after']).toBe('60');
    await master.comeBack();
    expect((await call(socket, `${at}softwareInstanceBang`, { method: 'POST' })).status).toBe(200);
  });

  it('that did not answer the node is not waited for', async () => {
    const { client } = await opened();
    breaker.set(false);
    const before = master.connections;
    await expect(client.registerComputerPartition(OWN)).rejects.toMatchObject({ status: 503 });
    expect(master.connections).toBe(before);
  });

  it('that does not answer an instance is asked on by the node', async () => {
    const { client } = await opened();
    master.misbehave('no-answer', { server: 'slap', times: 1 });
    await expect(client.registerComputerPartition(OWN)).rejects.toMatchObject({ status: 503 });
    expect(await client.registerComputerPartition(OWN)).toMatchObject({ instanceTitle: 'parent' });
  });

  it.each([
    ['html', 502],
    ['garbage', 502],
    ['fault', 500],
    ['busy', 503],
    ['redirect', 503],
    ['cut', 503],
  ] as const)('%s: %i', async (how, status) => {
    const { client } = await opened();
    master.misbehave(how, { server: 'slap' });
    await expect(client.registerComputerPartition(OWN)).rejects.toMatchObject({ status });
  });

  it.each(['expired', 'wrong-host'] as const)('%s certificate: nothing is sent to it', async (shown) => {
    const { client } = await opened();
    master.show(shown);
    const { bytesReceived } = master;
    await expect(client.registerComputerPartition(OWN)).rejects.toMatchObject({ status: 503 });
    expect(master.bytesReceived).toBe(bytesReceived);
  });
});

it('leaves its capability in the record of the instance’s secrets alone', async () => {
  const { at } = await opened();
  const { paths } = await layoutOf(10);
  const file = path.join(paths.root, 'secrets.json');
  expect(await readFile(file, 'utf8')).toContain(at.slice(1, -1));
  expect((await stat(file)).mode & 0o777).toBe(0o600);
});
