/**
 * Loaded before the application (`-r`), in the stand-in and in the real binary alike: remembers what the application asks of the
 * desktop, and answers dialogs. It knows Electron's documented interface only.
 */
const { dialog, Menu, Notification, shell, Tray } = require('electron');

const seen = {
  /** The tray's, newest values. */
  tray: { menu: null, tooltip: '', renders: 0, destroyed: false },
  notifications: [],
  opened: [],
  dialogs: [],
  /** Index of the button for the next dialogs; none: the one that cancels. */
  answers: [],
  /** Dialogs stay open until it resolves. */
  open: Promise.resolve(),
};
globalThis.seen = seen;

function remember(prototype, method, note) {
  const original = prototype[method];
  prototype[method] = function remembered(...given) {
    note(this, ...given);
    return original.apply(this, given);
  };
}

remember(Tray.prototype, 'setContextMenu', (_tray, menu) => {
  seen.tray.menu = menu;
  seen.tray.renders += 1;
});
remember(Tray.prototype, 'setToolTip', (_tray, tooltip) => {
  seen.tray.tooltip = tooltip;
});
remember(Tray.prototype, 'destroy', () => {
  seen.tray.destroyed = true;
});
remember(Notification.prototype, 'show', (notification) => {
  seen.notifications.push(notification);
});
remember(Menu, 'setApplicationMenu', (_menu, menu) => {
  seen.applicationMenu = menu;
});

shell.openExternal = async (url) => {
  seen.opened.push(url);
};
dialog.showMessageBox = async (...given) => {
  const options = given.at(-1);
  seen.dialogs.push({ message: options.message, detail: options.detail ?? '', buttons: options.buttons });
  await seen.open;
  return { response: seen.answers.shift() ?? options.cancelId ?? 0, checkboxChecked: false };
};
