/**
 * The menu of the window: editing, size, and what the application may tell. Hidden until Alt is pressed, but on macOS.
 */
import type { MenuItemConstructorOptions } from 'electron';
import { NOTIFICATION_KINDS, type NotificationKind } from './notifications/notifications.ts';
import { text } from './words.ts';

export type MenuOptions = {
  platform: NodeJS.Platform;
  wanted: Readonly<Record<NotificationKind, boolean>>;
  onWanted: (kind: NotificationKind, wanted: boolean) => void;
};

export function applicationMenu({ platform, wanted, onWanted }: MenuOptions): MenuItemConstructorOptions[] {
  return [
    ...(platform === 'darwin' ? [{ role: 'appMenu' as const }] : []),
    {
      label: text('shell.window.menu.edit'),
      submenu: [
        { role: 'undo' },
        { role: 'redo' },
        { role: 'cut' },
        { role: 'copy' },
        { role: 'paste' },
        { role: 'selectAll' },
      ],
    },
    {
      label: text('shell.window.menu.view'),
      submenu: [
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { role: 'togglefullscreen' },
        { role: 'close' },
      ],
    },
    {
      label: text('shell.window.menu.notifications'),
      submenu: NOTIFICATION_KINDS.map((kind) => ({
        id: `notify-${kind}`,
        type: 'checkbox',
        label: text(`shell.notification.kind.${kind}`),
        checked: wanted[kind],
        click: ({ checked }) => onWanted(kind, checked),
      })),
    },
  ];
}
