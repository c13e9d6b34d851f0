import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSandbox } from '../../../agent/sandbox/sandbox.ts';
import type { LaunchPlan, SandboxSpec } from '../../../agent/sandbox/types.ts';

const sandbox = createSandbox();
let folder: string;
let spec: SandboxSpec;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'plan-'));
  const tree = path.join(folder, 'tree');
  await mkdir(path.join(tree, 'usr', 'bin'), { recursive: true });
  await mkdir(path.join(tree, 'usr', 'lib64'));
  await mkdir(path.join(tree, 'etc', 'ssl'), { recursive: true });
  for (const name of ['passwd', 'shadow', 'hosts', 'resolv.conf', 'nsswitch.conf', 'services']) {
    await writeFile(path.join(tree, 'etc', name), name);
  }
  await symlink('/etc/shadow', path.join(tree, 'etc', 'link'));
  spec = {
    identity: { uid: 4711, gid: 4712 },
    tree,
    conf: path.join(folder, 'conf'),
    data: path.join(folder, 'data'),
    command: ['/usr/bin/server', '--port', '8080'],
    environment: { PASSWORD: 'correct horse' },
    hostname: 'slappart0',
    namespaceHolder: process.pid,
  };
});
afterAll(() => rm(folder, { recursive: true }));

/** What bubblewrap will read from its `--args` descriptor. */
function bubblewrapArguments(plan: LaunchPlan): string[] {
  const descriptor = Number(plan.argv[plan.argv.indexOf('--args') + 1]);
  return Buffer.from(plan.files[descriptor] ?? [])
    .toString()
    .split('\0')
    .slice(0, -1);
}

function follows(words: readonly string[], ...sequence: string[]): boolean {
  return words.some((_, index) => sequence.every((word, offset) => words[index + offset] === word));
}

describe('a plan', () => {
  it('ends in bubblewrap, which starts the command with its signals restored', () => {
    const { argv, payload } = sandbox.plan(spec);
    expect(payload).toBe('sandbox');
    expect(argv.at(-10)).toMatch(/\/bwrap$/);
    expect(argv.slice(-9, -6)).toEqual(['--args', '3', '--']);
    expect(argv.slice(-6)).toEqual(['/usr/bin/env', '--default-signal', '--', ...spec.command]);
  });

  it('has no part of the environment in argv', () => {
    expect(sandbox.plan(spec).argv.join(' ')).not.toContain('correct horse');
    expect(follows(bubblewrapArguments(sandbox.plan(spec)), '--setenv', 'PASSWORD', 'correct horse')).toBe(
      true,
    );
  });

  it('uses only descriptors that a POSIX shell can redirect', () => {
    const descriptors = Object.keys(sandbox.plan(spec).files).map(Number);
    expect(descriptors.every((descriptor) => descriptor >= 3 && descriptor <= 9)).toBe(true);
  });

  it('is the same each time while the holder lives', () => {
    expect(sandbox.plan(spec)).toEqual(sandbox.plan(spec));
  });

  it('carries the cgroup of its partition', () => {
    expect(sandbox.plan({ ...spec, cgroup: ['/a/cgroup.procs'] }).cgroup).toEqual(['/a/cgroup.procs']);
    expect(sandbox.plan(spec)).not.toHaveProperty('cgroup');
  });

  it('shows the tree read-only, and the folder of configuration, and only data writable', () => {
    const words = bubblewrapArguments(sandbox.plan(spec));
    expect(follows(words, '--ro-bind', path.join(spec.tree, 'usr'), '/usr')).toBe(true);
    expect(follows(words, '--ro-bind', spec.conf, '/srv/conf')).toBe(true);
    expect(follows(words, '--bind', spec.data, '/srv/data')).toBe(true);
    expect(words.filter((word) => /^--(?:dev-)?bind/.test(word))).toHaveLength(1);
  });

  it('links the folders of a merged system that the tree has, and no others', () => {
    const words = bubblewrapArguments(sandbox.plan(spec));
    expect(follows(words, '--symlink', 'usr/lib64', '/lib64')).toBe(true);
    expect(follows(words, '--symlink', 'usr/libx32', '/libx32')).toBe(false);
  });

  it('takes of the tree’s /etc what is not about a machine or its users', () => {
    const words = bubblewrapArguments(sandbox.plan(spec));
    const bound = words.filter((word) => word.startsWith(path.join(spec.tree, 'etc')));
    expect(bound.map((file) => path.basename(file)).sort()).toEqual(['services', 'ssl']);
  });

  it('shows a link of /etc as a link, never as what it points to on the host', () => {
    expect(follows(bubblewrapArguments(sandbox.plan(spec)), '--symlink', '/etc/shadow', '/etc/link')).toBe(
      true,
    );
  });
});

describe('a plan is refused', () => {
  const refused = (change: Partial<SandboxSpec>, code: string): void => {
    expect(() => sandbox.plan({ ...spec, ...change })).toThrow(expect.objectContaining({ code }));
  };

  it('for root', () => {
    refused({ identity: { uid: 0, gid: 4712 } }, 'sandbox-identity');
    refused({ identity: { uid: 4711, gid: 0 } }, 'sandbox-identity');
    refused({ identity: { uid: -1, gid: 4712 } }, 'sandbox-identity');
  });

  it('when a value would become another argument of bubblewrap', () => {
    refused({ environment: { A: 'x\0--bind\0/\0/' } }, 'sandbox-argument');
    refused({ data: `${spec.data}\0--share-net` }, 'sandbox-argument');
    refused({ command: ['/usr/bin/server', '\0'] }, 'sandbox-argument');
  });

  it('when the name of a variable is none', () => {
    refused({ environment: { 'A=B': 'x' } }, 'sandbox-argument');
    refused({ environment: { '': 'x' } }, 'sandbox-argument');
  });

  it('without a program, or with one that env would take for a variable', () => {
    refused({ command: [] }, 'sandbox-argument');
    refused({ command: ['LD_PRELOAD=/srv/data/evil.so', '/usr/bin/server'] }, 'sandbox-argument');
  });

  it('when the host name would add lines to /etc/hosts', () => {
    refused({ hostname: 'a\n127.0.0.1 bank.example' }, 'sandbox-argument');
    refused({ hostname: '' }, 'sandbox-argument');
  });

  it('when the holder of its namespaces is gone', () => {
    refused({ namespaceHolder: 2 ** 22 + 1 }, 'sandbox-holder-gone');
  });

  it('when bubblewrap is not installed', () => {
    const without = createSandbox({ bubblewrap: null });
    expect(() => without.plan(spec)).toThrow(expect.objectContaining({ code: 'sandbox-unavailable' }));
  });

  it('on a machine without a filter', () => {
    const other = createSandbox({ architecture: 'riscv64' });
    expect(() => other.plan(spec)).toThrow(expect.objectContaining({ code: 'sandbox-architecture' }));
  });
});

describe('bubblewrap’s version', () => {
  /** A stand-in that only says its version. */
  const ofVersion = async (version: string): Promise<string[]> => {
    const program = path.join(folder, `bwrap-${version}`);
    await writeFile(program, `#!/bin/sh\necho bubblewrap ${version}\n`);
    await chmod(program, 0o755);
    return bubblewrapArguments(createSandbox({ bubblewrap: program }).plan(spec));
  };

  it('decides what is asked of it', async () => {
    expect(await ofVersion('0.6.1')).not.toContain('--size');
    expect(await ofVersion('0.7.0')).toContain('--size');
    expect(await ofVersion('0.7.0')).not.toContain('--disable-userns');
    expect(await ofVersion('0.11.1')).toContain('--disable-userns');
  });
});

describe('a door', () => {
  it('inherits only the listening socket and connects to the port inside', () => {
    const { argv, files, payload } = sandbox.planDoor(spec.identity, process.pid, 8080);
    expect(payload).toBe('direct');
    expect(files).toEqual({});
    expect(argv.at(-1)).toBe('127.0.0.1:8080');
    expect(argv.at(-3)).toMatch(/systemd-socket-proxyd$/);
  });

  it('the other way makes its socket inside and connects to a file outside', () => {
    const { argv, files, payload } = sandbox.planInnerDoor(
      spec.identity,
      process.pid,
      61_999,
      '/a/slap.sock',
    );
    expect(payload).toBe('direct');
    expect(files).toEqual({});
    expect(argv.at(-1)).toBe('/a/slap.sock');
    expect(argv.at(-4)).toBe('--listen=127.0.0.1:61999');
    expect(argv).toContain('--no-new-privs');
  });
});
