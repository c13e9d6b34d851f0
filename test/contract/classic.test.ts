import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { callerOf, type Exchange, type Recording, recordings, replay, TimestampPairs } from './recordings.ts';
import { type RunningProxy, startProxy } from './running-proxy.ts';

/** What ours answers instead; a body that is left out is not compared. */
type Ours = { status: number; body?: string | RegExp; why: string };

const INSTEAD = {
  noPanel: { status: 404, why: 'there is no web panel here' },
  noProducts: {
    status: 200,
    body: '<marshal><list id="i2"/></marshal>',
    why: 'no product is configured here: the catalogue has the names',
  },
  emptyName: { status: 400, body: /<p>The name is empty\.<\/p>/, why: 'an empty name is refused' },
} as const satisfies Record<string, Ours>;

/** Every deliberate difference, by recording and number of the exchange (docs/compatibility.md). */
const DIFFERENCES: Readonly<Record<string, Ours>> = {
  'slap-00-misc 1': { status: 200, body: /^[A-Za-z0-9]{32}$/, why: 'the run id is random' },
  'slap-00-misc 2': INSTEAD.noPanel,
  'slap-00-misc 3': INSTEAD.noPanel,
  'slap-05-request 13': {
    status: 400,
    body: /<p>Unknown state: &#39;weird&#39;<\/p>/,
    why: 'a state nobody knows is refused',
  },
  'slap-06-request-parameters 9': { status: 200, body: /slappart7/, why: 'optional fields are optional' },
  'slap-06-request-parameters 10': {
    status: 200,
    body: /<string>instance_title<\/string><string>p7<\/string>/,
    why: 'so there is an eighth instance',
  },
  'slap-07-request-errors 19': INSTEAD.emptyName,
  'slap-08-request-empty-reference 2': INSTEAD.emptyName,
  'slap-08-request-empty-reference 3': INSTEAD.emptyName,
  'slap-08-request-empty-reference 4': {
    status: 200,
    body: /(?:<int>0<\/int>.*){2}/,
    why: 'so both partitions are free',
  },
  'slap-11-shared-destroy-empty 3': { status: 200, why: 'destroying what is not there is done already' },
  'slap-16-software-product 1': INSTEAD.noProducts,
  'slap-16-software-product 7': INSTEAD.noProducts,
  'cli-09-supply-product 1': INSTEAD.noProducts,
};

const used = new Set<string>();

class Session {
  readonly #running: RunningProxy;
  readonly #timestamps = new TimestampPairs();

  constructor(running: RunningProxy) {
    this.#running = running;
  }

  async replay(recording: Recording): Promise<void> {
    for (const exchange of recording.exchanges) await this.#compare(recording.scenario, exchange);
  }

  async #compare(scenario: string, exchange: Exchange): Promise<void> {
    const answer = await replay(this.#running.server.url(callerOf(exchange)), exchange);
    const where = `${scenario} ${exchange.n}: ${exchange.label}`;
    const { response } = exchange;
    const difference = DIFFERENCES[`${scenario} ${exchange.n}`];
    if (difference === undefined) {
      const recorded = this.#timestamps.translate(response.body, answer.body);
      expect({ status: answer.status, body: answer.body }, where).toEqual({
        status: response.status,
        body: recorded,
      });
      expect(answer.headers['content-type'], where).toBe(response.headers['Content-Type']);
      expect(answer.headers['allow'], where).toBe(response.headers['Allow']);
      return;
    }
    used.add(`${scenario} ${exchange.n}`);
    expect(answer.status, where).toBe(difference.status);
    if (typeof difference.body === 'string') expect(answer.body, where).toBe(difference.body);
    else if (difference.body !== undefined) expect(answer.body, where).toMatch(difference.body);
  }
}

let running: RunningProxy;
beforeEach(async () => {
  running = await startProxy();
});
afterEach(async () => {
  await running.stop();
});

describe('the classic family answers what upstream answered', () => {
  const scenarios = recordings('slap-');

  it.each(scenarios.map((recording) => [recording.scenario, recording.note, recording] as const))(
    '%s: %s',
    async (_scenario, _note, recording) => {
      await new Session(running).replay(recording);
      expect(running.faults).toEqual([]);
    },
  );

  it('in a long session of the command line and a node', async () => {
    const session = new Session(running);
    for (const recording of recordings('cli-')) {
      if (recording.scenario === 'cli-45-request-stop') requestTree();
      if (recording.scenario === 'cli-74-request-slave-destroy') destroyTree();
      await session.replay(recording);
    }
    expect(running.faults).toEqual([]);
  });

  it('with no difference that is not one any more', () => {
    expect(Object.keys(DIFFERENCES).filter((name) => !used.has(name))).toEqual([]);
  });
});

const SOFTWARE = '/srv/slap/sr/software.cfg';
const ANY = {
  softwareUrl: SOFTWARE,
  parameters: {},
  filter: {},
  state: null,
  shared: false,
  requester: null,
};
const tree = { computerId: 'local_computer', partitionId: 'slappart2' };
const child = { computerId: 'local_computer', partitionId: 'slappart3' };
const sixth = { computerId: 'local_computer', partitionId: 'slappart4' };

/** What the session did between the recordings that are here: a parent with a child, and one more. */
function requestTree(): void {
  const { proxy } = running;
  const url = 'http://127.0.0.1:8080/';
  proxy.requestComputerPartition({ ...ANY, name: 'tree', softwareType: 'parent' });
  proxy.requestComputerPartition({
    ...ANY,
    name: 'child',
    softwareType: 'default',
    parameters: { from: 'tree' },
    state: 'started',
    requester: tree,
  });
  proxy.setConnectionParameters(child, { echo: '{"from": "tree"}', title: 'child', url }, null);
  proxy.setConnectionParameters(
    tree,
    { 'child-id': 'slappart3', 'child-url': url, echo: '{}', title: 'tree', url },
    null,
  );
  proxy.requestComputerPartition({ ...ANY, name: 'sixth', softwareType: 'default' });
}

function destroyTree(): void {
  const { proxy } = running;
  proxy.requestComputerPartition({ ...ANY, name: 'tree', softwareType: 'parent', state: 'destroyed' });
  expect(() => proxy.reportInstance(tree, { state: 'destroyed' })).toThrow('child partitions: child');
  proxy.reportInstance(child, { state: 'destroyed' });
  proxy.reportInstance(tree, { state: 'destroyed' });
  expect(proxy.isBusy(sixth)).toBe(true);
}
