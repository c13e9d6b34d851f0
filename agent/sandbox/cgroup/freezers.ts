/**
 * The two ways of the kernel to hold a group still. What is held by the first (`cgroup.freeze`, Linux 5.2) can be killed as it is; by the
 * second (the `freezer` of version 1) it dies when it is let go.
 */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { kernelText } from '../../kernel-text.ts';
import type { GroupFreezer } from './hierarchy.ts';

/** @param base folder of the version 2 hierarchy that contains the groups. */
export function unifiedFreezer(base: string): GroupFreezer {
  return {
    // `r+`: where the file is missing, nothing shall try to create it.
    ask: (group, frozen) =>
      writeFile(path.join(base, group, 'cgroup.freeze'), frozen ? '1' : '0', { flag: 'r+' }),
    state(group) {
      const asked = kernelText(path.join(base, group, 'cgroup.freeze'));
      if (asked === null) return null;
      if (asked.trim() !== '1') return 'running';
      const events = kernelText(path.join(base, group, 'cgroup.events')) ?? '';
      return /^frozen 1$/mu.test(events) ? 'frozen' : 'freezing';
    },
  };
}

/** @param base folder of the `freezer` hierarchy that contains the groups. */
export function legacyFreezer(base: string): GroupFreezer {
  const file = (group: string): string => path.join(base, group, 'freezer.state');
  return {
    ask: (group, frozen) => writeFile(file(group), frozen ? 'FROZEN' : 'THAWED', { flag: 'r+' }),
    state(group) {
      switch (kernelText(file(group))?.trim()) {
        case undefined:
          return null;
        case 'FROZEN':
          return 'frozen';
        case 'FREEZING':
          return 'freezing';
        default:
          return 'running';
      }
    },
  };
}

/** Where groups cannot be held still. */
export const NO_FREEZER: GroupFreezer = { ask: async () => undefined, state: () => null };
