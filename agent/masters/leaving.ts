/**
 * Leaving a master: tried until it is done, with growing delay, over starts of the agent. Up to the moment in which the first thing is
 * destroyed it can be cancelled.
 *
 *   asked: can it be told? ─► begun: destroys, tells ─► left
 *     │  ▲ not now: later        │  ▲ not all: later
 *     ▼  └──────┘                └──┘
 *   stayed
 */
import type { Clock } from '../clock.ts';
import { SlapgridError } from '../errors.ts';
import { nextTurn } from './turns.ts';

/** What became of it; `ended`: the agent ends, and the next one goes on. */
export type LeavingOutcome = 'left' | 'stayed' | 'ended';

export type LeavingOptions = {
  /** Though the master cannot be told. */
  force: boolean;
  /** Whether something was destroyed already. */
  isBegun: boolean;
  /** Makes sure that the next agent knows that something is destroyed. */
  begins: () => Promise<void>;
};

/** What the tries are made of. */
export type LeavingSteps = {
  /** Does all of it once more. Before anything is destroyed it calls {@link Leaving.begin}. */
  attempt: (leaving: Leaving) => Promise<void>;
  /** It failed; the next try is in so many milliseconds. */
  failed: (error: unknown, delay: number) => void;
  clock: Pick<Clock, 'after'>;
  /** From 0 to 1. */
  random: () => number;
};

/** Thrown inside of a try that goes on no more: leaving was cancelled, or is tried at once in another way. */
class Interrupted extends Error {}

export class Leaving {
  /** Resolves with what became of it; never rejects. */
  readonly outcome: Promise<LeavingOutcome>;
  readonly #options: LeavingOptions;
  readonly #steps: LeavingSteps;
  #force: boolean;
  #isBegun: boolean;
  #ending: 'stayed' | 'ended' | null = null;
  #wake = (): void => undefined;
  #interrupt = (): void => undefined;

  constructor(options: LeavingOptions, steps: LeavingSteps) {
    this.#options = options;
    this.#steps = steps;
    this.#force = options.force;
    this.#isBegun = options.isBegun;
    // Whoever made it is done first.
    this.outcome = Promise.resolve().then(() => this.#run());
  }

  get force(): boolean {
    return this.#force;
  }

  get isBegun(): boolean {
    return this.#isBegun;
  }

  /** `work`, unless leaving is cancelled or forced meanwhile. */
  unlessInterrupted<Result>(work: Promise<Result>): Promise<Result> {
    if (this.#ending !== null) return Promise.reject(new Interrupted());
    const { promise, reject } = Promise.withResolvers<never>();
    this.#interrupt = () => reject(new Interrupted());
    return Promise.race([work, promise]);
  }

  /** From now on things are destroyed. */
  async begin(): Promise<void> {
    if (this.#ending !== null) throw new Interrupted();
    if (this.#isBegun) return;
    this.#isBegun = true;
    try {
      await this.#options.begins();
    } catch (error) {
      this.#isBegun = false;
      throw error;
    }
  }

  /** Tries now. @param force from now on though the master cannot be told. */
  again(force: boolean): void {
    if (force && !this.#force) {
      this.#force = true;
      this.#interrupt();
    }
    this.#wake();
  }

  /** @throws SlapgridError `leaving-too-late`. */
  stay(master: string): void {
    if (this.#isBegun) throw new SlapgridError('leaving-too-late', { master });
    this.#end('stayed');
  }

  /** The agent ends: no other try is made. */
  end(): void {
    this.#end('ended');
  }

  #end(ending: 'stayed' | 'ended'): void {
    this.#ending ??= ending;
    this.#interrupt();
    this.#wake();
  }

  async #run(): Promise<LeavingOutcome> {
    for (let failures = 1; ; failures += 1) {
      if (this.#ending !== null) return this.#ending;
      const wasForced = this.#force;
      try {
        await this.#steps.attempt(this);
        return 'left';
      } catch (error) {
        // Forced meanwhile: the next try is another one.
        if (!(error instanceof Interrupted) && this.#force === wasForced)
          await this.#pause(error, nextTurn(failures, this.#steps.random()));
      }
    }
  }

  async #pause(problem: unknown, delay: number): Promise<void> {
    if (this.#ending !== null) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#steps.clock.after(delay, resolve);
    this.#wake = resolve;
    this.#steps.failed(problem, delay);
    await promise;
    cancel();
  }
}
