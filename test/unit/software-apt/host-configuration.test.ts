import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  formatCredentials,
  parseCredentials,
  reachLines,
  readHostCredentials,
  readHostSources,
} from '../../../agent/software/apt/host-configuration.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'slapgrid-host-'));
  await mkdir(path.join(folder, 'sources.list.d'));
  await mkdir(path.join(folder, 'auth.conf.d'));
});

afterEach(() => rm(folder, { recursive: true }));

const write = (name: string, content: string): Promise<void> => writeFile(path.join(folder, name), content);

test('sources come from both formats, and from no file that apt would not read', async () => {
  await write('sources.list', 'deb http://one.example/debian bookworm main\n');
  await write('sources.list.d/two.list', 'deb http://two.example/debian bookworm main\n');
  await write(
    'sources.list.d/three.sources',
    'Types: deb\nURIs: http://three.example/debian\nSuites: bookworm\nComponents: main\n',
  );
  await write('sources.list.d/four.list.save', 'deb http://four.example/debian bookworm main\n');
  expect((await readHostSources(folder)).map(({ uri }) => uri)).toEqual([
    'http://one.example/debian',
    'http://three.example/debian',
    'http://two.example/debian',
  ]);
});

test('a host without any configuration has no sources', async () => {
  expect(await readHostSources(path.join(folder, 'missing'))).toEqual([]);
});

test('proxies are taken from the settings, and nothing else', () => {
  const dump = `Acquire::http 
Acquire::http::Proxy http://me:secret@proxy.example:3128/
Acquire::http::Proxy::internal.example DIRECT
Acquire::http::Proxy-Auto-Detect /usr/bin/detect
Acquire::http::Timeout 3
Acquire::https::Proxy http://proxy.example:3128/
Acquire::https::Verify-Peer false
Acquire::http::Proxy::evil "; APT::Update::Pre-Invoke
`;
  expect(reachLines(dump)).toEqual([
    'Acquire::http::Proxy "http://me:secret@proxy.example:3128/";',
    'Acquire::http::Proxy::internal.example "DIRECT";',
    'Acquire::http::Proxy-Auto-Detect "/usr/bin/detect";',
    'Acquire::https::Proxy "http://proxy.example:3128/";',
  ]);
});

test('credentials are read over line breaks and comments', () => {
  const text = `# the mirror
machine m.example/debian login me
  password secret
machine http://other.example login password password login`;
  expect(parseCredentials(text)).toEqual([
    { machine: 'm.example/debian', login: 'me', password: 'secret' },
    { machine: 'http://other.example', login: 'password', password: 'login' },
  ]);
});

test('only the credentials of machines that are asked are copied', async () => {
  await write('auth.conf', 'machine m.example login me password secret\n');
  await write('auth.conf.d/vendor.conf', 'machine vendor.example login me password vendors\n');
  const source = {
    uri: 'https://m.example:8443/debian/',
    suite: 'bookworm',
    components: ['main'],
    required: true,
  };
  const credentials = await readHostCredentials(folder, [source]);
  expect(formatCredentials(credentials)).toBe('machine m.example login me password secret\n');
});
