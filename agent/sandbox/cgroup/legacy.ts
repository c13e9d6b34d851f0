/**
 * Control groups, version 1: a hierarchy per controller (Documentation/admin-guide/cgroup-v1), with the version 2 hierarchy
 * beside them where it is mounted, for its `cgroup.kill`.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { systemErrorCode } from '../../errors.ts';
import { CPU_PERIOD, type CgroupHierarchy } from './hierarchy.ts';
import { readUsage } from './usage.ts';

/** Mount points by controller. Two controllers may share one. */
export type LegacyMounts = {
  memory: string;
  pids: string;
  cpu: string;
  cpuacct: string;
  unified: string | null;
};

export function legacyHierarchy(mounts: LegacyMounts, name: string): CgroupHierarchy {
  const { memory, pids, cpu, cpuacct, unified } = mounts;
  const places = new Set([memory, pids, cpu, cpuacct, ...(unified === null ? [] : [unified])]);
  const bases = [...places].map((mount) => path.join(mount, name));
  const file = (mount: string, partitionId: string, control: string): string =>
    path.join(mount, name, partitionId, control);

  /** Memory and swap together; absent where swap is not accounted. May never be below the limit of memory alone. */
  const limitWithSwap = async (partitionId: string, value: string): Promise<void> => {
    try {
      await writeFile(file(memory, partitionId, 'memory.memsw.limit_in_bytes'), value);
    } catch (error) {
      if (!['ENOENT', 'EACCES', 'EOPNOTSUPP'].includes(systemErrorCode(error) ?? '')) throw error;
    }
  };

  return {
    bases,
    async prepare() {
      for (const base of bases) await mkdir(base, { recursive: true });
    },
    async limit(partitionId, { memoryBytes, processes, cpus }) {
      const bytes = String(memoryBytes ?? -1);
      await limitWithSwap(partitionId, '-1');
      await writeFile(file(memory, partitionId, 'memory.limit_in_bytes'), bytes);
      await limitWithSwap(partitionId, bytes);
      await writeFile(file(pids, partitionId, 'pids.max'), String(processes ?? 'max'));
      await writeFile(file(cpu, partitionId, 'cpu.cfs_period_us'), String(CPU_PERIOD));
      const quota = cpus === null ? -1 : Math.ceil(cpus * CPU_PERIOD);
      await writeFile(file(cpu, partitionId, 'cpu.cfs_quota_us'), String(quota));
    },
    usage(partitionId) {
      return readUsage({
        cpu: file(cpuacct, partitionId, 'cpuacct.usage'),
        cpuSeconds: (text) => Number(text) / 1e9,
        memory: file(memory, partitionId, 'memory.stat'),
        memoryKeys: ['total_rss', 'total_shmem'],
        processes: file(pids, partitionId, 'cgroup.procs'),
      });
    },
  };
}
