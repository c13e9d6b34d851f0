/**
 * What a menu, a notification or a dialog may ask for: data, so that what is offered can be tested without doing it.
 */
import type { PauseInput } from '../agent/api/contract-conditions.ts';
import type { Mode } from '../agent/api/contract.ts';
import type { NotificationKind } from '../agent/api/contract.ts';

export type Action =
  /** Shows the window, at a screen of the page (`#/partitions`); without one, as it was. */
  | { do: 'open'; screen?: string }
  | { do: 'copy'; text: string }
  | { do: 'start'; name: string }
  | { do: 'stop'; name: string }
  /** Tries again what failed. */
  | { do: 'bang'; name: string }
  | { do: 'mode'; mode: Mode }
  | { do: 'pause'; for: PauseInput['for'] }
  /** Lets end what is hosted, and accepts nothing new. */
  | { do: 'finish' }
  /** @property forMinutes whatever the conditions say; null: as they allow. */
  | { do: 'resume'; forMinutes: number | null }
  /** Asks a master now. */
  | { do: 'ask'; master: string }
  /** Shows the form that joins a master, filled in from a link. */
  | { do: 'join'; link: string }
  /** Turns a kind of notification on or off. */
  | { do: 'notify'; kind: NotificationKind; wanted: boolean }
  /** Keeps the application's own settings, which the disk did not take before. */
  | { do: 'keep-settings' }
  /** Has the agent running, and follows it. */
  | { do: 'reconnect' }
  | { do: 'quit' };

/** The screen of a partition. */
export function partitionScreen(partition: string): string {
  return `#/partition/${encodeURIComponent(partition)}`;
}
