/**
 * What the doctor says of a computer, in the words of the real one: of one that has all, and of one that lacks two things.
 */
import type { CheckResult } from '../../agent/api/contract.ts';
import { needsYou, resultOf, well, type Finding } from '../../agent/doctor/checker.ts';
import { text } from '../../agent/messages.ts';

const HOME = '/var/lib/slapgrid';

const WELL: Readonly<Record<string, Finding>> = {
  'system-packages': well('doctor.system-packages.well'),
  isolation: well('doctor.isolation.well', { program: 'bubblewrap', version: '0.11.0' }),
  'data-folder': well('doctor.data-folder.well', { home: HOME }),
  'disk-space': well('doctor.disk-space.well', { free: 212 }),
  database: well('doctor.database.well'),
  ports: well('doctor.ports.well', { proxyPort: 5000, pagePort: 5001 }),
  'package-mirror': well('doctor.package-mirror.well', { amount: 3 }),
  clock: well('doctor.clock.well', { now: new Date('2026-11-22T14:00:00.000Z') }),
  'node-version': well('doctor.node-version.well', { version: '24.21.0' }),
};

const NEEDY: Readonly<Record<string, Finding>> = {
  isolation: {
    passed: false,
    detail: text('sandbox.probe.userns-disabled', { detail: '' }),
    fixes: [text('sandbox.probe.userns-disabled.next', { detail: '' })],
  },
  clock: needsYou('doctor.clock.behind', { minutes: 42 }),
};

export const wellChecks: CheckResult[] = resultsOf(WELL);
export const needyChecks: CheckResult[] = resultsOf({ ...WELL, ...NEEDY });

function resultsOf(findings: Readonly<Record<string, Finding>>): CheckResult[] {
  return Object.entries(findings).map(([id, finding]) => resultOf({ id }, finding));
}
