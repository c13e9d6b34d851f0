/**
 * Control groups, version 1: a hierarchy per controller (Documentation/admin-guide/cgroup-v1), with the version 2 hierarchy beside them for its
 * `cgroup.freeze` where version 1 has no freezer.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { systemErrorCode } from '../../errors.ts';
import { legacyFreezer, NO_FREEZER, unifiedFreezer } from './freezers.ts';
import { CPU_PERIOD, type CgroupHierarchy } from './hierarchy.ts';
import { readUsage } from './usage.ts';

/** Mount points by controller. Two controllers may share one. */
export type LegacyMounts = {
  memory: string;
  pids: string;
  cpu: string;
  cpuacct: string;
  unified: string | null;
  /** Does what `unified` is for, which is null then. */
  freezer?: string;
};

/** What `cpu.shares` is by itself. */
const SHARES = 1024;

export function legacyHierarchy(mounts: LegacyMounts, name: string): CgroupHierarchy {
  const { memory, pids, cpu, cpuacct, unified, freezer } = mounts;
  const places = [memory, pids, cpu, cpuacct, unified, freezer].filter((place) => typeof place === 'string');
  const bases = [...new Set(places)].map((mount) => path.join(mount, name));
  const file = (mount: string, group: string, control: string): string =>
    path.join(mount, name, group, control);

  /** Memory and swap together; absent where swap is not accounted. May never be below the limit of memory alone. */
  const limitWithSwap = async (group: string, value: string): Promise<void> => {
    try {
      await writeFile(file(memory, group, 'memory.memsw.limit_in_bytes'), value);
    } catch (error) {
      if (!['ENOENT', 'EACCES', 'EOPNOTSUPP'].includes(systemErrorCode(error) ?? '')) throw error;
    }
  };

  return {
    bases,
    freezer: freezerOf(mounts, name),
    joinFile: (base) => (unified !== null && base === path.join(unified, name) ? 'cgroup.procs' : 'tasks'),
    async prepare() {
      for (const base of bases) await mkdir(base, { recursive: true });
    },
    // Every group of version 1 may have groups below it.
    divide: async () => undefined,
    async limit(group, { memoryBytes, processes, cpus }) {
      const bytes = String(memoryBytes ?? -1);
      await limitWithSwap(group, '-1');
      await writeFile(file(memory, group, 'memory.limit_in_bytes'), bytes);
      await limitWithSwap(group, bytes);
      await writeFile(file(pids, group, 'pids.max'), String(processes ?? 'max'));
      await writeFile(file(cpu, group, 'cpu.cfs_period_us'), String(CPU_PERIOD));
      const quota = cpus === null ? -1 : Math.ceil(cpus * CPU_PERIOD);
      await writeFile(file(cpu, group, 'cpu.cfs_quota_us'), String(quota));
    },
    endWhole: async () => undefined,
    weigh: (group, weight) =>
      writeFile(file(cpu, group, 'cpu.shares'), String(Math.max(2, Math.round(SHARES * weight)))),
    usage(group) {
      return readUsage({
        cpu: file(cpuacct, group, 'cpuacct.usage'),
        cpuSeconds: (text) => Number(text) / 1e9,
        memory: file(memory, group, 'memory.stat'),
        memoryKeys: ['total_rss', 'total_shmem'],
        processes: file(pids, group, 'cgroup.procs'),
      });
    },
  };
}

function freezerOf({ unified, freezer }: LegacyMounts, name: string): CgroupHierarchy['freezer'] {
  if (freezer !== undefined) return legacyFreezer(path.join(freezer, name));
  return unified === null ? NO_FREEZER : unifiedFreezer(path.join(unified, name));
}
