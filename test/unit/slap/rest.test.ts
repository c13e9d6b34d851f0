import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { beforeEach, describe, expect, it } from 'vitest';
import type { SlapHandler, SlapResponse } from '../../../slap/http.ts';
import type { PartitionReference } from '../../../slap/master.ts';
import { createRestServer } from '../../../slap/rest/server.ts';
import { asking, COMPUTER, localMaster, type LocalMaster, place, SOFTWARE } from '../proxy/local-master.ts';

const URL_OF_MASTER = 'http://127.0.0.1:5000/slapcap_x';
const MODULE = '/software_instance_module/';

let master: LocalMaster;
let faults: unknown[];

beforeEach(() => {
  master = localMaster();
  faults = [];
});

function server(requester: PartitionReference | null = null): SlapHandler {
  return createRestServer(master.proxy, { requester, onFault: (error) => faults.push(error) });
}

type Json = Record<string, unknown>;
type Answer = SlapResponse & { json: Json };

async function send(
  method: string,
  path: string,
  body?: unknown,
  options: { requester?: PartitionReference; headers?: Record<string, string | undefined> } = {},
): Promise<Answer> {
  const response = await server(options.requester ?? null)({
    method,
    path,
    query: '',
    headers: {
      host: '127.0.0.1:5000',
      'x-forwarded-prefix': '/slapcap_x',
      'content-type': 'application/json',
      ...options.headers,
    },
    body: body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { ...response, json: response.body === '' ? {} : JSON.parse(response.body) };
}

const REQUEST = { software_release: SOFTWARE, instance_id: 'one', instance_type: 'default' };

function at(guid: string, part = ''): string {
  return `${MODULE}${encodeURIComponent(guid)}${part}`;
}

describe('a request', () => {
  it('takes a partition', async () => {
    const answer = await send('POST', MODULE, { ...REQUEST, parameter: { a: 'x', n: 1.5 } });
    expect(answer.status).toBe(201);
    expect(answer.headers['location']).toBe(`${URL_OF_MASTER}${MODULE}one______0`);
    expect(answer.json).toEqual({
      instance_id: 'one',
      instance_guid: 'one______0',
      url: `${URL_OF_MASTER}${MODULE}one______0`,
      software_release: SOFTWARE,
      instance_type: 'default',
      status: 'started',
      slave: false,
      parameter: { a: 'x', n: '1.5' },
      sla: {},
      connection: {},
      root_instance_id: 'one',
      children_id_list: [],
      partition: {
        computer_id: COMPUTER,
        partition_id: 'slappart0',
        ip_list: [{ interface: 'lo', address: '127.64.0.1' }],
      },
      last_modified: '2026-11-22T13:29:08.101Z',
    });
  });

  it('that is repeated changes nothing', async () => {
    await send('POST', MODULE, REQUEST);
    master.changes();
    expect((await send('POST', MODULE, REQUEST)).status).toBe(200);
    expect(master.changes()).toEqual([]);
  });

  it('needs only the software and a name', async () => {
    const { instance_type: _type, ...rest } = REQUEST;
    expect((await send('POST', MODULE, rest)).json).toMatchObject({ instance_type: 'default' });
  });

  it('of an instance is for a child', async () => {
    await send('POST', MODULE, REQUEST);
    const child = await send('POST', MODULE, { ...REQUEST, instance_id: 'child' }, { requester: place(0) });
    expect(child.json).toMatchObject({ instance_guid: 'child___one___0', root_instance_id: 'one' });
    expect((await send('GET', at('one______0'))).json).toMatchObject({ children_id_list: ['child'] });
  });

  it('for a shared instance finds its host', async () => {
    await send('POST', MODULE, REQUEST);
    const answer = await send('POST', MODULE, { ...REQUEST, instance_id: 'guest', slave: true });
    expect(answer.status).toBe(201);
    expect(answer.json).toMatchObject({ slave: true, instance_guid: 'guest______1' });
    expect((await send('DELETE', at('guest______1'))).json).toMatchObject({ status: 'destroyed' });
    expect((await send('GET', at('guest______1'))).status).toBe(404);
  });

  it('is refused while no partition is free', async () => {
    for (const name of ['a', 'b', 'c']) await send('POST', MODULE, { ...REQUEST, instance_id: name });
    const answer = await send('POST', MODULE, REQUEST);
    expect(answer.status).toBe(409);
    expect(answer.headers['content-type']).toBe('application/problem+json');
    expect(answer.json['detail']).toBe('No free computer partition found for: one');
  });

  it.each([
    ['without a name', { software_release: SOFTWARE }, { instance_id: 'Parameter is missing' }],
    ['with what nobody knows', { ...REQUEST, more: 1 }, { more: 'Parameter is unknown' }],
    [
      'with a state nobody knows',
      { ...REQUEST, status: 'weird' },
      { status: expect.stringContaining('Invalid option') },
    ],
    ['with parameters that are none', { ...REQUEST, parameter: [1] }, { parameter: 'Must be an object' }],
    [
      'with a place that is none',
      { ...REQUEST, sla: { computer_guid: [] } },
      { 'sla.computer_guid': 'Must be a text or a number' },
    ],
    ['that is no object', '[]', { body: expect.stringContaining('Invalid input') }],
    ['that is no JSON', '{"a"', { body: 'Must be JSON' }],
    ['that is empty', '', { body: 'Must be JSON' }],
  ])('is refused %s', async (_what, body, errors) => {
    const answer = await send('POST', MODULE, body);
    expect(answer.status).toBe(400);
    expect(answer.json).toEqual({ status: 400, title: 'Bad Request', errors });
  });
});

describe('an instance', () => {
  beforeEach(async () => {
    await send('POST', MODULE, { ...REQUEST, parameter: { a: 'x', empty: '' } });
  });

  it('is listed and read', async () => {
    const { json } = await send('GET', at('one______0'));
    expect((await send('GET', MODULE)).json).toEqual({ list: [json] });
    expect((await send('GET', '/software_instance_module')).json).toEqual({ list: [json] });
    expect((await send('HEAD', at('one______0'))).body).toBe('');
  });

  it('changes in what is said, and keeps the rest', async () => {
    const answer = await send('PUT', at('one______0'), { status: 'stopped' });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ status: 'stopped', parameter: { a: 'x', empty: null } });
    const changed = await send('PUT', at('one______0'), {
      parameter: { b: 'y' },
      software_release: '/other',
    });
    expect(changed.json).toMatchObject({
      parameter: { b: 'y' },
      software_release: '/other',
      status: 'stopped',
    });
  });

  it('does not change when it is so already', async () => {
    master.changes();
    expect((await send('PUT', at('one______0'), { status: 'started' })).status).toBe(204);
    expect(master.changes()).toEqual([]);
    expect((await send('PUT', at('one______0'), {})).status).toBe(400);
  });

  it('is destroyed by its node, once that is requested', async () => {
    const answer = await send('DELETE', at('one______0'));
    expect(answer.status).toBe(202);
    expect(answer.json['status']).toBe('destroyed');
    master.proxy.reportInstance(place(0), { state: 'destroyed' });
    expect((await send('GET', at('one______0'))).status).toBe(404);
    expect((await send('DELETE', at('one______0'))).status).toBe(404);
    expect(master.proxy.instances()).toEqual([]);
  });

  it('gets another name, and with it another URL', async () => {
    const answer = await send('PUT', at('one______0', '/instance_id'), { instance_id: 'a/b é' });
    expect(answer.json).toMatchObject({
      instance_id: 'a/b é',
      url: `${URL_OF_MASTER}${at('a/b é______0')}`,
    });
    expect((await send('GET', at('a/b é______0'))).status).toBe(200);
    await send('POST', MODULE, REQUEST);
    const taken = await send('PUT', at('one______0', '/instance_id'), { instance_id: 'a/b é' });
    expect(taken.status).toBe(409);
  });

  it('publishes, bangs and has a certificate', async () => {
    const connection = { url: 'http://x/', n: 1 };
    expect((await send('PUT', at('one______0', '/connection'), connection)).status).toBe(204);
    expect((await send('GET', at('one______0'))).json['connection']).toEqual({ n: '1', url: 'http://x/' });
    master.changes();
    expect((await send('POST', at('one______0', '/bang'), { log: 'well?' })).status).toBe(204);
    expect(master.changes()).toEqual([{ kind: 'bang', ...place(0) }]);
    expect((await send('GET', at('one______0', '/certificate'))).json).toEqual({
      ssl_key: '',
      ssl_certificate: '',
    });
  });

  it('is changed only by who requested it', async () => {
    master.proxy.requestComputerPartition(asking('child', { requester: place(0) }));
    const child = at('child___one___0');
    expect((await send('PUT', child, { status: 'stopped' })).status).toBe(403);
    expect((await send('PUT', child, { status: 'stopped' }, { requester: place(0) })).status).toBe(200);
    const root = await send('DELETE', at('one______0'), undefined, { requester: place(0) });
    expect(root.status).toBe(403);
    expect(master.proxy.instanceByName('one')?.requestedState).toBe('started');
  });
});

describe('what is no call', () => {
  it.each([
    ['GET', `${MODULE}unknown`, 404, 'a guid that is none'],
    ['GET', `${MODULE}x______0`, 404, 'a guid that nobody has'],
    ['GET', `${MODULE}x______0/nothing`, 404, 'a part that nobody knows'],
    ['GET', `${MODULE}x______0/bang/more`, 404, 'a part of a part'],
    ['GET', `${MODULE}%ff`, 404, 'a path that is no text'],
    ['PATCH', MODULE, 405, 'another method'],
    ['POST', '/openapi.json', 405, 'another method of the description'],
  ])('%s %s is answered with %i: %s', async (method, path, status) => {
    const answer = await send(method, path, {});
    expect(answer.status).toBe(status);
    expect(answer.json['status']).toBe(status);
    expect(faults).toEqual([]);
  });

  it.each([
    ['another media type', { 'content-type': 'text/plain' }, 415],
    ['no media type', { 'content-type': undefined }, 415],
    ['a caller that wants HTML', { accept: 'text/html' }, 406],
  ])('%s is refused', async (_what, headers, status) => {
    expect((await send('POST', MODULE, REQUEST, { headers })).status).toBe(status);
    expect(master.proxy.instances()).toEqual([]);
  });

  it('says what is allowed', async () => {
    const answer = await send('OPTIONS', at('x______0'));
    expect([answer.status, answer.headers['allow']]).toEqual([204, 'OPTIONS, GET, PUT, DELETE, HEAD']);
  });
});

describe('the OpenAPI document', () => {
  type Operation = {
    operationId: string;
    requestBody?: { content: Record<string, { schema: { $ref: string } }> };
    responses: Record<
      string,
      { description: string; content?: Record<string, { schema: { $ref: string } }> }
    >;
  };
  type Document = {
    openapi: string;
    info: Json;
    servers: { url: string }[];
    paths: Record<string, Record<string, Operation>>;
    components: { schemas: Record<string, object> };
  };

  let document: Document;
  /** By the name of a component. */
  let validators: Map<string, ValidateFunction>;

  beforeEach(async () => {
    document = (await send('GET', '/openapi.json')).json as Document;
    const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
    validators = new Map(
      Object.entries(document.components.schemas).map(([name, schema]) => [name, ajv.compile(schema)]),
    );
  });

  function operations(): [path: string, verb: string, operation: Operation][] {
    return Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item)
        .filter(([verb]) => verb !== 'parameters')
        .map(([verb, operation]): [string, string, Operation] => [path, verb, operation]),
    );
  }

  function validator(content: Record<string, { schema: { $ref: string } }> | undefined): ValidateFunction {
    const reference = Object.values(content ?? {})[0]?.schema.$ref ?? '';
    const found = validators.get(reference.replace('#/components/schemas/', ''));
    if (found === undefined) throw new Error(`${reference} leads nowhere`);
    return found;
  }

  it('says where the master is and which version it has', () => {
    expect(document.openapi).toMatch(/^3\.1\./);
    expect(document.servers).toEqual([{ url: URL_OF_MASTER }]);
    expect(document.info).toMatchObject({ title: expect.any(String), version: expect.any(String) });
  });

  it('names each operation once, and each schema that it uses', () => {
    const ids = operations().map(([, , { operationId }]) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [, , { requestBody, responses }] of operations()) {
      if (requestBody !== undefined) validator(requestBody.content);
      for (const response of Object.values(responses)) {
        expect(response.description).not.toBe('');
        if (response.content !== undefined) validator(response.content);
      }
    }
  });

  it('has the methods that the routes have, and no others', async () => {
    for (const path of Object.keys(document.paths)) {
      const { headers } = await send('OPTIONS', path.replace('{instance_guid}', 'x______0'));
      const allowed = (headers['allow'] ?? '')
        .split(', ')
        .filter((verb) => !['OPTIONS', 'HEAD'].includes(verb));
      const described = operations()
        .filter(([other]) => other === path)
        .map(([, verb]) => verb.toUpperCase());
      expect(described.sort(), path).toEqual(allowed.sort());
    }
  });

  it('describes every answer of a life', async () => {
    const calls: [string, string, string, unknown?][] = [
      ['POST', MODULE, MODULE, { ...REQUEST, status: 'started', slave: false, parameter: { a: 1 }, sla: {} }],
      ['POST', MODULE, MODULE, REQUEST],
      ['POST', MODULE, MODULE, { instance_id: '' }],
      ['POST', MODULE, MODULE, { ...REQUEST, instance_id: 'x', slave: true, software_release: '/none' }],
      ['GET', MODULE, MODULE],
      ['GET', `${MODULE}{instance_guid}`, at('one______0')],
      ['GET', `${MODULE}{instance_guid}`, at('two______0')],
      ['PUT', `${MODULE}{instance_guid}`, at('one______0'), { status: 'stopped' }],
      ['PUT', `${MODULE}{instance_guid}`, at('one______0'), { status: 'stopped' }],
      ['PUT', `${MODULE}{instance_guid}`, at('one______0'), {}],
      ['PUT', `${MODULE}{instance_guid}/connection`, at('one______0', '/connection'), { url: 'x' }],
      ['GET', `${MODULE}{instance_guid}/certificate`, at('one______0', '/certificate')],
      ['POST', `${MODULE}{instance_guid}/bang`, at('one______0', '/bang'), { log: '' }],
      [
        'PUT',
        `${MODULE}{instance_guid}/instance_id`,
        at('one______0', '/instance_id'),
        { instance_id: 'two' },
      ],
      ['DELETE', `${MODULE}{instance_guid}`, at('two______0')],
    ];
    for (const [method, described, path, body] of calls) {
      const operation = document.paths[described]?.[method.toLowerCase()];
      const answer = await send(method, path, body);
      const where = `${method} ${path}: ${answer.status}`;
      const response = operation?.responses[String(answer.status)];
      expect(response, where).toBeDefined();
      const type = answer.headers['content-type'] ?? '';
      expect(Object.keys(response?.content ?? {}), where).toEqual(type === '' ? [] : [type]);
      if (response?.content !== undefined) {
        const validate = validator(response.content);
        expect([validate(answer.json), validate.errors], where).toEqual([true, null]);
      }
      // What is accepted fits what is described, and what is refused does not.
      if (operation?.requestBody !== undefined) {
        const fits = validator(operation.requestBody.content)(body);
        expect(fits, where).toBe(answer.status !== 400);
      }
    }
  });
});
