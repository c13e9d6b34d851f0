/** Random moments that can be had again: the numbers follow from one seed, which is printed. */
import process from 'node:process';

/**
 * A generator of numbers from 0 to 1 (mulberry32).
 * @param subject names the series in what is printed; `CRASH_SEED` in the environment repeats a run.
 */
export function randomMoments(subject: string): () => number {
  let state = Number(process.env['CRASH_SEED'] ?? Math.floor(Math.random() * 2 ** 32)) >>> 0;
  console.log(`${subject}: CRASH_SEED=${state}`);
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
