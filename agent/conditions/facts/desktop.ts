/** What the application tells of the desktop. It is believed for two minutes: an application that ended tells nothing any more. */
import type { DesktopFacts } from '../../api/contract-conditions.ts';
import type { Battery } from '../facts.ts';
import type { Told } from './source.ts';

const BELIEVED_MILLISECONDS = 120_000;
const SOURCE = 'desktop';

export class DesktopTelling {
  readonly #uptime: () => number;
  #told: { facts: DesktopFacts; at: number } | null = null;

  /** @param uptime milliseconds that nobody can set, and that go on while the computer sleeps. */
  constructor(uptime: () => number) {
    this.#uptime = uptime;
  }

  tell(facts: DesktopFacts): void {
    this.#told = { facts, at: this.#uptime() };
  }

  get #facts(): (DesktopFacts & { age: number }) | null {
    if (this.#told === null) return null;
    const age = this.#uptime() - this.#told.at;
    return age < BELIEVED_MILLISECONDS ? { ...this.#told.facts, age } : null;
  }

  battery(): Told<Battery> | null {
    const onBattery = this.#facts?.onBattery;
    return onBattery === undefined
      ? null
      : { value: { onBattery, percent: null, present: onBattery }, source: SOURCE };
  }

  /** When keyboard or mouse were used last, in milliseconds of the wall clock. */
  activity(now: number): Told<number> | null {
    const facts = this.#facts;
    if (facts?.idleSeconds === undefined) return null;
    return { value: now - facts.age - facts.idleSeconds * 1000, source: SOURCE };
  }

  fullscreen(): Told<boolean> | null {
    const on = this.#facts?.fullscreen;
    return on === undefined ? null : { value: on, source: SOURCE };
  }
}
