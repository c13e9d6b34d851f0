/**
 * The entry of the application. What must be said before Electron is ready is said here; nothing waits at the top, because
 * `ready` comes only when this file has been evaluated to its end (electron/electron#40719).
 */
import path from 'node:path';
import process from 'node:process';
import { app, dialog, protocol } from 'electron';
import { LINK_SCHEME, looksLikeLink } from './links/link.ts';
import { chooseOwnFolder, isHeld, remove } from './own-folder.ts';
import { PAGE_PRIVILEGES } from './page/scheme.ts';
import { startShell, type Shell } from './shell.ts';
import { passingFolder, userDataName } from './user-data.ts';
import { guardPages } from './window/guard.ts';
import { text } from './words.ts';

/** Read by the command that opened us (`agent/application/open.ts`). */
const READY = 'slapgrid-application: ready\n';

app.setName('Slapgrid');
const given = app.commandLine.getSwitchValue('user-data-dir');
/** Where the application's own settings are, whether anything can be written there or not. */
const settings =
  given === '' ? path.join(app.getPath('appData'), userDataName(process.env)) : path.resolve(given);
const passing = passingFolder(settings, process.env);
const ownFolder = chooseOwnFolder(settings, passing, process.platform);
try {
  app.setPath('userData', ownFolder);
} catch (error) {
  // It could not be made, and neither can the sign that there is an application: that is told below.
  console.error(error);
}
app.enableSandbox();
protocol.registerSchemesAsPrivileged([PAGE_PRIVILEGES]);

/** The folder that holds the agent's build, and the command that has it running. */
const program = app.isPackaged ? process.resourcesPath : path.dirname(import.meta.dirname);
const command = path.join(app.isPackaged ? program : path.dirname(program), 'slapgrid');

/** How this application is started again. An AppImage is mounted elsewhere each time; a clone is run by Electron. */
function ownCommand(): string[] {
  if (!app.isPackaged) return [process.execPath, import.meta.filename];
  return [process.env['APPIMAGE'] ?? process.execPath];
}

function linkIn(argv: readonly string[]): string | undefined {
  return argv.find(looksLikeLink);
}

async function start(): Promise<void> {
  if (app.isPackaged) app.setAsDefaultProtocolClient(LINK_SCHEME);
  const shell = await startShell({
    command,
    application: ownCommand(),
    page: path.join(program, 'agent', 'page'),
    icons: path.join(import.meta.dirname, 'icons'),
    settings,
    hidden: process.argv.includes('--hidden'),
  });
  app.on('second-instance', (_event, argv) => answerSecond(shell, argv));
  app.on('activate', () => shell.show());
  // macOS hands links over this way.
  app.on('open-url', (event, link) => {
    event.preventDefault();
    shell.openLink(link);
  });
  const link = linkIn(process.argv);
  if (link !== undefined) shell.openLink(link);
  process.stdout.write(READY);
}

function answerSecond(shell: Shell, argv: readonly string[]): void {
  const link = linkIn(argv);
  if (link !== undefined) shell.openLink(link);
  else if (!argv.includes('--hidden')) shell.show();
}

/** There is no other application, and none can be: a person who waits for a window must not wait in vain. */
async function tellFolder(): Promise<void> {
  const message = text('shell.folder.unusable', { folder: ownFolder });
  console.error(message);
  await dialog.showMessageBox({ type: 'error', message, detail: text('shell.folder.unusable.next') });
  app.exit(1);
}

if (app.requestSingleInstanceLock()) {
  guardPages(app);
  // What stood in for a folder is of no use to the next one.
  if (ownFolder === passing) process.once('exit', () => remove(passing));
  // The tray stays.
  app.on('window-all-closed', () => {});
  app
    .whenReady()
    .then(start)
    .catch((error: unknown) => {
      console.error(error);
      app.exit(1);
    });
} else if (isHeld(ownFolder) || process.platform === 'win32') {
  app.quit();
} else {
  void app.whenReady().then(tellFolder);
}
