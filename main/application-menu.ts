/**
 * The menu of the window: editing, size, what the application may tell, and whether it starts by itself. Hidden until Alt is pressed, but on macOS.
 */
import type { MenuItemConstructorOptions } from 'electron';
import type { LoginItem } from './login-item.ts';
import { NOTIFICATION_KINDS } from '../assets/notification-kinds.ts';
import type { NotificationKind, WantedNotifications } from '../agent/api/contract.ts';
import { text } from './words.ts';

export type MenuOptions = {
  platform: NodeJS.Platform;
  /** null as long as no agent says. */
  wanted: WantedNotifications | null;
  onWanted: (kind: NotificationKind, wanted: boolean) => void;
  /** null where the page has it, under Settings. */
  login: LoginItem | null;
  onQuit: () => void;
};

export function applicationMenu({
  platform,
  wanted,
  onWanted,
  login,
  onQuit,
}: MenuOptions): MenuItemConstructorOptions[] {
  return [
    platform === 'darwin'
      ? { role: 'appMenu' }
      : {
          // Where there is no tray, the window must be enough.
          label: text('shell.window.menu.application'),
          submenu: [{ role: 'close' }, { id: 'quit', label: text('shell.window.menu.quit'), click: onQuit }],
        },
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
      submenu: [{ role: 'resetZoom' }, { role: 'zoomIn' }, { role: 'zoomOut' }, { role: 'togglefullscreen' }],
    },
    ...(wanted === null ? [] : [notificationsMenu(wanted, onWanted)]),
    ...(login === null ? [] : [loginMenu(login)]),
  ];
}

function notificationsMenu(
  wanted: WantedNotifications,
  onWanted: MenuOptions['onWanted'],
): MenuItemConstructorOptions {
  return {
    label: text('shell.window.menu.notifications'),
    submenu: NOTIFICATION_KINDS.map((kind) => ({
      id: `notify-${kind}`,
      type: 'checkbox',
      label: text(`shell.notification.kind.${kind}`),
      checked: wanted[kind],
      click: ({ checked }) => onWanted(kind, checked),
    })),
  };
}

function loginMenu(login: LoginItem): MenuItemConstructorOptions {
  return {
    label: text('shell.window.menu.login'),
    submenu: [
      {
        id: 'start-at-login',
        type: 'checkbox',
        label: text('shell.window.menu.login.start'),
        checked: login.read(),
        click: ({ checked }) => login.write(checked),
      },
    ],
  };
}
