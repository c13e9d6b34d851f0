/**
 * Tells the agent what only a program of the desktop sees: whether it runs on battery, and how long nobody has used it. Only while
 * something may be hosted, for nothing else depends on it.
 */
import type { DesktopFacts } from '../../agent/api/contract-conditions.ts';
import { isShared, type Outlook } from '../outlook.ts';

/** What Electron's `powerMonitor` knows. */
export type PowerMonitor = {
  isOnBatteryPower(): boolean;
  getSystemIdleTime(): number;
  on(event: 'on-battery' | 'on-ac' | 'resume' | 'unlock-screen', listener: () => void): unknown;
};

export type DesktopTellerOptions = {
  power: PowerMonitor;
  tell: (facts: DesktopFacts) => Promise<unknown>;
  /** Calls again and again; returns its end. */
  every: (milliseconds: number, call: () => void) => () => void;
};

/** The agent believes it for two minutes. */
const TELL_MILLISECONDS = 30_000;

export class DesktopTeller {
  readonly #options: DesktopTellerOptions;
  #end: (() => void) | null = null;
  /** A desktop that cannot tell how long it was not used says 0, always. */
  #isIdleKnown = false;

  constructor(options: DesktopTellerOptions) {
    this.#options = options;
    const now = (): void => {
      if (this.#end !== null) this.#tell();
    };
    options.power.on('on-battery', now);
    options.power.on('on-ac', now);
    options.power.on('resume', now);
    options.power.on('unlock-screen', now);
  }

  setOutlook(outlook: Outlook): void {
    const wanted = outlook.phase === 'connected' && isShared(outlook.agent);
    if (wanted === (this.#end !== null)) return;
    if (!wanted) {
      this.close();
      return;
    }
    this.#end = this.#options.every(TELL_MILLISECONDS, () => this.#tell());
    this.#tell();
  }

  close(): void {
    this.#end?.();
    this.#end = null;
  }

  #tell(): void {
    const { power, tell } = this.#options;
    const idleSeconds = power.getSystemIdleTime();
    this.#isIdleKnown ||= idleSeconds > 0;
    const facts = {
      onBattery: power.isOnBatteryPower(),
      ...(this.#isIdleKnown ? { idleSeconds } : {}),
    };
    // An agent that does not answer is seen elsewhere, and asks for nothing.
    tell(facts).catch(() => undefined);
  }
}
