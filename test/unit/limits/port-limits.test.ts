import { describe, expect, it } from 'vitest';
import type { LendingLimits } from '../../../agent/api/contract-lending.ts';
import { DEFAULT_LIMITS } from '../../../agent/lending/defaults.ts';
import { beyond, PortLimits, type OpenPorts } from '../../../agent/limits/port-limits.ts';

function limits(together: number | null, each: number | null = null): LendingLimits {
  return {
    together: { ...DEFAULT_LIMITS.together, ports: together },
    each: { ...DEFAULT_LIMITS.each, ports: each },
  };
}

const open = (partitionId: string, ports: number, hour: number): OpenPorts => ({
  partitionId,
  ports,
  openedAt: `2026-11-22T0${hour}:00:00.000Z`,
});

const THREE = [open('slappart2', 2, 5), open('slappart1', 2, 1), open('slappart3', 2, 3)];

describe('a lowered limit', () => {
  it('closes what was opened last, and no more than it must', () => {
    expect([...beyond(limits(6), THREE).keys()]).toEqual([]);
    expect([...beyond(limits(5), THREE).keys()]).toEqual(['slappart2']);
    expect([...beyond(limits(3), THREE).keys()]).toEqual(['slappart2', 'slappart3']);
    expect([...beyond(limits(null), THREE).keys()]).toEqual([]);
  });

  it('of each closes those that have more, which then do not count', () => {
    const some = [open('slappart1', 5, 1), open('slappart2', 2, 2)];
    const closed = beyond(limits(4, 3), some);
    expect([...closed.keys()]).toEqual(['slappart1']);
    expect(closed.get('slappart1')?.message).toBe(
      'It publishes 5 ports, and 3 are allowed. They were closed and it was stopped; its data is kept.',
    );
  });
});

it('says who may publish again when it is raised, as far as it goes', () => {
  let now: readonly OpenPorts[] = THREE;
  const ports = new PortLimits(limits(null), () => now);
  expect([...ports.apply(limits(3)).closed.keys()]).toEqual(['slappart2', 'slappart3']);
  now = [open('slappart1', 2, 1)];
  expect(ports.apply(limits(3)).fits).toEqual([]);
  expect(ports.apply(limits(4)).fits).toEqual(['slappart2', 'slappart3']);
  // The second of them finds no room when it is started, and waits for more.
  now = [open('slappart1', 2, 1), open('slappart2', 2, 6)];
  expect(ports.refusal('slappart3', true, 2)?.message).toContain('No port was opened.');
  expect(ports.apply(limits(6)).fits).toEqual(['slappart3']);
});

it('is no matter of what is the person’s own, or publishes nothing', () => {
  const ports = new PortLimits(limits(1, 1), () => []);
  expect(ports.refusal('slappart0', false, 9)).toBeNull();
  expect(ports.refusal('slappart1', true, 0)).toBeNull();
  expect(ports.refusal('slappart1', true, 2)).toMatchObject({ code: 'port-limit' });
});
