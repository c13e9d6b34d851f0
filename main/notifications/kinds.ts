/** What a person may be told; each can be turned off. */
export const NOTIFICATION_KINDS = ['ready', 'failed', 'dying', 'problem', 'master', 'update'] as const;
export type NotificationKind = (typeof NOTIFICATION_KINDS)[number];
export type WantedKinds = Readonly<Record<NotificationKind, boolean>>;
