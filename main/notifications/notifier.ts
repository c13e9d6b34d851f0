/**
 * Shows notifications. What happens within a moment is told together, and what is undone within it is not told.
 */
import { Notification } from 'electron';
import type { Action } from '../action.ts';
import type { Outlook } from '../outlook.ts';
import type { WantedNotifications } from '../../agent/api/contract.ts';
import { notificationsFor, type NotificationView } from './notifications.ts';
import { watch, type Watched } from './watch.ts';

const MOMENT_MILLISECONDS = 1000;

export type NotifierOptions = {
  /** Whether a person sees the window. */
  windowShown: () => boolean;
  onAction: (action: Action) => void;
  /** Milliseconds of a clock that nobody sets. */
  now: () => number;
};

export class Notifier {
  readonly #options: NotifierOptions;
  /** Somebody may still click on them. */
  readonly #shown = new Set<Notification>();
  /** The state that everything was told of. */
  #told: Watched | null = null;
  #seen: Watched | null = null;
  #wanted: WantedNotifications | null = null;
  #waiting: NodeJS.Timeout | undefined;

  constructor(options: NotifierOptions) {
    this.#options = options;
  }

  setOutlook(outlook: Outlook): void {
    if (outlook.phase !== 'connected') return;
    this.#seen = watch(this.#seen, outlook.agent, this.#options.now());
    this.#wanted = outlook.agent.agent.notifications;
    this.#told ??= this.#seen;
    this.#waiting ??= setTimeout(() => this.#tell(), MOMENT_MILLISECONDS);
  }

  close(): void {
    clearTimeout(this.#waiting);
  }

  #tell(): void {
    this.#waiting = undefined;
    if (this.#seen === null || this.#wanted === null) return;
    const circumstances = { windowShown: this.#options.windowShown(), wanted: this.#wanted };
    const views = notificationsFor(this.#told, this.#seen, circumstances);
    this.#told = this.#seen;
    if (Notification.isSupported()) for (const view of views) this.#show(view);
  }

  #show({ title, body, open, action }: NotificationView): void {
    const actions = action === null ? [] : [{ type: 'button' as const, text: action.label }];
    const notification = new Notification({ title, body, actions });
    this.#shown.add(notification);
    const done = (): void => void this.#shown.delete(notification);
    notification.once('click', () => this.#options.onAction(open));
    notification.once('action', () => this.#options.onAction(action?.action ?? open));
    notification.once('close', done);
    notification.once('failed', done);
    notification.show();
  }
}
