import { describe, expect, it } from 'vitest';
import type { Held, Sharing } from '../../../agent/api/contract-lending.ts';
import {
  missingFor,
  protectionsOf,
  verdictOf,
  type ProtectionName,
} from '../../../agent/lending/protections.ts';
import { diskHeld } from '../../../agent/limits/limits-held.ts';
import type { QuotaProbe } from '../../../agent/limits/project-quotas.ts';
import { findings } from './findings.ts';

function verdict(differs: Partial<Record<ProtectionName, Held>>): Sharing {
  return verdictOf(protectionsOf(findings(differs)));
}

describe('the verdict', () => {
  it('is everyone where the kernel holds everything', () => {
    expect(verdict({})).toBe('everyone');
  });

  it.each(['isolation', 'network', 'seccomp'] as const)('is nobody without %s', (name) => {
    expect(verdict({ [name]: 'none' })).toBe('nobody');
    expect(verdict({ [name]: 'watched' })).toBe('nobody');
  });

  it.each(['memory', 'cpu', 'processes'] as const)('is only me where the kernel does not hold %s', (name) => {
    expect(verdict({ [name]: 'watched' })).toBe('me');
    expect(verdict({ [name]: 'none' })).toBe('me');
  });

  it('is everyone where a quota of the file system holds the disk, and not where none does', () => {
    const withQuota = (probe: QuotaProbe): Sharing =>
      verdictOf(protectionsOf({ ...findings({}), disk: diskHeld(probe) }));
    expect(withQuota({ ok: true })).toBe('everyone');
    expect(withQuota({ ok: false, cause: 'no-quota', detail: '' })).toBe('people');
  });

  it('lets people in where the disk is watched, and nobody else where it is not even that', () => {
    expect(verdict({ disk: 'watched' })).toBe('people');
    expect(verdict({ disk: 'none' })).toBe('me');
  });

  it.each(['identity', 'freeze'] as const)('is no more than people without %s', (name) => {
    expect(verdict({ [name]: 'none' })).toBe('people');
  });

  it('does not depend on rules for the network: without them nothing gets out', () => {
    expect(verdict({ egress: 'none' })).toBe('everyone');
  });

  it('is the narrowest of all that is missing', () => {
    expect(verdict({ freeze: 'none', memory: 'none' })).toBe('me');
    expect(verdict({ isolation: 'none', memory: 'none' })).toBe('nobody');
  });
});

describe('each protection', () => {
  it('that is missing says what could happen and what to do', () => {
    const all = Object.keys(findings()).map((name) => [name, 'none'] as const);
    const protections = protectionsOf(findings(Object.fromEntries(all)));
    expect(protections).toHaveLength(10);
    for (const { title, detail, danger, fixes } of protections) {
      for (const sentence of [title, detail, danger, ...fixes]) expect(sentence).not.toMatch(/^$|^lending\./);
      expect(fixes).not.toEqual([]);
    }
  });

  it('that is held says how, and nothing to do', () => {
    for (const { refuses, detail, danger, fixes } of protectionsOf(findings())) {
      expect({ refuses, danger, fixes }).toEqual({ refuses: null, danger: '', fixes: [] });
      expect(detail).not.toMatch(/^lending\./);
    }
  });

  it('has the words of what found it out, if it has any', () => {
    const memory = { held: 'none', detail: 'No groups.', fixes: ['Reboot.'] } as const;
    const [first] = protectionsOf({ ...findings(), memory });
    expect(first).toMatchObject({ name: 'memory', detail: 'No groups.', fixes: ['Reboot.'] });
  });

  it('that refuses most comes first', () => {
    const names = protectionsOf(findings({ freeze: 'none', cpu: 'none', isolation: 'none' }))
      .slice(0, 3)
      .map(({ name }) => name);
    expect(names).toEqual(['isolation', 'cpu', 'freeze']);
  });

  it('is missing for every sharing from the one that it refuses on', () => {
    const protections = protectionsOf(findings({ cpu: 'none', disk: 'watched' }));
    const names = (sharing: Sharing): string[] => missingFor(protections, sharing).map(({ name }) => name);
    expect(names('me')).toEqual([]);
    expect(names('people')).toEqual(['cpu']);
    expect(names('everyone')).toEqual(['cpu', 'disk']);
  });
});
