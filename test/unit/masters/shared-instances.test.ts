/** What an instance that is hosted for a joined master publishes for its shared instances. */
import { beforeEach, expect, it } from 'vitest';
import { readMarshal } from '../../../slap/marshal/read.ts';
import type { StandInMaster } from '../../fakes/slap-master/master.ts';
import { request, type StandInComputer } from './computer.ts';
import { join, standIns } from './world.ts';

let computer: StandInComputer;
let master: StandInMaster;

beforeEach(async () => {
  ({ computer, master } = await standIns());
  await join(computer, master);
  request(master, computer.release);
  await turn();
});

function shared(
  name: string,
  parameters: string | Record<string, string>,
  state: 'started' | 'destroyed' = 'started',
): void {
  master.proxy.requestWithOutcome({
    softwareUrl: computer.release,
    softwareType: 'default',
    name,
    state,
    parameters: typeof parameters === 'string' ? { domain: parameters } : parameters,
    filter: { computer_guid: 'COMP-10' },
    shared: true,
    requester: null,
  });
}

async function turn(): Promise<void> {
  await computer.nextTurn(master);
  await computer.instanceIs('started');
  await computer.masters.settled();
}

/** `reference url` of all that was published for shared instances. */
function published(): string[] {
  return master
    .calls('/setComputerPartitionConnectionXml')
    .map(({ body }) => new URLSearchParams(body))
    .filter((fields) => fields.has('slave_reference'))
    .map((fields) => {
      const document = readMarshal(fields.get('connection_xml') ?? '') as Record<string, string>;
      const { url = '' } = JSON.parse(document['_'] ?? '{}') as Record<string, string>;
      return `${fields.get('slave_reference')} ${url.replace(/key=\w{32}$/, 'key=…')}`;
    });
}

it('each gets its own', async () => {
  shared('one', 'a.example');
  shared('two', 'b.example/?&');
  await turn();
  expect(published()).toEqual([
    '_one http://127.64.0.12:8080/a.example?key=…',
    '_two http://127.64.0.12:8080/b.example%2F%3F%26?key=…',
  ]);
  const { connection } = master.proxy.requestComputerPartition({
    softwareUrl: computer.release,
    softwareType: 'default',
    name: 'one',
    state: null,
    parameters: { domain: 'a.example' },
    filter: { computer_guid: 'COMP-10' },
    shared: true,
    requester: null,
  });
  expect(connection['_']).toContain('a.example');
});

it('only what changed is told, over the start of the agent too', async () => {
  shared('one', 'a.example');
  shared('two', 'b.example');
  await turn();
  shared('two', 'c.example');
  await turn();
  await turn();
  await computer.restartAgent();
  await join(computer, master);
  await turn();
  expect(published().map((each) => each.replace(/\?.*/, ''))).toEqual([
    '_one http://127.64.0.12:8080/a.example',
    '_two http://127.64.0.12:8080/b.example',
    '_two http://127.64.0.12:8080/c.example',
  ]);
});

it('what cannot be told is told after the master’s next answer, once', async () => {
  shared('one', 'a.example');
  computer.lostCalls.add('/setComputerPartitionConnectionXml');
  await turn();
  expect(published()).toEqual([]);
  expect(computer.instance()?.state).toBe('started');
  computer.lostCalls.clear();
  await turn();
  await expect.poll(() => published().length).toBe(1);
  await turn();
  expect(published()).toHaveLength(1);
});

it('one that went away meanwhile is not told, and is told again when it is back', async () => {
  shared('one', 'a.example');
  shared('two', 'b.example');
  computer.lostCalls.add('/setComputerPartitionConnectionXml');
  await turn();
  shared('one', 'a.example', 'destroyed');
  computer.lostCalls.clear();
  await turn();
  await turn();
  expect(published().map((each) => each.split(' ')[0])).toEqual(['_two']);
  shared('one', 'a.example');
  await turn();
  expect(published().map((each) => each.split(' ')[0])).toEqual(['_two', '_one']);
});

it('one whose parameters its software does not allow gets nothing: its host and the others are as well as before', async () => {
  shared('one', { city: 'Lille' });
  shared('two', 'b.example');
  await turn();
  expect(published().map((each) => each.split(' ')[0])).toEqual(['_two']);
});

it('parameters of one may come as JSON in one', async () => {
  shared('one', { _: JSON.stringify({ domain: 'a.example', slave_reference: '_two' }) });
  await turn();
  expect(published()).toEqual(['_one http://127.64.0.12:8080/a.example?key=…']);
});

it('the local master is told of its own in the same way', async () => {
  const { proxy, grid } = await computer.startLocal();
  const asked = {
    softwareUrl: computer.release,
    softwareType: 'default',
    state: null,
    parameters: {},
    filter: {},
    requester: null,
  };
  proxy.requestWithOutcome({ ...asked, name: 'host', shared: false });
  const ask = (): string =>
    proxy.requestWithOutcome({ ...asked, name: 'one', parameters: { domain: 'a.example' }, shared: true })
      .instance.connection['_'] ?? '';
  ask();
  await grid.synchronise();
  await expect.poll(ask).toContain('/a.example?key=');
});
