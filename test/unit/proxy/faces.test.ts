/**
 * Bad input, on each face of the local master.
 */
import { connect } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Scope } from '../../../agent/proxy/capabilities.ts';
import { type RunningProxy, startProxy } from '../../contract/running-proxy.ts';
import { asking, COMPUTER } from './local-master.ts';

const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';
const PERSON: Scope = { kind: 'person' };

let running: RunningProxy;

beforeEach(async () => {
  running = await startProxy();
});

afterEach(async () => {
  // Nothing that a client sends is a fault, and none of it was done.
  expect(running.faults).toEqual([]);
  expect(running.proxy.softwareList(COMPUTER)).toEqual([]);
  await running.stop();
});

type Call = { method?: string; path: string; type?: string; body?: string | Buffer; length?: number };

/** The bytes of a call. */
function bytesOf({ method = 'POST', path, type, body = '', length }: Call): Buffer {
  const content = Buffer.from(body);
  const head = [
    `${method} ${new URL(running.server.url(PERSON)).pathname}${path} HTTP/1.1`,
    `Host: 127.0.0.1:${running.server.port}`,
    'Connection: close',
    ...(type === undefined ? [] : [`Content-Type: ${type}`]),
    `Content-Length: ${length ?? content.length}`,
  ].join('\r\n');
  return Buffer.concat([Buffer.from(`${head}\r\n\r\n`), content]);
}

type Answer = { status: number; type: string; body: string };

/** What comes back until the connection ends; status 0 when nothing does. */
async function say(
  call: Call,
  more: (write: (bytes: Buffer) => Promise<void>) => Promise<void> = async () => {},
): Promise<Answer> {
  const socket = connect({ host: '127.0.0.1', port: running.server.port });
  socket.on('error', () => {});
  socket.write(bytesOf(call));
  const answer = readText(socket).catch(() => '');
  await more(
    (bytes) =>
      new Promise((resolve) => {
        socket.write(bytes, () => resolve());
      }),
  );
  return parsed(await answer);
}

function parsed(answer: string): Answer {
  return {
    status: Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 0),
    type: /^content-type: (.*)$/im.exec(answer)?.[1]?.trim() ?? '',
    body: answer.slice(answer.indexOf('\r\n\r\n') + 4),
  };
}

const SUPPLY = `url=http%3A%2F%2Fe%2F&computer_id=${COMPUTER}`;

/** On each face: a call with a body, or the nearest to it, in which a test changes one thing. */
const FACES = {
  classic: {
    call: { path: '/supplySupply', type: FORM, body: `${SUPPLY}&state=available` },
    page: 'text/html; charset=utf-8',
  },
  hateoas: { call: { method: 'GET', path: '/hateoas/', body: '' }, page: 'text/html; charset=utf-8' },
  'JSON-RPC': {
    call: {
      path: '/slapos.post.v0.software_installation',
      type: JSON_TYPE,
      body: `{"computer_guid": "${COMPUTER}", "software_release_uri": "http://e/"}`,
    },
    page: JSON_TYPE,
  },
  REST: {
    call: {
      path: '/software_instance_module/',
      type: JSON_TYPE,
      body: '{"software_release": "http://e/", "instance_id": "one"}',
    },
    page: 'application/problem+json',
  },
} as const satisfies Record<string, { call: Call; page: string }>;

const EACH = Object.entries(FACES).map(([name, { call, page }]): [string, Call, string] => [
  name,
  call,
  page,
]);

describe.each(EACH)('the %s face', (_name, call, page) => {
  it('answers a body of 100 MB before it has come, and stays there for others', async () => {
    const megabyte = Buffer.alloc(1024 * 1024, 'x');
    const answer = await say({ ...call, length: 100 * megabyte.length }, async (write) => {
      for (let sent = 0; sent < 100; sent += 1) await write(megabyte);
    });
    expect([answer.status, answer.type]).toEqual([413, page]);
    expect((await say({ method: 'GET', path: '/getRunId' })).status).toBe(200);
  });

  it('refuses bytes that are no UTF-8', async () => {
    const body = Buffer.from([0x7b, 0xff, 0xfe, 0x7d]);
    const answer = await say({ ...call, body });
    expect([answer.status, answer.type]).toEqual([400, page]);
  });

  it('does nothing with a body that ends too early', async () => {
    const socket = connect({ host: '127.0.0.1', port: running.server.port });
    socket.on('error', () => {});
    socket.end(bytesOf({ ...call, length: 1000 }));
    expect(parsed(await readText(socket).catch(() => '')).status).not.toBe(200);
    expect((await say({ method: 'GET', path: '/getRunId' })).status).toBe(200);
  });

  it('does not wait for a body that comes too slowly', async () => {
    await running.stop();
    running = await startProxy({ timeouts: { head: 100, request: 200, idle: 100 } });
    expect((await say({ ...call, length: 1000 })).status).toBe(408);
  });
});

describe('a wrong method', () => {
  it.each([
    ['/supplySupply', 'GET', 405],
    ['/supplySupply', 'DELETE', 405],
    ['/getRunId', 'POST', 405],
    ['/hateoas/', 'POST', 405],
    ['/hateoas/computers/x', 'DELETE', 405],
    ['/slapos.get.v0.hateoas_url', 'GET', 405],
    ['/slapos.get.v0.hateoas_url', 'PUT', 405],
    ['/software_instance_module/', 'DELETE', 405],
    ['/openapi.json', 'PUT', 405],
  ])('on %s is refused: %s', async (path, method, status) => {
    expect((await say({ method, path })).status).toBe(status);
  });
});

describe('fields', () => {
  const rpc = '/slapos.post.v0.software_installation';
  it.each([
    ['missing, classic', { path: '/supplySupply', type: FORM, body: SUPPLY }, 400],
    ['cut off, classic', { path: '/supplySupply', type: FORM, body: SUPPLY.slice(0, 25) }, 400],
    [
      'no UTF-8 once they are decoded, classic',
      { path: '/supplySupply', type: FORM, body: `${SUPPLY}%ff&state=available` },
      400,
    ],
    ['missing, hateoas', { method: 'GET', path: '/hateoas/?mode=search' }, 400],
    ['missing, JSON-RPC', { path: rpc, type: JSON_TYPE, body: '{}' }, 400],
    ['cut off, JSON-RPC', { path: rpc, type: JSON_TYPE, body: '{"computer_guid": "lo' }, 400],
    [
      'too many, JSON-RPC',
      { path: rpc, type: JSON_TYPE, body: '{"computer_guid": "c", "software_release_uri": "u", "x": 1}' },
      400,
    ],
    ['missing, REST', { path: '/software_instance_module/', type: JSON_TYPE, body: '{}' }, 400],
    [
      'cut off, REST',
      { path: '/software_instance_module/', type: JSON_TYPE, body: '{"instance_id": "o' },
      400,
    ],
    [
      'too many, REST',
      {
        path: '/software_instance_module/',
        type: JSON_TYPE,
        body: '{"software_release": "u", "instance_id": "one", "x": 1}',
      },
      400,
    ],
  ] satisfies [string, Call, number][])('%s', async (_what, call, status) => {
    expect((await say(call)).status).toBe(status);
  });

  it('too many are passed over where upstream does', async () => {
    const classic = { path: '/requestComputerPartition', type: FORM, body: 'x=y' };
    expect((await say(classic)).status).toBe(400);
    expect((await say({ method: 'GET', path: '/getRunId?x=y' })).status).toBe(200);
    expect((await say({ method: 'GET', path: '/hateoas/?x=y' })).status).toBe(200);
  });
});

describe('a wrong media type', () => {
  it.each([
    ['classic', { ...FACES.classic.call, type: JSON_TYPE }, 400],
    ['JSON-RPC', { ...FACES['JSON-RPC'].call, type: FORM }, 400],
    ['REST', { ...FACES.REST.call, type: FORM }, 415],
  ] satisfies [string, Call, number][])('is refused: %s', async (_name, call, status) => {
    expect((await say(call)).status).toBe(status);
    expect(running.proxy.instances()).toEqual([]);
  });
});

describe('an unknown computer', () => {
  it.each([
    ['classic', { method: 'GET', path: '/getFullComputerInformation?computer_id=COMP-9' }, 500],
    ['hateoas', { method: 'GET', path: '/hateoas/computers/COMP-9' }, 404],
    [
      'JSON-RPC',
      {
        path: '/slapos.allDocs.v0.compute_node_instance_list',
        type: JSON_TYPE,
        body: '{"computer_guid": "COMP-9"}',
      },
      403,
    ],
    [
      'REST',
      {
        path: '/software_instance_module/',
        type: JSON_TYPE,
        body: '{"software_release": "u", "instance_id": "one", "sla": {"computer_guid": "COMP-9"}}',
      },
      409,
    ],
  ] satisfies [string, Call, number][])('is refused: %s', async (_name, call, status) => {
    expect((await say(call)).status).toBe(status);
  });
});

describe('one master', () => {
  it('has what one face was asked on all others, with its capability in every link', async () => {
    running.proxy.loadComputerConfiguration({
      reference: COMPUTER,
      address: '',
      netmask: '',
      partitions: [{ reference: 'slappart0', interfaceName: 'lo', addresses: [] }],
    });
    const created = await say(FACES.REST.call);
    expect(created.status).toBe(201);
    const url = running.server.url(PERSON);
    expect(JSON.parse(created.body)).toMatchObject({ url: `${url}/software_instance_module/one______0` });
    const list = await say({
      method: 'GET',
      path: `/hateoas/?${new URLSearchParams({ mode: 'search', query: 'portal_type:"Instance Tree" AND validation_state:validated' })}`,
    });
    expect(JSON.parse(list.body)).toMatchObject({
      _embedded: {
        contents: [{ title: 'one', relative_url: `${new URL(url).pathname}/hateoas/partitions/one` }],
      },
    });
    const rpc = await say({ path: '/slapos.get.v0.hateoas_url', type: JSON_TYPE, body: '{}' });
    expect(JSON.parse(rpc.body)).toEqual({ hateoas_url: `${url}/hateoas/` });
    const classic = await say({ method: 'GET', path: `/getFullComputerInformation?computer_id=${COMPUTER}` });
    expect(classic.body).toContain('<string>instance_title</string><string>one</string>');
    expect(running.proxy.requestWithOutcome(asking('one', { softwareUrl: 'http://e/' })).outcome).toBe(
      'unchanged',
    );
  });
});
