/** A SLAP client, over real HTTP with a capability URL, asks the local master for a service and uses it. */
import { createClient } from 'redis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createClassicClient } from '../../../slap/classic/client.ts';
import type { InstanceRequest, SlapMaster, SoftwareInstanceRecord } from '../../../slap/master.ts';
import { createHttpTransport } from '../../../slap/transport.ts';
import { isFree } from './crash.ts';
import { Home, until } from './home.ts';
import { FREE, filesOf } from './remains.ts';

let home: Home;
let person: SlapMaster;
let computer: SlapMaster;

const COMPUTER = 'local_computer';

const request: InstanceRequest = {
  softwareUrl: 'slapgrid:redis',
  softwareType: 'default',
  name: 'over-slap',
  state: null,
  parameters: {},
  filter: {},
  shared: false,
  requester: null,
};

function clientOf(...scope: string[]): SlapMaster {
  const { url } = home.json(['proxy', 'url', ...scope]) as { url: string };
  return createClassicClient({ transport: createHttpTransport({ url }) });
}

beforeAll(async () => {
  home = await Home.make();
  home.start();
  person = clientOf();
  computer = clientOf('--computer');
});
afterAll(() => home.remove());

/** A SLAP client asks again until the connection parameters are there. */
function ready(): Promise<SoftwareInstanceRecord> {
  return until(async () => {
    const answer = await person.requestComputerPartition(request);
    return Object.keys(answer.connection).length > 0 && answer;
  });
}

it('requests an instance and reads its connection parameters', async () => {
  await person.supply(request.softwareUrl, COMPUTER, 'available');
  const { connection, partitionId } = await ready();
  expect(partitionId).toBe('slappart0');
  const { url } = JSON.parse(connection['_'] ?? '{}') as { url: string };
  const client = await createClient({ url }).connect();
  expect(await client.ping()).toBe('PONG');
  client.destroy();
});

it('sees the same as the command line', async () => {
  expect(home.json(['service', 'list'])).toEqual({ 'over-slap': 'slapgrid:redis' });
});

it('stops it and starts it', async () => {
  await person.requestComputerPartition({ ...request, state: 'stopped' });
  await home.reaches('over-slap', 'stopped');
  await person.requestComputerPartition({ ...request, state: 'started' });
  await home.reaches('over-slap', 'started');
});

it('has it processed again by a bang', async () => {
  const before = (await home.instance('over-slap')).changedAt;
  await computer.bangInstance({ computerId: COMPUTER, partitionId: 'slappart0' }, 'again');
  await until(async () => {
    const instance = await home.instance('over-slap');
    return instance.state === 'started' && instance.changedAt !== before;
  });
});

it('may not ask as a person with the URL of the computer', async () => {
  await expect(computer.requestComputerPartition(request)).rejects.toMatchObject({ status: 403 });
});

it('may not use a URL that was rotated away', async () => {
  const old = person;
  home.json(['proxy', 'url', '--rotate']);
  await expect(old.requestComputerPartition(request)).rejects.toMatchObject({ status: expect.any(Number) });
  person = clientOf();
  computer = clientOf('--computer');
});

it('destroys it', async () => {
  await person.requestComputerPartition({ ...request, state: 'destroyed' });
  await until(async () => (await home.state()).partitions.every((partition) => partition.instance === null));
  const { partitions } = await person.getFullComputerInformation(COMPUTER);
  expect(partitions.every((partition) => partition.software === null)).toBe(true);
});

it('takes everything of an instance away that the computer reports as destroyed', async () => {
  await person.requestComputerPartition({ ...request, state: 'started' });
  await home.reaches('over-slap', 'started');
  const { id, address } = await home.partitionOf('over-slap');
  await computer.reportInstance({ computerId: COMPUTER, partitionId: id }, { state: 'destroyed' });
  await until(async () => (await filesOf(home, id)).length === FREE.length);
  await isFree(home, id, address);
});
