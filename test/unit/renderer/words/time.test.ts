import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { momentText, timeText } from '../../../../renderer/words/time.ts';

const at = Date.UTC(2026, 10, 22, 13, 58);
const zone = process.env['TZ'];

describe('a moment', () => {
  beforeEach(() => {
    process.env['TZ'] = 'UTC';
    // What was written a second ago may be of another time zone.
    vi.useFakeTimers({ toFake: ['performance'] });
    vi.advanceTimersByTime(2000);
  });
  afterEach(() => {
    vi.useRealTimers();
    if (zone === undefined) delete process.env['TZ'];
    else process.env['TZ'] = zone;
  });

  it('of today is a time', () => {
    expect(momentText(at, at + 3_600_000)).toMatch(/^today at (?:13:58|1:58\sPM)$/u);
  });

  it('of another day is a date and a time, of another year with the year', () => {
    expect(momentText(at, at + 24 * 3_600_000)).toMatch(/^(?:22 November|November 22) at .*:58/u);
    expect(momentText(at, Date.UTC(2027, 0, 1))).toMatch(/2026 at .*:58/u);
  });

  it('follows the time zone within a second', () => {
    expect(timeText(at)).toMatch(/:58/u);
    process.env['TZ'] = 'Asia/Kolkata';
    vi.advanceTimersByTime(1001);
    expect(timeText(at)).toMatch(/:28/u);
  });
});
