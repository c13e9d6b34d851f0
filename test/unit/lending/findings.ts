/** What a machine holds, for tests: all of it unless said otherwise. */
import type { Held } from '../../../agent/api/contract-lending.ts';
import type { Findings, ProtectionName } from '../../../agent/lending/protections.ts';

const NAMES: readonly ProtectionName[] = [
  'isolation',
  'network',
  'seccomp',
  'identity',
  'memory',
  'cpu',
  'processes',
  'disk',
  'freeze',
  'egress',
];

export function findings(differs: Partial<Record<ProtectionName, Held>> = {}): Findings {
  const entries = NAMES.map((name) => [name, { held: differs[name] ?? 'kernel' }] as const);
  return Object.fromEntries(entries) as Findings;
}
