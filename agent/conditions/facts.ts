/** What is known of the host, for the rules. null: this computer does not tell; nothing is put in its place. */
import type { ConditionName } from '../api/contract-conditions.ts';

export type Battery = {
  onBattery: boolean;
  /** Charge; null: it does not say, or nonsense. */
  percent: number | null;
  /** false: there is none, so it is plugged in always. */
  present: boolean;
};

export type Facts = {
  battery: Battery | null;
  /** When keyboard or mouse were used last, in milliseconds of the wall clock. */
  activeAt: number | null;
  /** What other programs use of all processors, 0 to 100. */
  loadPercent: number | null;
  metered: boolean | null;
  celsius: number | null;
  freeBytes: number | null;
  fullscreen: boolean | null;
};

/** By whom each is told. */
export type Sources = Partial<Record<ConditionName, string>>;

export const UNKNOWN_FACTS: Facts = {
  battery: null,
  activeAt: null,
  loadPercent: null,
  metered: null,
  celsius: null,
  freeBytes: null,
  fullscreen: null,
};
