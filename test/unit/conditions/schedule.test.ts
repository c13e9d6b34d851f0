import { afterEach, describe, expect, it, vi } from 'vitest';
import { isEmpty, isOpen, nextChange, nextHour } from '../../../agent/conditions/schedule.ts';
import { saidAfterMove, saidAfterRestart, saidPause, saidUntil } from '../../../agent/conditions/said.ts';

afterEach(() => void vi.unstubAllEnvs());

const NEVER = '0'.repeat(24);
const ALWAYS = '1'.repeat(24);
/** Open from 22:00 to 06:00, across midnight. */
const NIGHTS = Array.from({ length: 7 }, () => `${'1'.repeat(6)}${'0'.repeat(16)}11`);

function local(text: string): number {
  return new Date(text).getTime();
}

describe('the hours of the week', () => {
  it('begin on Monday', () => {
    vi.stubEnv('TZ', 'Europe/Paris');
    const mondays = [ALWAYS, ...Array.from({ length: 6 }, () => NEVER)];
    expect(isOpen(mondays, local('2026-11-23T10:00'))).toBe(true);
    expect(isOpen(mondays, local('2026-11-22T10:00'))).toBe(false);
    expect(nextChange(mondays, local('2026-11-24T10:00'))).toBe(local('2026-11-30T00:00'));
  });

  it('go across midnight', () => {
    vi.stubEnv('TZ', 'Europe/Paris');
    expect(isOpen(NIGHTS, local('2026-11-23T23:59'))).toBe(true);
    expect(isOpen(NIGHTS, local('2026-11-24T05:59'))).toBe(true);
    expect(isOpen(NIGHTS, local('2026-11-24T06:00'))).toBe(false);
    expect(nextChange(NIGHTS, local('2026-11-23T23:10'))).toBe(local('2026-11-24T06:00'));
  });

  it.each([
    ['summer time begins: an hour less', '2026-03-28T22:00', 7],
    ['summer time ends: an hour more', '2026-10-24T22:00', 9],
    ['any other night', '2026-11-24T22:00', 8],
  ])('%s', (_what, from, hours) => {
    vi.stubEnv('TZ', 'Europe/Paris');
    const end = nextChange(NIGHTS, local(from)) ?? 0;
    expect((end - local(from)) / 3_600_000).toBe(hours);
  });

  it('begin with the hour, where time zones differ by half an hour', () => {
    vi.stubEnv('TZ', 'Asia/Kolkata');
    expect(nextHour(local('2026-11-24T10:20:30'))).toBe(local('2026-11-24T11:00'));
  });

  it('may be none, or all', () => {
    expect(
      nextChange(
        Array.from({ length: 7 }, () => NEVER),
        0,
      ),
    ).toBeNull();
    expect(
      nextChange(
        Array.from({ length: 7 }, () => ALWAYS),
        0,
      ),
    ).toBeNull();
    expect([isEmpty(Array.from({ length: 7 }, () => NEVER)), isEmpty(NIGHTS)]).toEqual([true, false]);
  });
});

describe('what a person says', () => {
  it.each([
    ['2026-11-23T14:00', '2026-11-24T06:00'],
    ['2026-11-23T02:00', '2026-11-23T06:00'],
    ['2026-11-23T06:00', '2026-11-24T06:00'],
    ['2026-10-24T23:00', '2026-10-25T06:00'],
  ])('“until tomorrow” at %s ends at %s', (now, end) => {
    vi.stubEnv('TZ', 'Europe/Paris');
    expect(saidUntil(saidPause('tomorrow', local(now)))).toBe(local(end));
  });

  it('“until tomorrow” is the morning of where the computer is by then', () => {
    vi.stubEnv('TZ', 'Europe/Paris');
    const said = saidPause('tomorrow', local('2026-11-23T14:00'));
    vi.stubEnv('TZ', 'America/New_York');
    expect(saidUntil(said)).toBe(local('2026-11-24T06:00'));
  });

  it('a length of time stays one when the clock is set, a morning does not move', () => {
    const hour = saidPause(60, 1000);
    expect(saidUntil(saidAfterMove(hour, -500) ?? hour)).toBe(3_600_500);
    const morning = saidPause('tomorrow', 0);
    expect(saidAfterMove(morning, 10_000_000)).toEqual(morning);
  });

  it('is over after a restart when it has ended, and lasts no longer when the clock was set back', () => {
    const said = saidPause(60, 10_000_000);
    expect(saidAfterRestart(said, 10_000_000 + 3_600_000)).toBeNull();
    expect(saidUntil(saidAfterRestart(said, 5_000_000) ?? said)).toBe(5_000_000 + 3_600_000);
    expect(saidAfterRestart(saidPause('resumed', 0), 1e15)).not.toBeNull();
  });
});
