/**
 * Runs every check that makes sense here.
 */
import type { CheckEvent, CheckResult } from '../api/contract.ts';
import { errorView } from '../errors.ts';
import { text } from '../messages.ts';
import { resultOf, type Checker, type DoctorContext, type Finding } from './checker.ts';
import { clock } from './clock.ts';
import { dataFolder } from './data-folder.ts';
import { database } from './database.ts';
import { diskSpace } from './disk-space.ts';
import { isolation } from './isolation.ts';
import { lending } from './lending.ts';
import { nodeVersion } from './node-version.ts';
import { packageMirror } from './package-mirror.ts';
import { ports } from './ports.ts';
import { service } from './service.ts';
import { systemPackages } from './system-packages.ts';

/** In the order in which they are shown: what everything else stands on comes first. */
const CHECKERS: readonly Checker[] = [
  systemPackages,
  isolation,
  lending,
  dataFolder,
  diskSpace,
  database,
  ports,
  packageMirror,
  service,
  clock,
  nodeVersion,
];

/** Changes nothing and needs no network. A check that breaks is a check that failed, in its own words. */
export async function runDoctor(
  context: DoctorContext,
  checkers: readonly Checker[] = CHECKERS,
): Promise<CheckResult[]> {
  const applicable = await applicableOf(context, checkers);
  return Promise.all(applicable.map((checker) => answerOf(context, checker)));
}

/** The same, with each answer as soon as it is known. */
export async function* followDoctor(
  context: DoctorContext,
  checkers: readonly Checker[] = CHECKERS,
): AsyncGenerator<CheckEvent> {
  const applicable = await applicableOf(context, checkers);
  const checks = applicable.map(({ id }) => ({ id, title: text(`doctor.${id}.title`) }));
  yield { kind: 'planned', checks };
  const open = new Map(applicable.map((checker) => [checker.id, answerOf(context, checker)] as const));
  while (open.size > 0) {
    const result = await Promise.race(open.values());
    open.delete(result.id);
    yield { kind: 'result', result };
  }
}

async function applicableOf(
  context: DoctorContext,
  checkers: readonly Checker[],
): Promise<readonly Checker[]> {
  // Whether one that breaks here is applicable is unknown: it is asked, and its answer says so.
  const answers = await Promise.all(checkers.map((checker) => checker.applicable(context).catch(() => true)));
  return checkers.filter((_, index) => answers[index]);
}

async function answerOf(context: DoctorContext, checker: Checker): Promise<CheckResult> {
  try {
    return resultOf(checker, await checker.check(context));
  } catch (error) {
    return resultOf(checker, broken(error));
  }
}

function broken(error: unknown): Finding {
  const { sentence, nextStep } = errorView(error);
  return { passed: false, detail: sentence, fixes: nextStep === '' ? [] : [nextStep] };
}
