import type { NotificationKind, WantedNotifications } from '../../agent/api/contract.ts';

/** What a person may be told; each can be turned off. In the order of menus. */
export const NOTIFICATION_KINDS = [
  'ready',
  'failed',
  'dying',
  'problem',
  'master',
  'update',
] as const satisfies readonly NotificationKind[];
export type { NotificationKind };
export type WantedKinds = Readonly<WantedNotifications>;
