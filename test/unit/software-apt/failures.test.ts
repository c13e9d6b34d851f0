/** What apt 2.6 said when it failed, recorded. */
import { describe, expect, test } from 'vitest';
import { failedSources, fetchFailure, resolveFailure } from '../../../agent/software/apt/failures.ts';
import type { Source } from '../../../agent/software/apt/sources.ts';

const at = 'http://m.example/debian';

const recorded: readonly (readonly [string, string, string])[] = [
  [
    'a name that is not known',
    'no-network',
    `E: Failed to fetch ${at}/dists/bookworm/InRelease  Could not resolve 'm.example'
E: Some index files failed to download. They have been ignored, or old ones used instead.`,
  ],
  [
    'a machine that refuses',
    'no-network',
    `E: Failed to fetch ${at}/dists/bookworm/InRelease  Could not connect to m.example:80 (192.0.2.1). - connect (111: Connection refused)
E: Some index files failed to download. They have been ignored, or old ones used instead.`,
  ],
  [
    'a connection that breaks',
    'no-network',
    `E: Failed to fetch ${at}/dists/bookworm/InRelease  Connection failed [IP: 192.0.2.1 80]
E: Some index files failed to download. They have been ignored, or old ones used instead.`,
  ],
  [
    'a server that is overloaded',
    'no-network',
    `E: Failed to fetch ${at}/dists/bookworm/InRelease  503  Service Unavailable [IP: 192.0.2.1 80]
E: Some index files failed to download. They have been ignored, or old ones used instead.`,
  ],
  [
    'a page in place of a list',
    'captive-portal',
    `E: Failed to fetch ${at}/dists/bookworm/InRelease  Clearsigned file isn't valid, got 'NOSPLIT' (does the network require authentication?)
E: The repository '${at} bookworm InRelease' is not signed.`,
  ],
  [
    'a network that asks to sign in',
    'captive-portal',
    `E: Failed to fetch ${at}/dists/bookworm/InRelease  511  Network Authentication Required [IP: 192.0.2.1 80]
E: The repository '${at} bookworm InRelease' is not signed.`,
  ],
  [
    'a page in place of an index',
    'captive-portal',
    `E: Failed to fetch ${at}/dists/bookworm/main/binary-amd64/Packages  Hash Sum mismatch
   Hashes of expected file:
    - Filesize:2068 [weak]
E: Some index files failed to download. They have been ignored, or old ones used instead.`,
  ],
  [
    'a key that is not the distribution’s',
    'not-signed',
    `W: GPG error: ${at} bookworm Release: The following signatures couldn't be verified because the public key is not available: NO_PUBKEY 48886857DA1E70D7
E: The repository '${at} bookworm Release' is not signed.`,
  ],
  [
    'credentials that are missing',
    'archive-refused',
    `E: Failed to fetch ${at}/dists/bookworm/InRelease  401  Unauthorized [IP: 192.0.2.1 80]
E: The repository '${at} bookworm InRelease' is not signed.`,
  ],
  [
    'a proxy that wants a password',
    'archive-refused',
    `E: Failed to fetch ${at}/dists/bookworm/InRelease  407  Proxy Authentication Required [IP: 192.0.2.1 80]
E: The repository '${at} bookworm InRelease' is not signed.`,
  ],
  [
    'a release that is not there',
    'mirror-out-of-date',
    `E: The repository '${at} bookworm Release' does not have a Release file.`,
  ],
  [
    'a package that is not there',
    'mirror-out-of-date',
    `E: Failed to fetch ${at}/pool/hello_1.0_amd64.deb  404  Not Found [IP: 192.0.2.1 80]
E: Download Failed`,
  ],
  [
    'a release that is too old',
    'mirror-out-of-date',
    `E: Release file for ${at}/dists/bookworm/Release is expired (invalid since 1103d 17h 22min 42s). Updates for this repository will not be applied.`,
  ],
  [
    'a clock that is behind',
    'archive-from-future',
    `E: Release file for ${at}/dists/bookworm/Release is not valid yet (invalid for another 723d 6h 37min 7s). Updates for this repository will not be applied.`,
  ],
  ['a full disk', 'no-space', 'E: Write error - write (28: No space left on device)'],
  ['a disk that would become full', 'no-space', "E: You don't have enough free space in /data/archives/."],
  ['anything else', 'archive-failed', 'E: The method driver /usr/lib/apt/methods/x could not be found.'],
];

test.each(recorded)('%s is %s', (_, code, errors) => {
  expect(fetchFailure(errors)).toMatchObject({ code });
});

test('the sentence names the archive', () => {
  const errors = recorded.find(([, code]) => code === 'not-signed')?.[2] ?? '';
  expect(fetchFailure(errors).message).not.toContain('{');
  expect(fetchFailure(`E: The repository '${at} bookworm Release' is not signed.`).message).toContain(at);
});

describe('a closure that cannot be made', () => {
  test.each([
    'E: Unable to locate package hello',
    "E: Package 'hello' has no installation candidate",
    "E: Couldn't find any package by glob 'hello'",
  ])('%s', (errors) => {
    expect(resolveFailure(`Reading package lists...\n${errors}`)).toMatchObject({
      code: 'unknown-package',
      parameters: { name: 'hello' },
    });
  });

  test('names what is unmet', () => {
    const errors = `The following packages have unmet dependencies:
 hello : Depends: nowhere but it is not installable
E: Unable to correct problems, you have held broken packages.`;
    expect(resolveFailure(errors)).toMatchObject({
      code: 'unmet-dependencies',
      parameters: { name: 'hello', detail: 'Depends: nowhere but it is not installable' },
    });
  });
});

test('the sources that failed are found by their address and suite', () => {
  const source = (uri: string, suite: string): Source => ({
    uri,
    suite,
    components: ['main'],
    required: false,
  });
  const sources = [
    source(`${at}/`, 'bookworm'),
    source(`${at}/`, 'bookworm-security'),
    source('http://other.example/', 'bookworm'),
    source('http://third.example/', 'bookworm'),
  ];
  const errors = `W: GPG error: http://other.example bookworm Release: NO_PUBKEY 1
E: The repository 'http://other.example bookworm Release' is not signed.
E: Failed to fetch ${at}/dists/bookworm-security/InRelease  Could not resolve 'm.example'`;
  expect(failedSources(errors, sources)).toEqual([sources[1], sources[2]]);
});
