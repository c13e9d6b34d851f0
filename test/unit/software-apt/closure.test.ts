import { expect, test } from 'vitest';
import { canonicalNames, parseClosure, recordOf } from '../../../agent/software/apt/closure.ts';

const sha256 = 'a'.repeat(64);

test('the list of addresses gives each package with its digest', () => {
  const output = `Reading package lists...
The following NEW packages will be installed:
  zlib1g
'http://m.example/debian/pool/main/z/zlib/zlib1g_1.2.13.dfsg-1%2bb1_amd64.deb' zlib1g_1%3a1.2.13.dfsg-1+b1_amd64.deb 86684 SHA256:${sha256}
`;
  expect(parseClosure(output)).toEqual([
    {
      uri: 'http://m.example/debian/pool/main/z/zlib/zlib1g_1.2.13.dfsg-1%2bb1_amd64.deb',
      file: 'zlib1g_1%3a1.2.13.dfsg-1+b1_amd64.deb',
      name: 'zlib1g',
      version: '1:1.2.13.dfsg-1+b1',
      architecture: 'amd64',
      bytes: 86_684,
      sha256,
    },
  ]);
});

test.each([
  `'http://m.example/a_1_all.deb' a_1_all.deb 10 MD5Sum:0123`,
  `'http://m.example/a_1_all.deb' a_1_all.deb 10`,
  `'http://m.example/a_1_all.deb' ../a_1_all.deb 10 SHA256:${sha256}`,
])('a package without a SHA-256, or with a name that is none, is not signed: %s', (line) => {
  expect(() => parseClosure(line)).toThrow(expect.objectContaining({ code: 'not-signed' }));
});

test('of a package, what is needed to know it again is recorded', () => {
  const one = { uri: 'u', file: 'f', name: 'a', version: '1', architecture: 'all', bytes: 1, sha256 };
  expect(recordOf(one)).toEqual({ name: 'a', version: '1', architecture: 'all', bytes: 1, sha256 });
});

test('names are the same request in any order', () => {
  expect(canonicalNames(['redis-server', 'g++', 'redis-server', 'libx1.2'])).toEqual([
    'g++',
    'libx1.2',
    'redis-server',
  ]);
});

test.each(['-o', 'a b', 'A', '', 'x', '../x', 'name-', 'a=1', 'a/b', 'a*'])(
  '“%s” is no name of a package',
  (name) => {
    expect(() => canonicalNames([name])).toThrow(expect.objectContaining({ code: 'unknown-package' }));
  },
);
