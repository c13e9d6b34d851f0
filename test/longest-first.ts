/**
 * The order of test files: what takes minutes begins first, so that no worker ends long after the others.
 *
 * Vitest knows only how long files took the last time, of which a new clone has no record, and then goes by their size: the longest
 * tests, which do a little many times, are in small files.
 */
import path from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** Each takes most of a minute or more; an order that is stale costs a minute, and nothing else. */
export const LONGEST: readonly string[] = [
  'test/e2e/agent/crash-install.test.ts',
  'test/e2e/agent/crash.test.ts',
  'test/e2e/conditions/pause.test.ts',
  'test/e2e/agent/crash-agent.test.ts',
  'test/e2e/agent/bad-input.test.ts',
  'test/e2e/shell/full-disk.test.ts',
  'test/e2e/settings/settings.test.ts',
  'test/package/package.test.ts',
];

/** What is shorter: end-to-end tests wait much and pages compute, so both are begun before the many that take no time. */
const FOLDERS = ['test/e2e/agent/', 'test/page/', 'test/e2e/', 'test/package/', 'test/contract/', 'test/'];

/** The place of a file in the order: smaller begins earlier. */
export function rankOf(file: string): number {
  const among = LONGEST.indexOf(file);
  return among === -1 ? LONGEST.length + FOLDERS.findIndex((folder) => file.startsWith(folder)) : among;
}

export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const { root } = this.ctx.config;
    const rank = ({ moduleId }: TestSpecification): number => rankOf(path.relative(root, moduleId));
    const sorted = await super.sort(files);
    return sorted.toSorted((left, right) => rank(left) - rank(right));
  }
}
