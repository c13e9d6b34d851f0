import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clientConfiguration } from '../../agent/cli/client-configuration.ts';
import { recordingsOf } from './ledger.ts';
import { callerOf } from './recordings.ts';
import { type RunningProxy, startProxy } from './running-proxy.ts';
import { type Differences, type Ours, Session } from './session.ts';

const INSTEAD = {
  noPanel: { status: 404, why: 'there is no web panel here' },
  noFrontEnd: {
    status: 404,
    body: /<p>No partition corresponding to slave request: /,
    why: 'no software release is hard-wired',
  },
  emptyName: { status: 400, body: /<p>The name is empty\.<\/p>/, why: 'an empty name is refused' },
} as const satisfies Record<string, Ours>;

const DIFFERENCES: Differences = {
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
  'slap-19-frontend-bypass 1': INSTEAD.noFrontEnd,
  'slap-19-frontend-bypass 2': INSTEAD.noFrontEnd,
  'slap-19-frontend-bypass 4': INSTEAD.noFrontEnd,
  'cli-79-service-list-after 3': {
    status: 200,
    body: '{"_embedded":{"contents":[]}}\n',
    why: 'a shared instance that is destroyed breaks no list',
  },
};

const used = new Set<string>();

let running: RunningProxy;
beforeEach(async () => {
  running = await startProxy();
});
afterEach(async () => {
  await running.stop();
});

describe('the classic family answers what upstream answered', () => {
  const scenarios = recordingsOf('classic');

  it.each(scenarios.map((recording) => [recording.scenario, recording.note, recording] as const))(
    '%s: %s',
    async (_scenario, _note, recording) => {
      await new Session(running, DIFFERENCES, used).replay(recording);
      expect(running.faults).toEqual([]);
    },
  );

  it('in a long session of the command line, configured by “configure client”, and a node', async () => {
    const configured = masterUrlOf(clientConfiguration(running.server.url({ kind: 'person' }), ['peer']));
    const session = new Session(running, DIFFERENCES, used, (exchange) => {
      const scope = callerOf(exchange);
      return scope.kind === 'person' ? configured : running.server.url(scope);
    });
    for (const recording of recordingsOf('session')) {
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

/** As Python's `ConfigParser` reads it; upstream's client appends its calls behind a slash. */
function masterUrlOf(configuration: string): string {
  const [, url] =
    /^\[slapos\]\nmaster_url = (.*)\/\nmaster_rest_url = \1\/hateoas\/$/m.exec(configuration) ?? [];
  return (url ?? '').replaceAll('%%', '%');
}

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
