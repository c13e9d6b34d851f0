/**
 * What the application may tell a person who does not look at it (`docs/notifications.md`), in the order of menus. Here, because the
 * agent, the page and the application may all import it.
 */
export const NOTIFICATION_KINDS = ['ready', 'failed', 'dying', 'problem', 'master', 'update'] as const;
