/** The recorded session of a master that forwards to another (§7.7), with two of ours. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Forwarding } from '../../agent/proxy/forwarding.ts';
import type { LocalProxy } from '../../agent/proxy/local-proxy.ts';
import { loadOtherMasters } from '../../agent/proxy/other-masters.ts';
import type { InstanceRequest } from '../../slap/master.ts';
import { readMarshal } from '../../slap/marshal/read.ts';
import { isDictionary, SlapObject } from '../../slap/marshal/values.ts';
import { recordingsOf } from './ledger.ts';
import { type Answer, callerOf, type Exchange, replay } from './recordings.ts';
import { type RunningProxy, startProxy } from './running-proxy.ts';

const RECORDED_OTHER = 'http://127.0.0.1:18082';
const THERE = 'external_computer';
const FORMAT = 1;
const FROM_PARTITION = 5;
const FULL = 6;
const HERE = 8;

const OURS: InstanceRequest = {
  softwareUrl: 'http://example.org/software.cfg',
  softwareType: 'default',
  name: 'ours',
  state: null,
  parameters: {},
  filter: {},
  shared: false,
  requester: null,
};

let folder: string;
let other: RunningProxy;
let running: RunningProxy;
let forwarding: Forwarding;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'slapgrid-forwarding-'));
  other = await startProxy({}, THERE);
  running = await startProxy({ request: (request) => forwarding.request(request) });
  occupyOther();
  const file = path.join(folder, 'forwarding.json');
  const asPartition = { computerId: THERE, partitionId: 'slappart0' };
  await writeFile(
    file,
    JSON.stringify({
      [otherUrl()]: { software: ['http://example.org/forwarded/software.cfg'] },
      [other.server.url({ kind: 'partition', ...asPartition })]: {
        software: ['http://example.org/forwarded-as-partition/software.cfg'],
        computer: asPartition.computerId,
        partition: asPartition.partitionId,
      },
      'https://secure.example.org': { software: ['http://example.org/secure/software.cfg'] },
    }),
  );
  forwarding = new Forwarding(running.proxy, running.database, await loadOtherMasters(file));
});
afterEach(async () => {
  await running.stop();
  await other.stop();
  await rm(folder, { recursive: true });
});

function otherUrl(): string {
  return other.server.url({ kind: 'person' });
}

/** As the other one was when it was recorded: four partitions, and the first is ours. */
function occupyOther(): void {
  other.proxy.loadComputerConfiguration({
    reference: THERE,
    address: '10.0.0.1',
    netmask: '255.255.0.0',
    partitions: [0, 1, 2, 3].map((index) => ({
      reference: `slappart${index}`,
      interfaceName: `slappart${index}`,
      addresses: [`10.0.${index}.1`, `2001:db8::${index + 2}`].map((address) => ({ address, netmask: '' })),
    })),
  });
  other.proxy.requestComputerPartition(OURS);
}

/** Only an instance can ask for others, and upstream lets a free partition do it. */
async function whileOccupied<Result>(proxy: LocalProxy, work: () => Promise<Result>): Promise<Result> {
  const { computerId, partitionId } = proxy.requestComputerPartition(OURS);
  const result = await work();
  proxy.requestComputerPartition({ ...OURS, state: 'destroyed' });
  proxy.reportInstance({ computerId, partitionId }, { state: 'destroyed' });
  return result;
}

/** What is recorded, to our other master. */
function towards(exchange: Exchange): Exchange {
  const body = exchange.request.body.replaceAll(
    encodeURIComponent(RECORDED_OTHER),
    encodeURIComponent(otherUrl()),
  );
  const headers = { ...exchange.request.headers, 'Content-Length': String(body.length) };
  return { ...exchange, request: { ...exchange.request, body, headers } };
}

/** What a client takes out of the answer to a request, which is of another class than upstream’s. */
function requested(body: string): object {
  const answer = readMarshal(body);
  if (!(answer instanceof SlapObject)) throw new Error(`no object: ${body}`);
  const { state } = answer;
  const parameters = isDictionary(state['_parameter_dict']) ? state['_parameter_dict'] : {};
  const { timestamp, ...others } = parameters;
  return {
    computer: state['slap_computer_id'],
    partition: state['slap_computer_partition_id'],
    software: state['slap_software_release_url'],
    type: state['slap_software_type'],
    state: state['_requested_state'],
    parameters: others,
    hasTimestamp: typeof timestamp,
    addresses: state['ip_list'],
    connection: state['_connection_dict'] ?? {},
  };
}

describe('a recorded session with another master', () => {
  it('is answered as upstream answered', async () => {
    const [recording] = recordingsOf('forwarding');
    expect(recording?.exchanges).toHaveLength(9);
    for (const recorded of recording?.exchanges ?? []) {
      const exchange = towards(recorded);
      const { response, label, n } = recorded;
      const ask = (): Promise<Answer> => replay(running.server.url(callerOf(exchange)), exchange);
      const answer = n === FROM_PARTITION ? await whileOccupied(running.proxy, ask) : await ask();
      expect(answer.status, label).toBe(response.status);
      expect(answer.headers['content-type'], label).toBe(response.headers['Content-Type']);
      const isAllocated = response.status === 200 && n !== FORMAT && n !== HERE;
      if (isAllocated) expect(requested(answer.body), label).toEqual(requested(response.body));
      // Ours says what the other one said.
      else if (n === FULL) expect(answer.body).not.toContain(otherUrl());
      else expect(answer.body, label).toBe(response.body);
    }
    expect(running.faults).toEqual([]);
    expect(running.proxy.instances()).toEqual([]);
  });
});
