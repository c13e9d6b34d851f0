import { describe, expect, it } from 'vitest';
import { parseProfile } from '../../../agent/software/profile/document.ts';
import { createProfileRenderer } from '../../../agent/software/profile/renderer.ts';
import type { RenderContext } from '../../../agent/software/types.ts';
import { documentWith, fileWith, sampleService, textParameter } from './sample.ts';

const renderer = createProfileRenderer();

const context: RenderContext = {
  instance: { name: 'my-x', guid: 'SOFTINST-1', partition: 'slappart3', type: 'default' },
  parameter: { value: 'x' },
  secret: { password: 'a/b:c@d' },
  address: { web: { host: '127.11.7.1', port: 8080 } },
};

const base = {
  parameters: textParameter,
  secrets: { password: {} },
  publish: [{ name: 'web', port: 8080 }],
};

function typeWith(type: Record<string, unknown>) {
  return renderer.typeOf(parseProfile(documentWith({ ...base, ...type }), 'slapgrid:sample'), 'default');
}

function render(type: Record<string, unknown>, changes: Partial<RenderContext> = {}) {
  return renderer.render(typeWith(type), { ...context, ...changes });
}

describe('an instance', () => {
  it('gets its files, programs, promises and connection parameters', () => {
    const rendered = render({
      files: [{ path: 'a/b', format: 'text', content: 'port {{ address.web.port }}\n', executable: true }],
      setup: [{ name: 'make', command: ['/bin/mkdir', '/srv/data/x'], unless: 'x', timeout: 5 }],
      services: [
        {
          name: 'main',
          command: ['/bin/x', '--port={{ address.web.port }}', '{{ parameter.value }}'],
          environment: { NAME: '{{ instance.name }}' },
          stop: { signal: 'SIGINT', timeout: 9 },
        },
      ],
      promises: [
        { name: 'a', kind: 'tcp', address: 'web', expect: 'hello', period: 5, timeout: 2 },
        { name: 'b', kind: 'tcp', address: 'web' },
        { name: 'c', kind: 'http', address: 'web', path: '/x', status: 204 },
        { name: 'd', kind: 'command', command: ['/bin/check', '{{ instance.partition }}'] },
      ],
      connection: { host: '{{ address.web.host }}' },
    });
    expect(rendered).toEqual({
      files: [{ path: 'a/b', content: 'port 8080\n', executable: true }],
      setup: [
        {
          name: 'make',
          command: ['/bin/mkdir', '/srv/data/x'],
          environment: {},
          unless: 'x',
          timeoutSeconds: 5,
        },
      ],
      services: [
        {
          name: 'main',
          command: ['/bin/x', '--port=8080', 'x'],
          environment: { NAME: 'my-x' },
          stop: { signal: 'SIGINT', timeoutSeconds: 9 },
        },
      ],
      promises: [
        {
          name: 'a',
          periodSeconds: 5,
          timeoutSeconds: 2,
          check: { kind: 'tcp', address: '127.11.7.1:8080', exchange: { send: '', expect: 'hello' } },
        },
        {
          name: 'b',
          periodSeconds: 60,
          timeoutSeconds: 10,
          check: { kind: 'tcp', address: '127.11.7.1:8080', exchange: null },
        },
        {
          name: 'c',
          periodSeconds: 60,
          timeoutSeconds: 10,
          check: { kind: 'http', address: '127.11.7.1:8080', path: '/x', status: 204 },
        },
        {
          name: 'd',
          periodSeconds: 60,
          timeoutSeconds: 10,
          check: { kind: 'command', command: ['/bin/check', 'slappart3'], environment: {} },
        },
      ],
      connection: { host: '127.11.7.1' },
      secretConnectionKeys: [],
      shared: [],
    });
  });

  it('publishes the ports of its type', () => {
    expect(renderer.publishedPorts(typeWith({}), {})).toEqual([{ name: 'web', port: 8080 }]);
  });
});

describe('a value in a command is one argument', () => {
  const services = [{ ...sampleService, command: ['/bin/x', '{{ parameter.value }}'] }];

  it.each(['a b', '$(id)', '; rm', '"', "'", '', 'a\nb', '漢'])('%j', (value) => {
    const rendered = render({ services }, { parameter: { value } });
    expect(rendered.services[0]?.command).toEqual(['/bin/x', value]);
  });

  it('that never becomes an option', () => {
    expect(() => render({ services }, { parameter: { value: '--evil' } })).toThrow(
      expect.objectContaining({
        code: 'bad-parameter',
        message: 'The value must not begin with a dash. Nothing was changed.',
      }),
    );
  });

  it('and never holds NUL', () => {
    expect(() => render({ services }, { parameter: { value: 'a\0b' } })).toThrow(
      expect.objectContaining({ code: 'bad-parameter' }),
    );
  });
});

describe('a value that a file cannot hold is refused with its name', () => {
  it.each([
    ['text', 'a {{ parameter.value }}', 'a\nb', 'The value must be one line of text'],
    ['nginx', 'a {{ parameter.value }};', '$host', 'The value must not hold the character $'],
    ['ini', 'a={{ parameter.value }}', ' a', 'The value must not begin or end with a space'],
    ['xml', '<a>{{ parameter.value }}</a>', '\u0001', 'The value holds a character that cannot be written'],
  ])('%s', (format, content, value, sentence) => {
    expect(() => render(fileWith(format, content), { parameter: { value } })).toThrow(
      expect.objectContaining({ code: 'bad-parameter', message: expect.stringContaining(sentence) }),
    );
  });

  it('also when it is the name of the instance', () => {
    const instance = { ...context.instance, name: 'my $x' };
    expect(() => render(fileWith('nginx', 'a {{ instance.name }};'), { instance })).toThrow(
      expect.objectContaining({ message: expect.stringContaining('instance.name must not hold') }),
    );
  });
});

describe('connection parameters', () => {
  it('percent-encode what lookups add to a URL', () => {
    const { connection } = render(
      {
        connection: {
          url: 'db://me:{{ secret.password }}@{{ address.web.host }}:{{ address.web.port }}/{{ parameter.value }}',
          password: '{{ secret.password }}',
        },
      },
      { parameter: { value: 'a b?c' } },
    );
    expect(connection).toEqual({
      url: 'db://me:a%2Fb%3Ac%40d@127.11.7.1:8080/a%20b%3Fc',
      password: 'a/b:c@d',
    });
  });

  it('tell which of them hold a secret', () => {
    const parameters = {
      type: 'object',
      properties: {
        token: { type: 'string', writeOnly: true, default: '' },
        user: { type: 'string', default: 'u' },
      },
    };
    const { secretConnectionKeys } = render(
      {
        parameters,
        connection: {
          url: 'x://{{ secret.password }}',
          token: 't{{ parameter.token }}',
          user: '{{ parameter.user }}',
          fixed: 'x',
        },
      },
      { parameter: { token: 't', user: 'u' } },
    );
    expect(secretConnectionKeys).toEqual(['url', 'token']);
  });
});

describe('a software type', () => {
  const document = documentWith(
    {},
    {
      types: {
        default: { services: [sampleService], title: 'one' },
        other: { services: [sampleService], title: 'two' },
      },
    },
  );
  const profile = parseProfile(document, 'slapgrid:sample');

  it.each([
    ['default', 'one'],
    ['', 'one'],
    ['RootSoftwareInstance', 'one'],
    ['other', 'two'],
  ])('“%s” is found', (name, title) => {
    expect(renderer.typeOf(profile, name).title).toBe(title);
  });

  it.each(['none', 'constructor', '__proto__'])('“%s” is not', (name) => {
    expect(() => renderer.typeOf(profile, name)).toThrow(
      expect.objectContaining({ code: 'unknown-software-type', nextStep: 'Choose one of: default, other.' }),
    );
  });
});

describe('secrets', () => {
  const secrets = { password: {}, key: { length: 64, alphabet: 'hexadecimal' } };

  it('are made as the profile says', () => {
    const made = renderer.secrets(typeWith({ secrets }), {});
    expect(made['password']).toMatch(/^[A-Za-z0-9]{32}$/);
    expect(made['key']).toMatch(/^[0-9a-f]{64}$/);
  });

  it('are never the same twice', () => {
    const type = typeWith({ secrets });
    expect(renderer.secrets(type, {})['password']).not.toBe(renderer.secrets(type, {})['password']);
  });

  it('stay as they are, with those nothing asks for any more', () => {
    const made = renderer.secrets(typeWith({ secrets }), { password: 'kept', old: 'too' });
    expect(made).toEqual({ password: 'kept', old: 'too', key: expect.stringMatching(/^[0-9a-f]{64}$/) });
  });
});

describe('an instance that asks for others', () => {
  const asking = fileWith('text', 'master {{ slap.url }} {{ slap.computer }} {{ slap.partition }}');
  const slap = {
    url: 'http://127.0.0.1:1/slapcap_x/',
    computer: 'local_computer',
    partition: 'slappart3',
    certificate: '/srv/pki/slappart3.crt',
    key: '/srv/pki/slappart3.key',
  };

  it('is told where its master is and who it is there', () => {
    expect(renderer.asksMaster(typeWith(asking))).toBe(true);
    expect(render(asking, { slap }).files[0]?.content).toBe(
      'master http://127.0.0.1:1/slapcap_x/ local_computer slappart3',
    );
  });

  it('shows the address as a secret', () => {
    const rendered = render(
      { connection: { master: '{{ slap.url }}', node: '{{ slap.computer }}' } },
      { slap },
    );
    expect(rendered.secretConnectionKeys).toEqual(['master']);
  });

  it('is refused where its master cannot be reached from inside', () => {
    expect(() => render(asking)).toThrow(expect.objectContaining({ code: 'no-master-inside' }));
  });

  it('is no other', () => {
    expect(renderer.asksMaster(typeWith({}))).toBe(false);
  });
});
