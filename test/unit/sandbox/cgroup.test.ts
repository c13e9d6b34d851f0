/** The arrangement of files; that the kernel holds the limits is shown in `test/e2e/sandbox/cgroup.test.ts`. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { hasControllers, unifiedHierarchy } from '../../../agent/sandbox/cgroup/unified.ts';

/** A folder of plain files that stands in for a mounted version 2 hierarchy. */
let mount: string;
beforeEach(async () => {
  mount = await mkdtemp(path.join(tmpdir(), 'cgroup-'));
  await mkdir(path.join(mount, 'slapgrid-test', 'slappart0'), { recursive: true });
});
afterEach(() => rm(mount, { recursive: true }));

const inGroup = (control: string): string => path.join(mount, 'slapgrid-test', 'slappart0', control);
const written = (control: string): Promise<string> => readFile(inGroup(control), 'utf8');

it('uses version 2 only where it has the three controllers', async () => {
  await writeFile(path.join(mount, 'cgroup.controllers'), 'cpuset cpu io memory hugetlb pids\n');
  expect(await hasControllers(mount)).toBe(true);
  await writeFile(path.join(mount, 'cgroup.controllers'), 'hugetlb\n');
  expect(await hasControllers(mount)).toBe(false);
});

it('hands the controllers down to the groups of partitions', async () => {
  await unifiedHierarchy(mount, 'slapgrid-test').prepare();
  expect(await readFile(path.join(mount, 'cgroup.subtree_control'), 'utf8')).toBe('+cpu +memory +pids');
  expect(await readFile(path.join(mount, 'slapgrid-test', 'cgroup.subtree_control'), 'utf8')).toBe(
    '+cpu +memory +pids',
  );
});

it('writes limits as version 2 has them, and no swap beside the memory', async () => {
  const limits = { memoryBytes: 64 * 2 ** 20, processes: 50, cpus: 0.5 };
  await unifiedHierarchy(mount, 'slapgrid-test').limit('slappart0', limits);
  expect(await written('memory.max')).toBe('67108864');
  expect(await written('memory.swap.max')).toBe('0');
  expect(await written('pids.max')).toBe('50');
  expect(await written('cpu.max')).toBe('50000 100000');
});

it('weighs a group, and has a partition end as a whole', async () => {
  const hierarchy = unifiedHierarchy(mount, 'slapgrid-test');
  await hierarchy.weigh('slappart0', 0.2);
  await hierarchy.endWhole('slappart0');
  expect(await written('cpu.weight')).toBe('20');
  expect(await written('memory.oom.group')).toBe('1');
});

it('takes limits away', async () => {
  await unifiedHierarchy(mount, 'slapgrid-test').limit('slappart0', {
    memoryBytes: null,
    processes: null,
    cpus: null,
  });
  expect(await written('memory.max')).toBe('max');
  expect(await written('memory.swap.max')).toBe('max');
  expect(await written('pids.max')).toBe('max');
  expect(await written('cpu.max')).toBe('max 100000');
});

it('reads usage, without the cache of files', async () => {
  await writeFile(inGroup('memory.stat'), 'file 9000000\nanon 1000000\nshmem 48576\nshmem_thp 7\n');
  await writeFile(inGroup('cgroup.procs'), '11\n12\n13\n');
  await writeFile(inGroup('cpu.stat'), 'usage_usec 2500000\nuser_usec 1\n');
  expect(unifiedHierarchy(mount, 'slapgrid-test').usage('slappart0')).toEqual({
    group: expect.stringMatching(/^\d+$/u),
    memoryBytes: 1_048_576,
    processes: 3,
    cpuSeconds: 2.5,
  });
});

it('has no usage of a group that is gone', () => {
  expect(unifiedHierarchy(mount, 'slapgrid-test').usage('slappart1')).toBeNull();
});
