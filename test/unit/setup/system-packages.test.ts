import { describe, expect, test } from 'vitest';
import { parseDistribution } from '../../../agent/setup/distribution.ts';
import { decide, missingPrograms, packagesOf, type Situation } from '../../../agent/setup/system-packages.ts';

const situation: Situation = {
  missing: ['bwrap', 'nsenter'],
  family: 'debian',
  root: false,
  sudo: false,
  terminal: false,
  listsMissing: false,
};

describe('a distribution', () => {
  test.each([
    ['ID=debian\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"', 'debian', 'Debian GNU/Linux 12 (bookworm)'],
    ['ID=linuxmint\nID_LIKE="ubuntu debian"\nPRETTY_NAME=Mint', 'debian', 'Mint'],
    ['ID=fedora', 'fedora', 'fedora'],
    ["ID='opensuse-leap'\nID_LIKE='suse opensuse'", 'suse', 'opensuse-leap'],
    ['ID=arch', 'arch', 'arch'],
    ['', 'other', 'Linux'],
  ])('is known from %j', (osRelease, family, title) => {
    expect(parseDistribution(osRelease)).toEqual({ family, title });
  });
});

describe('packages', () => {
  test('are named once each, by the names of the distribution', () => {
    const programs = ['setpriv', 'nsenter', 'bwrap'];
    expect(packagesOf(programs, 'debian')).toEqual(['bubblewrap', 'util-linux']);
    expect(packagesOf(programs, 'fedora')).toEqual(['bubblewrap', 'util-linux']);
  });

  test('are wanted for the programs that are nowhere', async () => {
    const missing = await missingPrograms(async (program) =>
      program === 'bwrap' || program === 'tar' ? undefined : `/usr/bin/${program}`,
    );
    expect(missing).toEqual(['bwrap', 'tar']);
  });
});

describe('what to do about missing packages', () => {
  test('is nothing when none is missing', () => {
    expect(decide({ ...situation, missing: [] })).toEqual({ kind: 'ready' });
  });

  test('as root is to install them, asking nobody', () => {
    expect(decide({ ...situation, root: true })).toEqual({
      kind: 'install',
      packages: ['bubblewrap', 'util-linux'],
    });
  });

  test('with sudo on a terminal is to ask first', () => {
    expect(decide({ ...situation, sudo: true, terminal: true })).toEqual({
      kind: 'ask',
      packages: ['bubblewrap', 'util-linux'],
      command: 'sudo apt-get install -y --no-install-recommends bubblewrap util-linux',
    });
  });

  test('with sudo and nobody to ask is to tell one command', () => {
    expect(decide({ ...situation, sudo: true })).toMatchObject({
      kind: 'tell',
      command: 'sudo apt-get install -y --no-install-recommends bubblewrap util-linux',
    });
  });

  test('without sudo is to tell one command of another way to root', () => {
    expect(decide({ ...situation, terminal: true })).toMatchObject({
      kind: 'tell',
      command: "su -c 'apt-get install -y --no-install-recommends bubblewrap util-linux'",
    });
  });

  test('is still one command where the lists must be fetched first', () => {
    expect(decide({ ...situation, sudo: true, listsMissing: true })).toMatchObject({
      command:
        "sudo sh -c 'apt-get update && apt-get install -y --no-install-recommends bubblewrap util-linux'",
    });
  });

  test('on another distribution is to tell its own command, even to root', () => {
    expect(decide({ ...situation, family: 'fedora', root: true })).toEqual({
      kind: 'tell',
      packages: ['bubblewrap', 'util-linux'],
      command: 'dnf install -y bubblewrap util-linux',
    });
  });

  test('on a distribution nobody knows is to name them', () => {
    expect(decide({ ...situation, family: 'other' })).toEqual({
      kind: 'name',
      packages: ['bubblewrap', 'util-linux'],
    });
  });
});
