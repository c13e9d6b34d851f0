import { beforeEach, describe, expect, it } from 'vitest';
import { createHateoasClient, findHateoasUrl, type HateoasClient } from '../../../slap/hateoas/client.ts';
import { createHateoasServer } from '../../../slap/hateoas/server.ts';
import type { SlapRequest, SlapTransport } from '../../../slap/http.ts';
import { expandTemplate } from '../../../slap/uri-template.ts';
import { recordingsOf } from '../../contract/ledger.ts';
import { asking, COMPUTER, localMaster, type LocalMaster, place, SOFTWARE } from '../proxy/local-master.ts';

const HOST = '127.0.0.1:5000';
const CAPABILITY = '/slapcap_secret';

let master: LocalMaster;
/** Below a capability, as the local proxy serves it. */
let transport: SlapTransport;
let client: HateoasClient;

beforeEach(() => {
  master = localMaster();
  const handler = createHateoasServer(master.proxy);
  transport = async (request) => {
    if (!request.path.startsWith(CAPABILITY)) throw new Error(`${request.path} has lost the capability`);
    const headers = { ...request.headers, host: HOST, 'x-forwarded-prefix': CAPABILITY };
    return handler({ ...request, path: request.path.slice(CAPABILITY.length), headers });
  };
  client = createHateoasClient({ url: `http://${HOST}${CAPABILITY}/hateoas`, transport });
});

function get(path: string, query = '', headers: SlapRequest['headers'] = {}) {
  return transport({ method: 'GET', path: CAPABILITY + path, query, headers, body: '' });
}

describe('a client', () => {
  it('lists what people asked for', async () => {
    master.proxy.requestComputerPartition(asking('one'));
    master.proxy.requestComputerPartition(asking('child', { requester: place(0) }));
    master.proxy.requestComputerPartition(asking('guest', { shared: true }));
    expect(await client.listServices()).toEqual([
      { name: 'one', softwareUrl: SOFTWARE },
      { name: 'guest', softwareUrl: SOFTWARE },
    ]);
  });

  it.each(['plain', 'with space', 'a/b?c=d&e#f', '%41', 'é Привет 😀', "it's"])(
    'reads a service named %j',
    async (name) => {
      const parameters = { a: '<&>', empty: '', _: '{"k": [1]}' };
      master.proxy.requestComputerPartition(asking(name, { parameters, state: 'stopped' }));
      master.proxy.setConnectionParameters(place(0), { url: 'http://x/' }, null);
      expect(await client.getService(name)).toEqual({
        name,
        softwareUrl: SOFTWARE,
        softwareType: 'default',
        requestedState: 'stopped',
        shared: false,
        parameters: { a: '<&>', empty: null, _: '{"k": [1]}' },
        connection: { url: 'http://x/' },
        news: null,
      });
    },
  );

  it('reads a shared service', async () => {
    master.proxy.requestComputerPartition(asking('host'));
    master.proxy.requestComputerPartition(asking('guest', { shared: true, parameters: { n: 1 } }));
    expect(await client.getService('guest')).toMatchObject({
      shared: true,
      requestedState: 'unused',
      parameters: { n: '1' },
    });
  });

  it('finds nothing of a name that nobody has', async () => {
    expect(await client.getService('nobody')).toBeNull();
    expect(await client.getComputer('COMP-9')).toBeNull();
    await expect(client.getService('a"b')).rejects.toMatchObject({ code: 'bad-request' });
  });

  it('lists and reads computers', async () => {
    master.format(1, 'COMP-1');
    const local = { computerId: COMPUTER, title: COMPUTER };
    expect(await client.listComputers()).toEqual([local, { computerId: 'COMP-1', title: 'COMP-1' }]);
    expect(await client.getComputer(COMPUTER)).toEqual(local);
  });

  it('does not follow a link to another host', async () => {
    const elsewhere = createHateoasClient({
      url: `http://${HOST}/hateoas/`,
      transport: () =>
        Promise.resolve({
          status: 200,
          headers: {},
          body: JSON.stringify({
            _links: {
              raw_search: { href: 'http://evil.example/{?query}' },
              traverse: { href: 'http://evil.example/' },
            },
          }),
        }),
    });
    await expect(elsewhere.listServices()).rejects.toMatchObject({ code: 'unreachable' });
  });

  it.each([
    ['HTML', '<html>'],
    ['other JSON', '{}'],
    ['nothing', ''],
  ])('says so when a master answers %s', async (_what, body) => {
    const broken = createHateoasClient({
      url: `http://${HOST}/hateoas/`,
      transport: () => Promise.resolve({ status: 200, headers: {}, body }),
    });
    await expect(broken.listServices()).rejects.toMatchObject({ code: 'invalid-document' });
  });
});

describe('a client of a full master', () => {
  /** Answers the recorded requests in their order, and insists on them. */
  function recorded(scenario: string): SlapTransport {
    const exchanges = recordingsOf('full-master')
      .filter((recording) => recording.scenario.startsWith(scenario))
      .flatMap((recording) => recording.exchanges);
    return (request) => {
      const exchange = exchanges.shift();
      expect({ path: request.path, query: request.query }).toEqual({
        path: exchange?.request.path,
        query: exchange?.request.query_string,
      });
      const { status = 0, body = '' } = exchange?.response ?? {};
      return Promise.resolve({ status, headers: {}, body });
    };
  }

  async function clientOf(scenario: string): Promise<HateoasClient> {
    const from = recorded(scenario);
    const url = await findHateoasUrl(from);
    return createHateoasClient({ url: url ?? '', transport: from });
  }

  it('lists services', async () => {
    const services = await (await clientOf('master-08')).listServices();
    expect(services).not.toEqual([]);
  });

  it('lists computers', async () => {
    const computers = await (await clientOf('master-07')).listComputers();
    expect(computers).toEqual([{ computerId: 'COMP-1234', title: 'my node' }]);
  });

  it('reads a service with its news', async () => {
    expect(await (await clientOf('master-09')).getService('inst')).toEqual({
      name: 'inst',
      softwareUrl: '/srv/slap/sr/software.cfg',
      softwareType: 'default',
      requestedState: 'start_requested',
      shared: false,
      parameters: { _: '{"a": 1}' },
      connection: { url: 'http://x/' },
      news: ['#access Instance correctly started', '#error while instanciating: x'],
    });
  });
});

describe('links', () => {
  it.each([
    ['as they are', {}, `http://${HOST}${CAPABILITY}`],
    ['behind https', { 'x-forwarded-proto': 'https' }, `https://${HOST}${CAPABILITY}`],
    ['behind two proxies', { 'x-forwarded-proto': 'http, https' }, `https://${HOST}${CAPABILITY}`],
    ['behind nonsense', { 'x-forwarded-proto': 'javascript:' }, `http://${HOST}${CAPABILITY}`],
  ])('begin where the caller is, %s', async (_what, headers, url) => {
    const { body } = await get('/hateoas/', '', headers);
    expect(JSON.parse(body)).toMatchObject({
      _links: { traverse: { href: expect.stringMatching(`^${url}/hateoas/`) } },
    });
  });

  it('lead to documents of this master only', async () => {
    const { proxy } = master;
    proxy.requestComputerPartition(asking('one'));
    for (const target of [
      'http://evil.example/',
      '//evil.example/hateoas/partitions/one',
      '/hateoas/../supplySupply',
      '/hateoas/partitions/a/b',
      '/hateoas/partitions/one\r\nX: y',
      '',
    ]) {
      const query = new URLSearchParams({ mode: 'traverse', relative_url: target }).toString();
      expect((await get('/hateoas/', query)).status, target).toBe(404);
    }
    for (const [target, location] of [
      ['/hateoas/partitions/one', '/hateoas/partitions/one'],
      ['/hateoas/partitions/%C3%A9%20x', '/hateoas/partitions/%C3%A9%20x'],
      ['/hateoas/partitions/é "x"', '/hateoas/partitions/%C3%A9%20%22x%22'],
    ] as const) {
      const query = new URLSearchParams({ mode: 'traverse', relative_url: target }).toString();
      expect((await get('/hateoas/', query)).headers['location']).toBe(`${CAPABILITY}${location}`);
    }
  });
});

describe('a shared instance whose host is gone', () => {
  it('breaks no list', async () => {
    master.proxy.requestComputerPartition(asking('host'));
    master.proxy.requestComputerPartition(asking('guest', { shared: true }));
    master.proxy.reportInstance(place(0), { state: 'destroyed' });
    expect(await client.listServices()).toEqual([]);
    expect(await client.getService('guest')).toBeNull();
  });
});

it.each([
  ['/hateoas/partitions/%', 404],
  ['/hateoas/partitions/%ff', 404],
  ['/hateoas/partitions/', 404],
  ['/hateoas/nothing/one', 404],
])('%s is no document', async (path, status) => {
  expect((await get(path)).status).toBe(status);
});

it.each([
  ['search{&query,select_list*,limit}', 'search&query=a%20b&select_list=x&select_list=y&limit=40'],
  ['{?query,absent}', '?query=a%20b'],
  ['{?absent}', ''],
  ['q={query}&s={select_list}', 'q=a%20b&s=x,y'],
  ['plain', 'plain'],
])('%s is expanded', (template, expected) => {
  expect(expandTemplate(template, { query: 'a b', select_list: ['x', 'y'], limit: 40 })).toBe(expected);
});
