import { expect, it } from 'vitest';
import { hasText } from '../../../agent/messages.ts';
import { freezeHeld, limitsHeld } from '../../../agent/limits/limits-held.ts';

const NAMES = ['cgroup-v1', 'cgroup-v2', 'cgroup-v2-delegated', 'systemd-user', 'none'] as const;

it.each(NAMES)('%s says of every limit how it is held, in words', (name) => {
  for (const { held, detail } of [...Object.values(limitsHeld(name)), freezeHeld(name)]) {
    expect(['kernel', 'watched', 'none']).toContain(held);
    expect(detail).toMatch(/^[A-Z].*\.$/u);
  }
});

it('claims for the kernel what only groups can hold', () => {
  expect(limitsHeld('cgroup-v2').memoryBytes.held).toBe('kernel');
  expect(limitsHeld('none').memoryBytes.held).toBe('none');
  expect(limitsHeld('none').cpus.held).toBe('none');
  expect(limitsHeld('none').processes.held).toBe('none');
  expect(freezeHeld('none').held).toBe('watched');
});

it('never claims what is only watched, or not held at all', () => {
  for (const name of NAMES) {
    expect(limitsHeld(name).diskBytes.held).toBe('watched');
    expect(limitsHeld(name).files.held).toBe('watched');
    expect(limitsHeld(name).networkBytesPerSecond.held).toBe('none');
  }
});

it('says by what', () => {
  expect(limitsHeld('systemd-user').memoryBytes.detail).toContain('your systemd');
  expect(hasText('limits.backend.none')).toBe(true);
});
