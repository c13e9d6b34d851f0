import electron, { app, BrowserWindow, protocol } from 'electron';

if (electron.app !== app) throw new Error('two of them');
protocol.registerSchemesAsPrivileged([{ scheme: 'app', privileges: { standard: true, secure: true } }]);
globalThis.cancelled = 0;

/** A body without an end, a line at a time, for as long as somebody reads it. */
function endless() {
  return new ReadableStream({
    pull: (controller) =>
      new Promise((resolve) => {
        setTimeout(resolve, 20);
      }).then(() => controller.enqueue(new TextEncoder().encode('line\n'))),
    cancel: () => {
      globalThis.cancelled += 1;
    },
  });
}

void app.whenReady().then(() => {
  protocol.handle('app', async (request) => {
    const { pathname } = new URL(request.url);
    if (pathname === '/endless') return new Response(endless());
    if (pathname === '/echo') {
      return new Response(`${request.method} ${request.headers.get('origin')} ${await request.text()}`);
    }
    return new Response('<!doctype html><title>A page</title>', { headers: { 'content-type': 'text/html' } });
  });
  const window = new BrowserWindow({ width: 600, height: 400 });
  return window.loadURL('app://slapgrid/');
});
