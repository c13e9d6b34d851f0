/**
 * `doctor`: asks the agent, or looks itself when none runs.
 */
import type { CheckResult } from '../../api/contract.ts';
import { text } from '../../messages.ts';
import { answer, type CommandContext } from '../context.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';

export async function doctor(context: CommandContext): Promise<ExitStatus> {
  const checks = await results(context);
  answer(context, { checks }, doctorText(checks));
  return checks.every((check) => check.passed) ? EXIT.done : EXIT.failed;
}

async function results(context: CommandContext): Promise<CheckResult[]> {
  const { connectIfRunning } = await import('../connect.ts');
  const connection = await connectIfRunning(context.home);
  if (connection !== undefined) return connection.doctor();
  const [{ runDoctor }, { createSandbox }, { pathsOf }, { serviceHealth }] = await Promise.all([
    import('../../doctor/doctor.ts'),
    import('../../sandbox/sandbox.ts'),
    import('../../paths.ts'),
    import('../../service/health.ts'),
  ]);
  return runDoctor({
    paths: pathsOf(context.home),
    sandbox: createSandbox(),
    portsAreOurs: false,
    service: () => serviceHealth(context.home),
    now: context.now,
  });
}

/** What needs somebody first, each with what to do; then what is well. */
export function doctorText(checks: readonly CheckResult[]): string {
  const failed = checks.filter((check) => !check.passed);
  const passed = checks.filter((check) => check.passed);
  const lines = [text('cli.doctor.summary', { failed: failed.length, total: checks.length })];
  for (const check of failed) {
    lines.push('', `✗ ${check.title}: ${check.detail}`, ...check.fixes.map((fix) => `    ${fix}`));
  }
  if (passed.length > 0) lines.push('', ...passed.map((check) => `✓ ${check.title}: ${check.detail}`));
  return lines.join('\n');
}
