import { describe, expect, test } from 'vitest';
import {
  formatSources,
  mirrorSources,
  ownSources,
  parseDeb822File,
  parseListFile,
  type HostSource,
} from '../../../agent/software/apt/sources.ts';

const bookworm = { distribution: 'debian', release: 'bookworm' } as const;
const noble = { distribution: 'ubuntu', release: 'noble' } as const;

describe('a one-line file', () => {
  test('gives address, suite and components', () => {
    expect(parseListFile('deb http://mirror.example/debian bookworm main contrib\n')).toEqual([
      {
        uri: 'http://mirror.example/debian',
        suite: 'bookworm',
        components: ['main', 'contrib'],
        architectures: [],
        signedBy: [],
      },
    ]);
  });

  test('may have options, tabs, and a comment at the end', () => {
    const line =
      '  deb\t[ arch=amd64,arm64 signed-by=/a/key.gpg trusted=yes ]  http://m.example/d  bookworm\tmain # the mirror';
    expect(parseListFile(line)).toEqual([
      {
        uri: 'http://m.example/d',
        suite: 'bookworm',
        components: ['main'],
        architectures: ['amd64', 'arm64'],
        signedBy: ['/a/key.gpg'],
      },
    ]);
  });

  test('names no source in comments, source archives, flat archives and nonsense', () => {
    const text =
      '# deb http://m.example/d bookworm main\ndeb-src http://m.example/d bookworm main\n\ndebugging is fun\n';
    expect(parseListFile(text)).toEqual([]);
    expect(parseListFile('deb http://m.example/flat ./\n')).toMatchObject([{ suite: './', components: [] }]);
  });
});

describe('a deb822 file', () => {
  test('gives each address with each suite', () => {
    const text = `Types: deb deb-src
URIs: http://one.example/debian http://two.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`;
    expect(parseDeb822File(text).map(({ uri, suite }) => `${uri} ${suite}`)).toEqual([
      'http://one.example/debian bookworm',
      'http://one.example/debian bookworm-updates',
      'http://two.example/debian bookworm',
      'http://two.example/debian bookworm-updates',
    ]);
  });

  test('has paragraphs, continued lines, comments between them, and names in any case', () => {
    const text = `types: deb
# once elsewhere
URIs:
 http://one.example/debian
suites: bookworm
components: main
 contrib

Types: deb
URIs: http://two.example/debian
Suites: bookworm-security
Components: main`;
    expect(parseDeb822File(text)).toMatchObject([
      { uri: 'http://one.example/debian', components: ['main', 'contrib'] },
      { uri: 'http://two.example/debian', suite: 'bookworm-security' },
    ]);
  });

  test('leaves out what is disabled and what is for sources only', () => {
    const paragraph = (first: string): string =>
      `${first}\nURIs: http://m.example/d\nSuites: bookworm\nComponents: main\n\n`;
    expect(parseDeb822File(`${paragraph('Types: deb\nEnabled: no')}${paragraph('Types: deb-src')}`)).toEqual(
      [],
    );
  });
});

describe('of the host’s sources', () => {
  const source = (changes: Partial<HostSource>): HostSource => ({
    uri: 'http://m.example/debian',
    suite: 'bookworm',
    components: ['main'],
    architectures: [],
    signedBy: [],
    ...changes,
  });
  const kept = (...hosts: HostSource[]): string[] =>
    ownSources(hosts, bookworm, 'amd64').sources.map(({ uri, suite }) => `${uri} ${suite}`);

  test('those of its own release are kept: the release, its updates, its security', () => {
    const suites = [
      'bookworm',
      'bookworm-updates',
      'bookworm-security',
      'bookworm-backports',
      'trixie',
      'sid',
      'bookworm/',
    ];
    expect(kept(...suites.map((suite) => source({ suite })))).toEqual([
      'http://m.example/debian/ bookworm',
      'http://m.example/debian/ bookworm-updates',
      'http://m.example/debian/ bookworm-security',
    ]);
  });

  test('a release that is called by its rank is asked by its name', () => {
    expect(kept(source({ suite: 'oldstable' }), source({ suite: 'stable-security' }))).toEqual([
      'http://m.example/debian/ bookworm',
      'http://m.example/debian/ bookworm-security',
    ]);
    expect(ownSources([source({ suite: 'stable' })], noble, 'amd64').sources).toEqual([]);
  });

  test('those of others are dropped: other parts, other keys, other machines, other media', () => {
    expect(
      kept(
        source({ components: ['stable'] }),
        source({ signedBy: ['/etc/apt/keyrings/vendor.gpg'] }),
        source({ signedBy: ['-----BEGIN', 'PGP', 'PUBLIC', 'KEY'] }),
        source({ architectures: ['armhf'] }),
        source({ uri: 'cdrom:[Debian]/' }),
        source({ uri: 'ssh://m.example/debian' }),
      ),
    ).toEqual([]);
  });

  test('a keyring of the distribution is no other key', () => {
    const keys = [
      '/usr/share/keyrings/debian-archive-keyring.gpg',
      '/usr/share/keyrings/debian-archive-bookworm-stable.gpg',
    ];
    expect(kept(source({ signedBy: keys }))).toHaveLength(1);
  });

  test('one that is named twice is asked once, for the parts that count', () => {
    const twice = [
      source({ components: ['main', 'non-free'] }),
      source({ uri: 'http://m.example/debian///' }),
    ];
    expect(ownSources(twice, bookworm, 'amd64').sources).toMatchObject([{ components: ['main'] }]);
    const ubuntu = source({ suite: 'noble', components: ['main', 'restricted'] });
    expect(ownSources([ubuntu], noble, 'amd64').sources).toMatchObject([
      { components: ['main', 'universe'] },
    ]);
  });

  test('lists of mirrors and local copies are kept; a local copy is copied', () => {
    expect(
      kept(
        source({ uri: 'mirror+file:/etc/apt/mirrors/debian.list' }),
        source({ uri: 'file:///srv/mirror' }),
      ),
    ).toEqual(['mirror+file:/etc/apt/mirrors/debian.list/ bookworm', 'copy:///srv/mirror/ bookworm']);
  });

  test('credentials leave the address', () => {
    const host = source({ uri: 'https://me:p%40ss@m.example:8443/debian' });
    expect(ownSources([host], bookworm, 'amd64')).toEqual({
      sources: [
        { uri: 'https://m.example:8443/debian/', suite: 'bookworm', components: ['main'], required: false },
      ],
      credentials: [{ machine: 'https://m.example:8443/debian', login: 'me', password: 'p@ss' }],
    });
  });
});

describe('a mirror that a person set', () => {
  test('gives the release and its updates, and Debian’s second archive for security', () => {
    expect(mirrorSources('http://m.example/debian', bookworm).sources).toMatchObject([
      { uri: 'http://m.example/debian/', suite: 'bookworm', required: true },
      { uri: 'http://m.example/debian/', suite: 'bookworm-updates', required: false },
      { uri: 'http://m.example/debian-security/', suite: 'bookworm-security', required: false },
    ]);
    expect(mirrorSources('http://m.example/ubuntu', noble).sources.map(({ uri }) => uri)).toEqual(
      Array.from({ length: 3 }, () => 'http://m.example/ubuntu/'),
    );
  });

  test('of a kind that cannot be fetched from gives nothing', () => {
    expect(mirrorSources('gopher://m.example/debian', bookworm).sources).toEqual([]);
  });
});

test('whatever the host says, every source is under the distribution’s keys', () => {
  const hosts = parseListFile(
    'deb [trusted=yes signed-by=/x/debian-archive-y.gpg allow-insecure=yes] http://m.example/d bookworm main\n',
  );
  const { sources } = ownSources(hosts, bookworm, 'arm64');
  expect(formatSources(sources, { ...bookworm, keyring: '/keys/debian.gpg' }, 'arm64')).toBe(
    'deb [arch=arm64 signed-by=/keys/debian.gpg] http://m.example/d/ bookworm main\n',
  );
});
