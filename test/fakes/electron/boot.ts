/**
 * Runs the application's entry point. `ready` comes only after it has been evaluated to its end, as in Electron: a
 * `await app.whenReady()` at the top of it waits for ever (electron/electron#40719).
 */
import path from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { app } from './app.ts';
import { startBrowser } from './browser.ts';

const [, , entry = ''] = process.argv;
// As the binary would say; it goes no further.
process.execPath = process.env['STAND_IN_PROGRAM'] ?? process.execPath;
delete process.env['STAND_IN_PROGRAM'];
// Electron's arguments are the program, then the application's entry.
process.argv.splice(1, 1);

await import(pathToFileURL(path.resolve(entry)).href);
await startBrowser();
app.becomeReady();
