/** What a group's files say of its use. The two versions differ in names only. */
import { statSync } from 'node:fs';
import { kernelText } from '../../kernel-text.ts';
import type { CgroupUsage } from './hierarchy.ts';

export type UsageFiles = {
  cpu: string;
  cpuSeconds: (text: string) => number;
  memory: string;
  /** Lines of the memory file whose sum is what the group holds. */
  memoryKeys: readonly string[];
  processes: string;
};

/** null when the group is gone. */
export function readUsage(files: UsageFiles): CgroupUsage | null {
  const group = statSync(files.cpu, { throwIfNoEntry: false });
  const cpu = kernelText(files.cpu);
  const memory = kernelText(files.memory);
  const processes = kernelText(files.processes);
  if (group === undefined || cpu === null || memory === null || processes === null) return null;
  return {
    group: String(group.ino),
    memoryBytes: files.memoryKeys.reduce((sum, key) => sum + lineValue(memory, key), 0),
    processes: countLines(processes),
    cpuSeconds: files.cpuSeconds(cpu),
  };
}

function lineValue(text: string, key: string): number {
  const place = text.startsWith(`${key} `) ? 0 : text.indexOf(`\n${key} `) + 1;
  if (place === 0 && !text.startsWith(`${key} `)) return 0;
  return Number.parseInt(text.slice(place + key.length + 1), 10);
}

function countLines(text: string): number {
  let lines = 0;
  for (let place = text.indexOf('\n'); place !== -1; place = text.indexOf('\n', place + 1)) lines += 1;
  return lines;
}
