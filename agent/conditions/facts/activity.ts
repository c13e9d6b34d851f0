/**
 * When somebody used this computer last: as the desktop tells, else by the idle hint of logind. The kernel keeps no times for keyboards
 * and mice, and those of a terminal say nothing of a graphical session; so without these two it is not known.
 */
import type { FollowedProperties } from '../../dbus/properties.ts';
import type { Told } from './source.ts';

/** logind tells microseconds of the wall clock. */
const MICROSECONDS = 1000;

/** When it was used last, in milliseconds of the wall clock. */
export function activityOfLogind(manager: FollowedProperties, now: number): Told<number> | null {
  const idle = manager.value('IdleHint');
  if (typeof idle !== 'boolean') return null;
  if (!idle) return { value: now, source: 'logind' };
  const since = Number(manager.value('IdleSinceHint')) / MICROSECONDS;
  // 0: nobody has logged in since the start.
  return Number.isFinite(since) && since <= now ? { value: since, source: 'logind' } : null;
}
