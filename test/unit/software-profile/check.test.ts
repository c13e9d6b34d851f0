import { describe, expect, it } from 'vitest';
import { parseProfile } from '../../../agent/software/profile/document.ts';
import { documentWith, fileWith, sampleService, textParameter } from './sample.ts';

function load(type: Record<string, unknown>) {
  return parseProfile(documentWith(type), 'slapgrid:sample');
}

function refusal(field: string, problem: RegExp) {
  return expect.objectContaining({
    code: 'profile-invalid',
    parameters: expect.objectContaining({
      field: `types.default.${field}`,
      problem: expect.stringMatching(problem),
    }),
  });
}

const web = { name: 'web', port: 8080 };

describe('a name that does not exist is refused when the profile is loaded', () => {
  it.each([
    ['{{ parameter.none }}', /there is no parameter.none/],
    ['{{ parameter.value.deeper }}', /there is no/],
    ['{{ parameter.constructor }}', /there is no/],
    ['{{ secret.none }}', /there is no secret.none/],
    ['{{ slap.none }}', /there is no slap.none/],
    ['{{ slap.url.host }}', /there is no slap.url.host/],
    ['{{ address.none.port }}', /there is no/],
    ['{{ address.web.path }}', /there is no/],
    ['{{ address.web }}', /there is no/],
    ['{{ instance.password }}', /there is no/],
    ['{{ process.env }}', /there is no process.env/],
    ['{{ parameter }}', /one name with dots/],
    ['{{ parameter.value | upper }}', /one name with dots/],
    ['{{ 1 + 1 }}', /one name with dots/],
    ['{{ parameter.value', /never closed/],
  ])('%s', (lookup, problem) => {
    expect(() =>
      load({ parameters: textParameter, publish: [web], connection: { it: `x ${lookup}` } }),
    ).toThrow(refusal('connection.it', problem));
  });

  it.each([
    [
      'a promise of a port',
      { promises: [{ name: 'a', kind: 'tcp', address: 'none' }] },
      'promises.0.address',
    ],
    [
      'a promise of a page',
      { promises: [{ name: 'a', kind: 'http', address: 'none' }] },
      'promises.0.address',
    ],
    [
      'a parameter that is required',
      { parameters: { type: 'object', properties: {}, required: ['none'] } },
      'parameters.required.0',
    ],
  ])('%s', (_name, type, field) => {
    expect(() => load({ publish: [web], ...type })).toThrow(refusal(field, /“none” is not/));
  });
});

describe('a lookup that might have no value is refused', () => {
  const optional = { type: 'object', properties: { value: { type: 'string' } } };
  const connection = { it: '{{ parameter.value }}' };

  it('when the parameter is neither required nor has a default', () => {
    expect(() => load({ parameters: optional, connection })).toThrow(
      refusal('connection.it', /may have no value/),
    );
  });

  it('and accepted when it is required', () => {
    expect(() => load({ parameters: { ...optional, required: ['value'] }, connection })).not.toThrow();
  });

  it('when the group around it may be missing', () => {
    const group = { type: 'object', properties: { inner: textParameter } };
    expect(() => load({ parameters: group, connection: { it: '{{ parameter.inner.value }}' } })).toThrow(
      refusal('connection.it', /may have no value/),
    );
  });
});

describe('a secret is refused where others can read it', () => {
  const secrets = { password: {} };
  const lookup = '{{ secret.password }}';

  it.each([
    ['an argument of a service', { services: [{ ...sampleService, command: ['/bin/x', lookup] }] }],
    ['the environment of a service', { services: [{ ...sampleService, environment: { A: lookup } }] }],
    ['an argument of a step', { setup: [{ name: 's', command: ['/bin/x', `--password=${lookup}`] }] }],
    [
      'the environment of a step',
      { setup: [{ name: 's', command: ['/bin/x'], environment: { A: lookup } }] },
    ],
    ['an argument of a promise', { promises: [{ name: 'p', kind: 'command', command: ['/bin/x', lookup] }] }],
  ])('%s', (_name, type) => {
    expect(() => load({ secrets, ...type })).toThrow(/is a secret, and everybody/);
  });

  it('the address of the master, with which anybody could ask in the instance’s name', () => {
    const services = [{ name: 'main', command: ['/bin/x', '{{ slap.url }}'] }];
    expect(() => load({ services })).toThrow(/slap.url is a secret/);
    const others = [{ name: 'main', command: ['/bin/x', '{{ slap.computer }}/{{ slap.partition }}'] }];
    expect(() => load({ services: others })).not.toThrow();
  });

  it('a parameter that is a secret', () => {
    const parameters = {
      type: 'object',
      properties: { token: { type: 'string', writeOnly: true, default: '' } },
    };
    const services = [{ ...sampleService, command: ['/bin/x', '{{ parameter.token }}'] }];
    expect(() => load({ parameters, services })).toThrow(/parameter.token is a secret/);
  });

  it('but not in a file and in what is published', () => {
    const files = [{ path: 'p', format: 'verbatim', content: lookup }];
    expect(() => load({ secrets, files, connection: { password: lookup } })).not.toThrow();
  });
});

describe('names that must differ', () => {
  it.each([
    ['services', { services: [sampleService, sampleService] }, 'services.1.name', /“main” is there twice/],
    [
      'a step and a service',
      { setup: [{ name: 'main', command: ['/bin/true'] }] },
      'services.0.name',
      /twice/,
    ],
    ['published names', { publish: [web, { ...web, port: 8081 }] }, 'publish.1.name', /twice/],
    ['ports', { publish: [web, { ...web, name: 'other' }] }, 'publish.1.port', /“8080” is there twice/],
    ['files', { files: [file('a'), file('a')] }, 'files.1.path', /twice/],
    ['a file and a folder', { files: [file('a'), file('a/b')] }, 'files.0.path', /file and a folder/],
  ])('%s', (_name, type, field, problem) => {
    expect(() => load(type)).toThrow(refusal(field, problem));
  });
});

describe('parameters', () => {
  const property = (schema: Record<string, unknown>) => ({
    parameters: { type: 'object', properties: { it: schema } },
  });

  it.each([
    ['a default out of range', { type: 'integer', minimum: 1, default: 0 }, 'default', /not a value/],
    ['a default of no choice', { type: 'string', enum: ['a'], default: 'b' }, 'default', /not a value/],
    [
      'a default of another pattern',
      { type: 'string', pattern: '^a$', default: 'b' },
      'default',
      /not a value/,
    ],
    ['a pattern that is none', { type: 'string', pattern: '(' }, 'pattern', /regular expression/],
    ['a reference', { $ref: 'https://example.org/schema' }, 'type', /is missing/],
    ['a reference beside a type', { type: 'string', $ref: '#/x' }, '$ref', /not known/],
    ['a keyword of another type', { type: 'string', minimum: 1 }, 'minimum', /not known/],
    ['a type that is none', { type: 'text' }, 'type', /one of|kinds/],
    [
      'a default in a list',
      { type: 'array', items: { type: 'string', default: 'a' } },
      'items.default',
      /no effect/,
    ],
  ])('%s', (_name, schema, field, problem) => {
    expect(() => load(property(schema))).toThrow(refusal(`parameters.properties.it.${field}`, problem));
  });

  it.each(['_', '__proto__', 'a b', '1a', ''])('the name “%s” is refused', (name) => {
    const parameters = `{"type":"object","properties":{${JSON.stringify(name)}:{"type":"string"}}}`;
    const document = documentWith({ parameters: 'HERE' }).replace('"HERE"', parameters);
    expect(() => parseProfile(document, 'x')).toThrow(expect.objectContaining({ code: 'profile-invalid' }));
  });

  it('a list in a file that cannot hold one is refused', () => {
    const parameters = {
      type: 'object',
      properties: { value: { type: 'array', items: { type: 'string' }, default: [] } },
    };
    expect(() => load({ ...fileWith('text', 'a {{ parameter.value }}'), parameters })).toThrow(
      /only json and yaml files can hold/,
    );
    expect(() => load({ ...fileWith('json', '[{{ parameter.value }}]'), parameters })).not.toThrow();
  });
});

it('a tcp promise that sends must look at the answer', () => {
  const promises = [{ name: 'p', kind: 'tcp', address: 'web', send: 'PING' }];
  expect(() => load({ publish: [web], promises })).toThrow(refusal('promises.0.send', /needs expect/));
});

function file(path: string) {
  return { path, format: 'text', content: '' };
}

describe('what is published for shared instances', () => {
  const hosts = {
    parameters: {
      type: 'object',
      properties: {
        slave_instance_list: {
          type: 'array',
          default: [],
          items: {
            type: 'object',
            properties: {
              domain: { type: 'string' },
              port: { type: 'integer' },
              aliases: { type: 'array', items: { type: 'string' } },
            },
            required: ['domain', 'aliases'],
          },
        },
      },
    },
    secrets: { token: {} },
    publish: [web],
  };
  const sharedWith = (value: string): Record<string, unknown> => ({
    ...hosts,
    shared: { connection: { it: value } },
  });

  it('may look up what the software knows of each, and all that connection may', () => {
    const { types } = load(
      sharedWith('http://{{ address.web.host }}/{{ shared.domain }}?{{ secret.token }}'),
    );
    expect(types['default']?.shared.connection).toHaveProperty('it');
  });

  it.each([
    ['{{ shared.none }}', /there is no shared.none/],
    ['{{ shared.domain.length }}', /there is no/],
    ['{{ shared.port }}', /list it in required/],
    ['{{ shared.aliases }}', /a list or an object/],
  ])('%s is refused', (lookup, problem) => {
    expect(() => load(sharedWith(`x ${lookup}`))).toThrow(refusal('shared.connection.it', problem));
  });

  it('is looked up nowhere else', () => {
    expect(() => load({ ...hosts, connection: { it: '{{ shared.domain }}' } })).toThrow(
      refusal('connection.it', /there is no shared.domain/),
    );
  });

  it('needs software that knows them', () => {
    expect(() => load({ shared: { connection: { it: '{{ shared.domain }}' } } })).toThrow(
      refusal('shared.connection.it', /there is no shared.domain/),
    );
  });
});
