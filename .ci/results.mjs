/**
 * Reads the results of test runs for `.ci/run`.
 *
 * `to-repeat FILE` prints the test files to run once more: those of failed tests, when these are at most {@link MOST_REPEATED} and
 * nothing else went wrong. `summary FOLDER STATUS RUN…` prints what failed with its messages, what failed and then passed, and
 * `N passed, N failed` as the last line.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';

/** More than this is no accident of the moment. */
const MOST_REPEATED = 2;

/** @returns null when the run did not get as far as writing its results. */
function read(file) {
  if (!existsSync(file)) return null;
  const { testResults } = JSON.parse(readFileSync(file, 'utf8'));
  const suites = testResults.map((suite) => ({
    file: path.relative(process.cwd(), suite.name).replace(/^.*\/(?=test\/)/u, ''),
    message: suite.message ?? '',
    tests: suite.assertionResults,
    /** It failed, and no test of it says why. */
    broken: suite.status !== 'passed' && suite.assertionResults.every(({ status }) => status === 'passed'),
  }));
  const tests = suites.flatMap(({ file: of, tests: each }) =>
    each.map((test) => ({
      key: `${of}: ${test.fullName}`,
      file: of,
      passed: test.status === 'passed',
      failed: test.status === 'failed',
      messages: test.failureMessages ?? [],
    })),
  );
  return { tests, broken: suites.filter(({ broken }) => broken) };
}

function toRepeat(file) {
  const run = read(file);
  if (run === null || run.broken.length > 0) return [];
  const unpassed = run.tests.filter(({ passed }) => !passed);
  if (unpassed.length > MOST_REPEATED || unpassed.some(({ failed }) => !failed)) return [];
  return [...new Set(unpassed.map((test) => test.file))];
}

function summary(folder, status, names) {
  let passed = 0;
  let failed = 0;
  let repeated = 0;
  for (const name of names) {
    const run = read(path.join(folder, `${name}.json`));
    if (run === null) {
      console.log(`\n${name}: wrote no results`);
      failed += 1;
      continue;
    }
    const again = read(path.join(folder, `${name}-again.json`));
    const passedAgain = new Set((again?.tests ?? []).filter((test) => test.passed).map(({ key }) => key));
    const failedAgain = (again?.tests ?? []).filter((test) => !test.passed);
    const unpassed = run.tests.filter((test) => !test.passed);
    for (const { key, messages } of unpassed) {
      const isPassed = passedAgain.has(key) && failedAgain.length === 0 && again.broken.length === 0;
      console.log(
        `\n${isPassed ? 'failed, then passed when repeated' : 'failed'} (${name}): ${key}\n${messages.join('\n')}`,
      );
      if (isPassed) repeated += 1;
      else failed += 1;
    }
    for (const { file, message } of run.broken) console.log(`\nfailed (${name}): ${file}\n${message}`);
    failed += run.broken.length;
    passed += run.tests.length - unpassed.length;
  }
  if (Number(status) !== 0 && failed === 0 && repeated === 0) failed = 1;
  if (repeated > 0)
    console.log(`\n${repeated} of the passed tests failed at first: each is a fault to be found.`);
  console.log(`${passed + repeated} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

const [command, ...given] = process.argv.slice(2);
if (command === 'to-repeat') for (const file of toRepeat(given[0])) console.log(file);
else summary(given[0], given[1], given.slice(2));
