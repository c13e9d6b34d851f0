/** Control groups, version 2: one hierarchy with all controllers (Documentation/admin-guide/cgroup-v2.rst). */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { systemErrorCode } from '../../errors.ts';
import { unifiedFreezer } from './freezers.ts';
import { CPU_PERIOD, type CgroupHierarchy } from './hierarchy.ts';
import { readUsage } from './usage.ts';

const CONTROLLERS = ['cpu', 'memory', 'pids'];

/** What `cpu.weight` is by itself. */
const WEIGHT = 100;

/** Whether the group at `folder` has the controllers a partition needs. */
export async function hasControllers(folder: string): Promise<boolean> {
  const available = (await readFile(path.join(folder, 'cgroup.controllers'), 'utf8')).trim().split(' ');
  return CONTROLLERS.every((name) => available.includes(name));
}

/** @param top the group below which they are: the mount point, or one that was given to this user. */
export function unifiedHierarchy(top: string, name: string): CgroupHierarchy {
  const base = path.join(top, name);
  const file = (group: string, control: string): string => path.join(base, group, control);
  // While a group has this of its own, systemd cannot take the controllers away from those above.
  const enable = (folder: string): Promise<void> =>
    writeFile(
      path.join(folder, 'cgroup.subtree_control'),
      CONTROLLERS.map((controller) => `+${controller}`).join(' '),
    );

  /** Absent where the kernel was built or started without it. */
  const writeOptional = async (group: string, control: string, value: string): Promise<void> => {
    try {
      await writeFile(file(group, control), value);
    } catch (error) {
      if (!['ENOENT', 'EACCES', 'EPERM', 'EOPNOTSUPP'].includes(systemErrorCode(error) ?? '')) throw error;
    }
  };

  return {
    bases: [base],
    freezer: unifiedFreezer(base),
    joinFile: () => 'cgroup.procs',
    async prepare() {
      await enable(top);
      await mkdir(base, { recursive: true });
      await enable(base);
    },
    divide: (group) => enable(path.join(base, group)),
    async limit(group, { memoryBytes, processes, cpus }) {
      const quota = cpus === null ? 'max' : Math.ceil(cpus * CPU_PERIOD);
      await writeFile(file(group, 'memory.max'), String(memoryBytes ?? 'max'));
      await writeOptional(group, 'memory.swap.max', memoryBytes === null ? 'max' : '0');
      await writeFile(file(group, 'pids.max'), String(processes ?? 'max'));
      await writeFile(file(group, 'cpu.max'), `${quota} ${CPU_PERIOD}`);
    },
    endWhole: (group) => writeOptional(group, 'memory.oom.group', '1'),
    weigh: (group, weight) =>
      writeFile(file(group, 'cpu.weight'), String(Math.max(1, Math.round(WEIGHT * weight)))),
    usage(group) {
      return readUsage({
        cpu: file(group, 'cpu.stat'),
        cpuSeconds: (text) => Number(/^usage_usec (\d+)$/m.exec(text)?.[1] ?? 0) / 1e6,
        memory: file(group, 'memory.stat'),
        memoryKeys: ['anon', 'shmem'],
        processes: file(group, 'cgroup.procs'),
      });
    },
  };
}
