/**
 * Notices that the wall clock was set. Nothing here depends on the wall clock going forward, but a person should know why times
 * look odd. Compared at events only: an idle agent needs no tick for it.
 */
const WORTH_TELLING_MS = 5 * 60_000;

export class ClockWatch {
  #wall: number;
  #steady: number;
  readonly #now: () => number;
  readonly #uptime: () => number;

  /** @param now wall clock, ms. @param uptime a clock nobody can set, ms; it must go on while the computer sleeps. */
  constructor(now: () => number, uptime: () => number) {
    this.#now = now;
    this.#uptime = uptime;
    this.#wall = now();
    this.#steady = uptime();
  }

  /** @returns by how many ms the clock was moved since the last call; 0 when by less than five minutes. */
  jump(): number {
    const wall = this.#now();
    const steady = this.#uptime();
    const moved = wall - this.#wall - (steady - this.#steady);
    this.#wall = wall;
    this.#steady = steady;
    return Math.abs(moved) >= WORTH_TELLING_MS ? moved : 0;
  }
}
