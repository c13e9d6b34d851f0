/**
 * Runs every check that makes sense here.
 */
import type { CheckResult } from '../api/contract.ts';
import { errorView } from '../errors.ts';
import { resultOf, type Checker, type DoctorContext, type Finding } from './checker.ts';
import { clock } from './clock.ts';
import { dataFolder } from './data-folder.ts';
import { database } from './database.ts';
import { diskSpace } from './disk-space.ts';
import { isolation } from './isolation.ts';
import { nodeVersion } from './node-version.ts';
import { packageMirror } from './package-mirror.ts';
import { ports } from './ports.ts';
import { systemPackages } from './system-packages.ts';

/** In the order in which they are shown: what everything else stands on comes first. */
const CHECKERS: readonly Checker[] = [
  systemPackages,
  isolation,
  dataFolder,
  diskSpace,
  database,
  ports,
  packageMirror,
  clock,
  nodeVersion,
];

/** Changes nothing and needs no network. A check that breaks is a check that failed, in its own words. */
export async function runDoctor(
  context: DoctorContext,
  checkers: readonly Checker[] = CHECKERS,
): Promise<CheckResult[]> {
  const results = await Promise.all(
    checkers.map(async (checker) => {
      try {
        if (!(await checker.applicable(context))) return [];
        return [resultOf(checker, await checker.check(context))];
      } catch (error) {
        return [resultOf(checker, broken(error))];
      }
    }),
  );
  return results.flat();
}

function broken(error: unknown): Finding {
  const { sentence, nextStep } = errorView(error);
  return { passed: false, detail: sentence, fixes: nextStep === '' ? [] : [nextStep] };
}
