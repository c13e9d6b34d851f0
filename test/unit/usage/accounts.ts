/** Whose use it is, in tests. */
import type { Subject } from '../../../agent/usage/tally.ts';

export function subject(key: string, differs: Partial<Subject> = {}): Subject {
  return {
    key,
    partition: 'slappart0',
    master: 'local',
    name: `name of ${key}`,
    owner: { kind: 'me', name: 'ann' },
    ...differs,
  };
}
