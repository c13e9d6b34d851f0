/** Reads the control groups of partitions (root's agent): exact, and three small files each however many processes there are. */
import type { CgroupBackend } from '../sandbox/cgroup.ts';
import { bootId } from '../supervisor/process-record.ts';
import type { Meter, Reading } from './meter.ts';

export function createGroupMeter(groups: Pick<CgroupBackend, 'usage'>): Meter {
  const boot = bootId();
  return {
    read(partitions) {
      const readings = new Map<string, Reading>();
      for (const id of partitions.keys()) {
        const usage = groups.usage(id);
        if (usage === null) continue;
        const { group, cpuSeconds, memoryBytes, processes } = usage;
        readings.set(id, {
          cpuSeconds: new Map([[`${boot}/${group}`, cpuSeconds]]),
          memoryBytes,
          processes,
        });
      }
      return readings;
    },
  };
}
