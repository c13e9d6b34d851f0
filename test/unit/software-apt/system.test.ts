import { describe, expect, test } from 'vitest';
import { nearest } from '../../../agent/software/apt/near-names.ts';
import { BASE_PACKAGES, stubStatus } from '../../../agent/software/apt/pruning.ts';
import { parseRelease } from '../../../agent/software/apt/system.ts';

describe('the release of a system', () => {
  test.each([
    ['Debian', 'ID=debian\nVERSION_CODENAME=bookworm\n', { distribution: 'debian', release: 'bookworm' }],
    [
      'Ubuntu',
      'ID=ubuntu\nVERSION_CODENAME="noble"\nUBUNTU_CODENAME=noble\n',
      { distribution: 'ubuntu', release: 'noble' },
    ],
    [
      'Linux Mint',
      'ID=linuxmint\nVERSION_CODENAME=xia\nUBUNTU_CODENAME=noble\n',
      { distribution: 'ubuntu', release: 'noble' },
    ],
    [
      'Mint on Debian',
      "ID=linuxmint\nDEBIAN_CODENAME='bookworm'\n",
      { distribution: 'debian', release: 'bookworm' },
    ],
    ['Fedora', 'ID=fedora\nVERSION_ID=42\n', undefined],
    ['nothing', '', undefined],
    ['a name that is none', 'ID=debian\nVERSION_CODENAME="../x"\n', undefined],
  ])('%s', (_, text, release) => {
    expect(parseRelease(text)).toEqual(release);
  });
});

describe('names near a name', () => {
  const names = [
    'memcached',
    'memcachedb',
    'postgresql',
    'postgresql-15',
    'redis-server',
    'redis-sentinel',
    '',
  ];

  test('differ by little', () => {
    expect(nearest('memcachd', names)).toEqual(['memcached', 'memcachedb']);
    expect(nearest('redis-sever', names)).toEqual(['redis-server']);
  });

  test('or by the version they end in', () => {
    expect(nearest('postgresql-99', names)).toContain('postgresql-15');
  });

  test('are none when nothing is near', () => {
    expect(nearest('wordpress', names)).toEqual([]);
  });
});

describe('what a tree can do without', () => {
  test('is said to be installed, unless it is asked for', () => {
    expect(stubStatus([], 'amd64')).toMatch(/^Package: debconf\nStatus: install ok installed\n/m);
    expect(stubStatus(['debconf'], 'amd64')).not.toContain('Package: debconf\n');
  });

  test('is nothing that every tree has', () => {
    for (const name of BASE_PACKAGES) expect(stubStatus([], 'amd64')).not.toContain(`Package: ${name}\n`);
  });
});
