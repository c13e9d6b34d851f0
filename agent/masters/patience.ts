/**
 * How long is waited for a master's answers: as long as its transport waits, or a moment as long as a person waits for what comes
 * after them. The master may have heard a call that was given up: who made it sees what any call without an answer is to him, and
 * repeats it as he repeats that.
 */
import type { Clock } from '../clock.ts';
import type { SlapTransport } from '../../slap/http.ts';
import { UnreachableError } from '../../slap/unreachable.ts';

/** From the moment of the call. */
const HURRIED_MS = 2000;

type Waiting = { since: number; giveUp: () => void; cancel: () => void };

export class Patience {
  readonly #clock: Clock;
  readonly #waiting = new Set<Waiting>();
  #isHurried = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  watch(transport: SlapTransport): SlapTransport {
    return async (request) => {
      const { promise, reject } = Promise.withResolvers<never>();
      const waiting: Waiting = {
        since: this.#clock.now(),
        giveUp: () => reject(new UnreachableError('silent', 'no answer in time')),
        cancel: () => undefined,
      };
      this.#waiting.add(waiting);
      if (this.#isHurried) this.#limit(waiting);
      try {
        return await Promise.race([transport(request), promise]);
      } finally {
        waiting.cancel();
        this.#waiting.delete(waiting);
      }
    };
  }

  /** What is waited for longer than a moment by now is given up, too. */
  hurry(): void {
    if (this.#isHurried) return;
    this.#isHurried = true;
    for (const waiting of this.#waiting) this.#limit(waiting);
  }

  relax(): void {
    this.#isHurried = false;
    for (const waiting of this.#waiting) waiting.cancel();
  }

  #limit(waiting: Waiting): void {
    const left = waiting.since + HURRIED_MS - this.#clock.now();
    if (left <= 0) waiting.giveUp();
    else waiting.cancel = this.#clock.after(left, waiting.giveUp);
  }
}
