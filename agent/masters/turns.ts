/** When a master is asked. Never by all computers at the same moment. */

const PERIOD_MS = 60_000;
const FIRST_RETRY_MS = 5000;
const LONGEST_RETRY_MS = 10 * 60_000;
/** A fifth more or less. */
const JITTER = 0.2;

/**
 * Milliseconds until the next turn: about a minute while the master answers; about 5 s, 10 s, 20 s … 10 min while it does not.
 * @param failures in a row. @param random from 0 to 1.
 */
export function nextTurn(failures: number, random: number): number {
  const base =
    failures === 0 ? PERIOD_MS : Math.min(FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 20), LONGEST_RETRY_MS);
  return Math.round(base * (1 + JITTER * (2 * random - 1)));
}
