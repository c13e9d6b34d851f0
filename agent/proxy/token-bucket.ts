/**
 * How often something may happen: many times at once after a rest, and in the long run so many times a second.
 */
export type Rate = { atOnce: number; perSecond: number };

export class TokenBucket {
  readonly #rate: Rate;
  readonly #now: () => number;
  #tokens: number;
  #filledAt: number;

  /** @param now milliseconds, of a clock that nobody sets. */
  constructor(rate: Rate, now: () => number = () => performance.now()) {
    this.#rate = rate;
    this.#now = now;
    this.#tokens = rate.atOnce;
    this.#filledAt = now();
  }

  /** @returns 0 when it may happen now, and is counted; else in how many seconds it may. */
  take(): number {
    const now = this.#now();
    const { atOnce, perSecond } = this.#rate;
    this.#tokens = Math.min(atOnce, this.#tokens + ((now - this.#filledAt) / 1000) * perSecond);
    this.#filledAt = now;
    if (this.#tokens < 1) return (1 - this.#tokens) / perSecond;
    this.#tokens -= 1;
    return 0;
  }
}
