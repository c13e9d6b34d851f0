/** Limits that the kernel holds: for root where this machine has control groups, for nobody else. */
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import process from 'node:process';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type CgroupBackend, createCgroups } from '../../../agent/sandbox/cgroup.ts';
import { isRoot, openPartition, sandbox, type TestPartition, until } from './partition.ts';

const SCOPE = `test-${process.pid}`;
/** null: this machine lets nobody have any, or this is not root. */
const found = await createCgroups({ scope: SCOPE });
const NONE = { memoryBytes: null, processes: null, cpus: null };

it('are there for root only, and it is said so', async () => {
  const backend = await createCgroups({ scope: SCOPE });
  const capabilities = await sandbox.capabilities();
  const held = capabilities
    .filter(({ name }) => ['memory', 'cpu', 'processes'].includes(name))
    .map((one) => one.held);
  const expected = backend === null ? 'none' : 'kernel';
  expect(held).toEqual([expected, expected, expected]);
  if (!isRoot) expect(backend).toBeNull();
});

it('a machine without the controllers has none', async () => {
  expect(await createCgroups({ scope: SCOPE, mounts: 'proc /proc proc rw 0 0\n' })).toBeNull();
});

if (isRoot && found !== null)
  describe('root’s agent', () => {
    let partition: TestPartition;
    const backend: CgroupBackend = found;
    beforeAll(async () => {
      partition = await openPartition();
    });
    afterEach(() => backend.remove('slappart0'));
    afterAll(() => partition.close());

    const inside = async (
      limits: Parameters<CgroupBackend['ensure']>[1],
      ...command: string[]
    ): ReturnType<typeof sandbox.run> => {
      const { joinFiles } = await backend.ensure('slappart0', limits);
      return sandbox.run({ ...partition.spec(command), cgroup: joinFiles }, { timeoutSeconds: 60 });
    };

    it('lets a partition have its memory and no more', async () => {
      const use = (mebibytes: number): string[] => [
        '/usr/bin/perl',
        '-e',
        `my $m = "x" x (${mebibytes} << 20); print "had it"`,
      ];
      const limits = { ...NONE, memoryBytes: 64 * 2 ** 20 };
      expect((await inside(limits, ...use(16))).output).toBe('had it');
      const greedy = await inside(limits, ...use(256));
      expect(greedy.output).not.toContain('had it');
      expect(greedy.code).toBe(137);
    });

    it('lets a partition have its processes and no more', async () => {
      const forks =
        'my $n = 0; while ($n < 100) { my $p = fork(); last if !defined $p; if (!$p) { sleep 300 } $n++ } print $n; kill 9, -1';
      const { output } = await inside({ ...NONE, processes: 20 }, '/usr/bin/perl', '-e', forks);
      expect(Number(output)).toBeGreaterThan(5);
      expect(Number(output)).toBeLessThan(20);
    });

    it('counts what a partition uses', async () => {
      expect(backend.usage('slappart0')).toBeNull();
      const { joinFiles } = await backend.ensure('slappart0', NONE);
      const spinning = partition.spec(['/usr/bin/perl', '-e', '1 while 1']);
      await partition.start(sandbox.plan({ ...spinning, cgroup: joinFiles }));
      const usage = await until(() => {
        const now = backend.usage('slappart0');
        return now !== null && now.cpuSeconds > 0.2 ? now : null;
      });
      expect(usage.processes).toBeGreaterThanOrEqual(3);
      expect(usage.memoryBytes).toBeGreaterThan(100_000);
    });

    it('has everything of a partition in its group from the first instruction', async () => {
      const { joinFiles, procsFiles } = await backend.ensure('slappart0', NONE);
      const running = await partition.start(
        sandbox.plan({ ...partition.spec(['/bin/sleep', '300']), cgroup: joinFiles }),
      );
      for (const file of procsFiles) {
        const members = (await readFile(file, 'utf8')).trim().split('\n').map(Number);
        expect(members).toEqual(expect.arrayContaining([running.child.pid, running.payload]));
      }
    });

    it('changes limits of a partition that runs', async () => {
      await backend.ensure('slappart0', { memoryBytes: 128 * 2 ** 20, processes: 30, cpus: 0.5 });
      await backend.ensure('slappart0', { memoryBytes: 64 * 2 ** 20, processes: 10, cpus: 1.5 });
      await backend.ensure('slappart0', { memoryBytes: 256 * 2 ** 20, processes: 50, cpus: 0.1 });
      await backend.ensure('slappart0', NONE);
    });

    it('kills all of a partition, the fastest fork included, and leaves no group', async () => {
      const { joinFiles, procsFiles } = await backend.ensure('slappart0', { ...NONE, processes: 50 });
      const bomb = partition.spec(['/usr/bin/perl', '-e', 'fork() while 1']);
      const { child } = await partition.start(sandbox.plan({ ...bomb, cgroup: joinFiles }));
      await until(() => ((backend.usage('slappart0')?.processes ?? 0) > 20 ? true : null));
      await backend.remove('slappart0');
      await until(() => (child.exitCode !== null || child.signalCode !== null ? true : null));
      expect(procsFiles.filter((file) => existsSync(file))).toEqual([]);
      await backend.remove('slappart0');
    });

    it('leaves nothing when the last partition is gone', async () => {
      const { procsFiles } = await backend.ensure('slappart0', NONE);
      const roots = procsFiles.map((file) => file.replace(/\/slapgrid-.*$/, ''));
      await backend.remove('slappart0');
      for (const root of roots) expect(await readdir(root)).not.toContain(`slapgrid-${SCOPE}`);
    });

    it('may be asked for many partitions at once', async () => {
      const names = Array.from({ length: 8 }, (_, index) => `slappart${index}`);
      for (let round = 0; round < 5; round += 1) {
        await Promise.all(names.map((name) => backend.ensure(name, NONE).then(() => backend.remove(name))));
      }
      expect(backend.usage('slappart0')).toBeNull();
    });

    it('takes no name that leads elsewhere', async () => {
      await expect(backend.ensure('../x', NONE)).rejects.toEqual(
        expect.objectContaining({ code: 'cgroup-failed' }),
      );
    });
  });
