import { expect, it } from 'vitest';
import { hasText } from '../../../agent/messages.ts';
import { freezeHeld, limitsHeld } from '../../../agent/limits/limits-held.ts';

const RATE = { ok: true } as const;
const NAMES = ['cgroup-v1', 'cgroup-v2', 'cgroup-v2-delegated', 'systemd-user', 'none'] as const;

it.each(NAMES)('%s says of every limit how it is held, in words', (name) => {
  for (const { held, detail } of [...Object.values(limitsHeld(name, RATE)), freezeHeld(name)]) {
    expect(['kernel', 'watched', 'none']).toContain(held);
    expect(detail).toMatch(/^[A-Z].*\.$/u);
  }
});

it('claims for the kernel what only groups can hold', () => {
  expect(limitsHeld('cgroup-v2', RATE).memoryBytes.held).toBe('kernel');
  expect(limitsHeld('none', RATE).memoryBytes.held).toBe('none');
  expect(limitsHeld('none', RATE).cpus.held).toBe('none');
  expect(limitsHeld('none', RATE).processes.held).toBe('none');
  expect(freezeHeld('none').held).toBe('watched');
});

it('never claims what is only watched, or not held at all', () => {
  for (const name of NAMES) {
    expect(limitsHeld(name, RATE).diskBytes.held).toBe('watched');
    expect(limitsHeld(name, RATE).files.held).toBe('watched');
  }
});

it('claims a network rate for the kernel only where one was held, and says what is missing', () => {
  expect(limitsHeld('none', RATE).networkBytesPerSecond.held).toBe('kernel');
  const without = limitsHeld('cgroup-v2', { ok: false, cause: 'no-tc', detail: '' }).networkBytesPerSecond;
  expect(without).toMatchObject({ held: 'none', detail: expect.stringContaining('iproute2') as string });
  const refused = limitsHeld('none', { ok: false, cause: 'unknown', detail: 'no tbf' }).networkBytesPerSecond;
  expect(refused).toMatchObject({ held: 'none', detail: expect.stringContaining('no tbf') as string });
});

it('says by what', () => {
  expect(limitsHeld('systemd-user', RATE).memoryBytes.detail).toContain('your systemd');
  expect(hasText('limits.backend.none')).toBe(true);
});
