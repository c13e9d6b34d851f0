/** How hierarchies of control groups are found; that they hold anything is shown in `test/e2e/limits`. */
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { enterLeaf, leaveLeaf } from '../../../agent/sandbox/cgroup/delegated.ts';
import { legacyFreezer, NO_FREEZER, unifiedFreezer } from '../../../agent/sandbox/cgroup/freezers.ts';
import { legacyHierarchy } from '../../../agent/sandbox/cgroup/legacy.ts';
import { groupIn, legacyMounts, unifiedMount } from '../../../agent/sandbox/cgroup/machine.ts';

/** A folder of plain files that stands in for mounted hierarchies. */
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'cgroup-'));
});
afterEach(() => rm(folder, { recursive: true }));

const LEGACY = [
  'cgroup /g/cpu cgroup rw,relatime,cpu,cpuacct 0 0',
  'cgroup /g/memory cgroup rw,relatime,memory 0 0',
  'cgroup /g/pids cgroup rw,relatime,pids 0 0',
];
const FREEZER = 'cgroup /g/freezer cgroup rw,relatime,freezer 0 0';

describe('the mount table', () => {
  it('says where version 2 is, if it is', () => {
    expect(unifiedMount('proc /proc proc rw 0 0\ncgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n')).toBe(
      '/sys/fs/cgroup',
    );
    expect(unifiedMount(LEGACY.join('\n'))).toBeNull();
  });

  it('says where version 1 has what is needed, and how it freezes', async () => {
    const [cpu, memory, pids] = ['/g/cpu', '/g/memory', '/g/pids'];
    const mounts = { cpu, cpuacct: cpu, memory, pids, unified: null };
    expect(await legacyMounts(LEGACY.join('\n'))).toEqual(mounts);
    expect(await legacyMounts([...LEGACY, FREEZER].join('\n'))).toEqual({ ...mounts, freezer: '/g/freezer' });
    expect(await legacyMounts(LEGACY.slice(1).join('\n'))).toBeNull();
  });

  it('leaves version 2 alone beside a freezer of version 1, and where it cannot freeze', async () => {
    const unified = `cgroup2 ${folder} cgroup2 rw 0 0`;
    expect(await legacyMounts([...LEGACY, FREEZER, unified].join('\n'))).toMatchObject({
      unified: null,
      freezer: '/g/freezer',
    });
    // A plain folder brings no `cgroup.freeze`.
    expect(await legacyMounts([...LEGACY, unified].join('\n'))).toMatchObject({ unified: null });
  });
});

it('the group of a process is below where the hierarchy is mounted', () => {
  expect(groupIn('/sys/fs/cgroup', '1:cpu:/x\n0::/user.slice/a.service\n')).toBe(
    '/sys/fs/cgroup/user.slice/a.service',
  );
  expect(groupIn('/sys/fs/cgroup', '0::/\n')).toBe('/sys/fs/cgroup/');
  expect(groupIn('/sys/fs/cgroup', '1:cpu:/x\n')).toBeNull();
});

describe('a group that was given to us', () => {
  const give = async (controllers = 'cpu memory pids'): Promise<string> => {
    const group = path.join(folder, 'given');
    await mkdir(group);
    await writeFile(path.join(group, 'cgroup.controllers'), `${controllers}\n`);
    for (const name of ['cgroup.procs', 'cgroup.subtree_control'])
      await writeFile(path.join(group, name), '');
    return group;
  };

  it('is left for one below it, because a group with processes limits nothing', async () => {
    const group = await give();
    expect(await enterLeaf(group)).toBe(group);
    const leaf = path.join(group, 'slapgrid-agent');
    expect(await readFile(path.join(leaf, 'cgroup.procs'), 'utf8')).toBe(String(process.pid));
    expect(await enterLeaf(leaf)).toBe(group);
    await leaveLeaf(group);
    expect(await readFile(path.join(group, 'cgroup.procs'), 'utf8')).toBe(String(process.pid));
  });

  it('is none without the controllers', async () => {
    expect(await enterLeaf(await give('cpu pids'))).toBeNull();
  });

  it('is none when nothing says that it was given', async () => {
    const group = await give();
    await rm(path.join(group, 'cgroup.subtree_control'));
    expect(await enterLeaf(group)).toBeNull();
    await chmod(group, 0o755);
    expect(await enterLeaf(path.join(folder, 'nothing'))).toBeNull();
  });
});

describe('what freezes a group', () => {
  const file = (name: string): string => path.join(folder, 'group', name);
  beforeEach(() => mkdir(path.join(folder, 'group')));

  it('is version 2’s own file, believed when the kernel says that it is done', async () => {
    const freezer = unifiedFreezer(folder);
    expect(freezer.state('group')).toBeNull();
    await writeFile(file('cgroup.freeze'), '0\n');
    await writeFile(file('cgroup.events'), 'populated 1\nfrozen 0\n');
    expect(freezer.state('group')).toBe('running');
    await freezer.ask('group', true);
    expect(freezer.state('group')).toBe('freezing');
    await writeFile(file('cgroup.events'), 'populated 1\nfrozen 1\n');
    expect(freezer.state('group')).toBe('frozen');
    await freezer.ask('group', false);
    expect(await readFile(file('cgroup.freeze'), 'utf8')).toMatch(/^0/u);
  });

  it('is version 1’s controller where there is no other', async () => {
    const freezer = legacyFreezer(folder);
    expect(freezer.state('group')).toBeNull();
    for (const [text, state] of [
      ['THAWED', 'running'],
      ['FREEZING', 'freezing'],
      ['FROZEN', 'frozen'],
    ] as const) {
      await writeFile(file('freezer.state'), `${text}\n`);
      expect(freezer.state('group')).toBe(state);
    }
    await writeFile(file('freezer.state'), '');
    await freezer.ask('group', true);
    expect(await readFile(file('freezer.state'), 'utf8')).toBe('FROZEN');
  });

  it('may be missing: then nothing is frozen, and nothing is said to be', () => {
    const mounts = { memory: '/m', pids: '/p', cpu: '/c', cpuacct: '/c', unified: null };
    expect(legacyHierarchy(mounts, 'x').freezer).toBe(NO_FREEZER);
  });

  it('is joined by the file that waits for nobody, where there is one', () => {
    const mounts = { memory: '/m', pids: '/p', cpu: '/c', cpuacct: '/c', unified: '/u' };
    const { bases, joinFile } = legacyHierarchy(mounts, 'x');
    expect(bases.map((base) => `${base} ${joinFile(base)}`)).toEqual([
      '/m/x tasks',
      '/p/x tasks',
      '/c/x tasks',
      '/u/x cgroup.procs',
    ]);
    expect(NO_FREEZER.state('group')).toBeNull();
  });
});
