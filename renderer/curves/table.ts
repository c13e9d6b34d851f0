/**
 * A curve as rows: one per minute, the newest first.
 */
import type { Point } from './geometry.ts';

const MINUTE_MILLISECONDS = 60_000;

/** The last point of each minute in which there was one, under the time at which that minute began. */
export function perMinute(points: readonly Point[]): Point[] {
  const minutes = new Map<number, Point>();
  for (const { at, value } of points) {
    const minute = Math.floor(at / MINUTE_MILLISECONDS) * MINUTE_MILLISECONDS;
    minutes.set(minute, { at: minute, value });
  }
  return [...minutes.values()].toReversed();
}
