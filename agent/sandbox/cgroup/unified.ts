/** Control groups, version 2: one hierarchy with all controllers (Documentation/admin-guide/cgroup-v2.rst). */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CPU_PERIOD, type CgroupHierarchy } from './hierarchy.ts';
import { readUsage } from './usage.ts';

const CONTROLLERS = ['cpu', 'memory', 'pids'];

/** Whether the hierarchy mounted at `mount` has the controllers a partition needs. */
export async function hasControllers(mount: string): Promise<boolean> {
  const available = (await readFile(path.join(mount, 'cgroup.controllers'), 'utf8')).trim().split(' ');
  return CONTROLLERS.every((name) => available.includes(name));
}

export function unifiedHierarchy(mount: string, name: string): CgroupHierarchy {
  const base = path.join(mount, name);
  const file = (partitionId: string, control: string): string => path.join(base, partitionId, control);
  const enable = (folder: string): Promise<void> =>
    writeFile(
      path.join(folder, 'cgroup.subtree_control'),
      CONTROLLERS.map((controller) => `+${controller}`).join(' '),
    );

  return {
    bases: [base],
    async prepare() {
      await enable(mount);
      await mkdir(base, { recursive: true });
      // While the group has this of its own, systemd cannot take the controllers away from the root.
      await enable(base);
    },
    async limit(partitionId, { memoryBytes, processes, cpus }) {
      const quota = cpus === null ? 'max' : Math.ceil(cpus * CPU_PERIOD);
      await writeFile(file(partitionId, 'memory.max'), String(memoryBytes ?? 'max'));
      await writeFile(file(partitionId, 'memory.swap.max'), memoryBytes === null ? 'max' : '0');
      await writeFile(file(partitionId, 'pids.max'), String(processes ?? 'max'));
      await writeFile(file(partitionId, 'cpu.max'), `${quota} ${CPU_PERIOD}`);
    },
    usage(partitionId) {
      return readUsage({
        cpu: file(partitionId, 'cpu.stat'),
        cpuSeconds: (text) => Number(/^usage_usec (\d+)$/m.exec(text)?.[1] ?? 0) / 1e6,
        memory: file(partitionId, 'memory.stat'),
        memoryKeys: ['anon', 'shmem'],
        processes: file(partitionId, 'cgroup.procs'),
      });
    },
  };
}
