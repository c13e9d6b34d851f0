/** The least that has an icon, a menu and a window: what ours is compared with. */
import path from 'node:path';
import { app, BrowserWindow, Menu, nativeImage, protocol, Tray } from 'electron';

const PAGE = '<!doctype html><title>bare</title><h1>Heading</h1>';
const ICON = path.resolve(import.meta.dirname, '../../../assets/icons/tray/tray-local-22-mono-on-any.png');

protocol.registerSchemesAsPrivileged([{ scheme: 'app', privileges: { standard: true, secure: true } }]);

function open() {
  const window = new BrowserWindow({ width: 1080, height: 720 });
  void window.loadURL('app://bare/');
}

void app.whenReady().then(() => {
  protocol.handle('app', () => new Response(PAGE, { headers: { 'content-type': 'text/html' } }));
  globalThis.tray = new Tray(nativeImage.createFromPath(ICON));
  globalThis.tray.setContextMenu(Menu.buildFromTemplate([{ label: 'Open Slapgrid', click: open }]));
});
