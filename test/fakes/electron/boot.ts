/**
 * Runs the application's entry point. `ready` comes only after it has been evaluated to its end, as in Electron: a
 * `await app.whenReady()` at the top of it waits for ever (electron/electron#40719).
 */
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { app } from './app.ts';
import { startBrowser } from './browser.ts';
import { entry, isPackaged } from './entry.ts';

// As the binary would say; it goes no further.
process.execPath = process.env['STAND_IN_PROGRAM'] ?? process.execPath;
delete process.env['STAND_IN_PROGRAM'];

await import(pathToFileURL(entry).href);
// The binary has its Chromium inside. A package of the stand-in has none: it can be started without a window only.
if (isPackaged) quitBySignal();
else await startBrowser();
app.becomeReady();

/** For as long as it lives: what else listens (when-exit) sends the signal again. */
function quitBySignal(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => app.quit());
}
