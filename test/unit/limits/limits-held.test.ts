import { expect, it } from 'vitest';
import { hasText } from '../../../agent/messages.ts';
import { diskHeld, freezeHeld, limitsHeld } from '../../../agent/limits/limits-held.ts';

const WELL = { ok: true } as const;
const NO_QUOTA = { ok: false, cause: 'not-root', detail: '' } as const;
const HERE = { rate: WELL, quota: NO_QUOTA };
const NAMES = ['cgroup-v1', 'cgroup-v2', 'cgroup-v2-delegated', 'systemd-user', 'none'] as const;

it.each(NAMES)('%s says of every limit how it is held, in words', (name) => {
  for (const { held, detail } of [...Object.values(limitsHeld(name, HERE)), freezeHeld(name)]) {
    expect(['kernel', 'watched', 'none']).toContain(held);
    expect(detail).toMatch(/^[A-Z].*\.$/u);
  }
});

it('claims for the kernel what only groups can hold', () => {
  expect(limitsHeld('cgroup-v2', HERE).memoryBytes.held).toBe('kernel');
  expect(limitsHeld('none', HERE).memoryBytes.held).toBe('none');
  expect(limitsHeld('none', HERE).cpus.held).toBe('none');
  expect(limitsHeld('none', HERE).processes.held).toBe('none');
  expect(freezeHeld('none').held).toBe('watched');
});

it('never claims what is only watched, or not held at all', () => {
  for (const name of NAMES) {
    expect(limitsHeld(name, HERE).diskBytes.held).toBe('watched');
    expect(limitsHeld(name, HERE).files.held).toBe('watched');
  }
});

it('claims a network rate for the kernel only where one was held, and says what is missing', () => {
  expect(limitsHeld('none', HERE).networkBytesPerSecond.held).toBe('kernel');
  const without = limitsHeld('cgroup-v2', {
    ...HERE,
    rate: { ok: false, cause: 'no-tc', detail: '' },
  }).networkBytesPerSecond;
  expect(without).toMatchObject({ held: 'none', detail: expect.stringContaining('iproute2') as string });
  const refused = limitsHeld('none', {
    ...HERE,
    rate: { ok: false, cause: 'unknown', detail: 'no tbf' },
  }).networkBytesPerSecond;
  expect(refused).toMatchObject({ held: 'none', detail: expect.stringContaining('no tbf') as string });
});

it('says by what', () => {
  expect(limitsHeld('systemd-user', HERE).memoryBytes.detail).toContain('your systemd');
  expect(hasText('limits.backend.none')).toBe(true);
});

it('claims the disk for the kernel only where a quota was held, and says what is missing', () => {
  const held = limitsHeld('none', { rate: WELL, quota: WELL });
  expect([held.diskBytes.held, held.files.held]).toEqual(['kernel', 'kernel']);
  expect(diskHeld(WELL)).toEqual({ held: 'kernel' });
  for (const cause of ['not-root', 'no-program', 'no-quota', 'not-held'] as const) {
    const { held: by, detail, fixes } = diskHeld({ ok: false, cause, detail: 'setquota' });
    expect(by).toBe('watched');
    expect(detail).toMatch(/^Data is measured now and then; /u);
    expect(fixes?.join()).toContain('prjquota');
  }
});
