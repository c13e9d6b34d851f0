/**
 * A stand-in for Electron's main process: plain Node in front of a real Chromium, for tests where there is no Electron binary.
 *
 * Typed against `electron.d.ts`. What it offers behaves as Electron documents it; what it does not offer is not there.
 * `docs/decisions/0020-stand-in-for-electron.md` says what it cannot show.
 */
export { app } from './app.ts';
export {
  clipboard,
  dialog,
  ipcMain,
  nativeTheme,
  Notification,
  powerMonitor,
  screen,
  shell,
} from './desktop.ts';
export { Menu, MenuItem } from './menu.ts';
export { nativeImage } from './native-image.ts';
export { protocol } from './protocol.ts';
export { session } from './session.ts';
export { Tray } from './tray.ts';
export { BrowserWindow, webContents } from './window.ts';
