import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { createProfileRenderer } from '../../../agent/software/profile/renderer.ts';
import { createProfileSource } from '../../../agent/software/profile/source.ts';
import type { LoadedProfile, RenderContext, RenderedInstance } from '../../../agent/software/types.ts';

const catalogueFolder = fileURLToPath(new URL('../../../assets/software/', import.meta.url));
const taught = fileURLToPath(new URL('../../fixtures/profiles/mosquitto/software.yaml', import.meta.url));
const source = createProfileSource({ catalogueFolder });
const renderer = createProfileRenderer();

const secrets = { password: 'PASSWORD-OF-THE-USER', administrator: 'PASSWORD-OF-THE-ADMINISTRATOR' };

function rendered({ profile }: LoadedProfile, given: Record<string, unknown> = {}): RenderedInstance {
  const type = renderer.typeOf(profile, 'default');
  const parameter = renderer.parameters(type, given);
  const address: RenderContext['address'] = Object.fromEntries(
    renderer.publishedPorts(type, parameter).map(({ name, port }) => [name, { host: '127.11.7.1', port }]),
  );
  return renderer.render(type, {
    instance: { name: 'my-x', guid: 'SOFTINST-1', partition: 'slappart0', type: 'default' },
    parameter,
    secret: renderer.secrets(type, secrets),
    address,
  });
}

async function file(name: string, path: string, given: Record<string, unknown> = {}): Promise<string> {
  const found = rendered(await source.load(`slapgrid:${name}`), given).files.find((one) => one.path === path);
  return found?.content ?? '';
}

describe('the catalogue', () => {
  it('holds these, by title', async () => {
    const profiles = await source.catalogue();
    expect(profiles.map(({ url }) => url)).toEqual([
      'slapgrid:memcached',
      'slapgrid:nginx',
      'slapgrid:postgresql',
      'slapgrid:redis',
    ]);
  });

  it.each([
    ...readdirSync(catalogueFolder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => `slapgrid:${entry.name}`),
    taught,
  ])('%s is in order', async (url) => {
    const loaded = await source.load(url);
    const instance = rendered(loaded);
    expect(url).toContain(loaded.profile.name);
    expect(instance.promises.length).toBeGreaterThan(0);
    expect(instance.connection['url'] ?? instance.connection['host']).toContain('127.11.7.1');

    const { services, setup, promises, connection, secretConnectionKeys } = instance;
    expect(JSON.stringify([services, setup, promises])).not.toContain('PASSWORD-OF');
    const withSecret = Object.keys(connection).filter((key) => connection[key]?.includes('PASSWORD-OF'));
    expect(secretConnectionKeys).toEqual(withSecret);
  });
});

describe('parameters arrive where they belong', () => {
  it('memcached: memory and connections', async () => {
    const [service] = rendered(await source.load('slapgrid:memcached'), {
      memory: '32',
      connections: '20',
    }).services;
    expect(service?.command).toContain('--memory-limit=32');
    expect(service?.command).toContain('--conn-limit=20');
    expect(await file('memcached', 'users')).toBe('memcached:PASSWORD-OF-THE-USER\n');
  });

  it('redis: memory, what gives way, password', async () => {
    const configuration = await file('redis', 'redis.conf', { memory: 32, 'when-full': 'allkeys-lru' });
    expect(configuration).toContain('maxmemory "32mb"\nmaxmemory-policy "allkeys-lru"\n');
    expect(configuration).toContain('requirepass "PASSWORD-OF-THE-USER"\n');
  });

  it('postgresql: memory, connections, names', async () => {
    const given = { memory: 32, connections: 20, user: 'anna', database: 'shop' };
    const configuration = await file('postgresql', 'postgresql.conf', given);
    expect(configuration).toContain("max_connections = '20'\nshared_buffers = '32MB'\n");
    expect(await file('postgresql', 'accounts', given)).toContain("user='anna'\ndatabase='shop'\n");
    const { connection } = rendered(await source.load('slapgrid:postgresql'), given);
    expect(connection['url']).toBe('postgresql://anna:PASSWORD-OF-THE-USER@127.11.7.1:5432/shop');
  });

  it.each([
    { user: 'postgres' },
    { user: 'pg_x' },
    { user: "a'b" },
    { database: 'template1' },
    { database: '' },
  ])('postgresql: not %j', async (given) => {
    const loaded = await source.load('slapgrid:postgresql');
    expect(() => rendered(loaded, given)).toThrow(expect.objectContaining({ code: 'bad-parameter' }));
  });

  it('nginx: the page is what was given, whatever it is', async () => {
    const page = '<p>a "page"; } # $host {{ x }}\n</p>';
    expect(await file('nginx', 'page/index.html', { page })).toBe(page);
    expect(await file('nginx', 'nginx.conf', { listing: 'true' })).toContain('autoindex "on";');
  });
});
