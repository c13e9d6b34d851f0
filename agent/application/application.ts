/**
 * Whether `start` can open the application, and why not. Everything the application shows, the page in a browser shows as well.
 */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Dialogue } from '../setup/dialogue.ts';
import { text } from '../messages.ts';
import type { Paths } from '../paths.ts';
import { findElectron, type ElectronPackage } from './electron.ts';
import { downloadElectron, failedDownload } from './electron-download.ts';
import { openApplication } from './open.ts';
import { rememberedApplication } from './remembered.ts';

export type ApplicationOptions = {
  /** The build this command belongs to; the application is beside it. */
  program: string;
  environment: NodeJS.ProcessEnv;
  platform: NodeJS.Platform;
  /** Electron does not run as root with its sandbox, and without it we do not run it. */
  root: boolean;
  dialogue: Dialogue;
  /** Aborts at Ctrl-C. */
  interruption: () => AbortSignal;
  now: () => number;
};

type Found = { command: readonly string[] } | { refusal: string };

/** @returns null when the application is open; else a sentence that says why it is not. */
export async function startApplication(paths: Paths, options: ApplicationOptions): Promise<string | null> {
  const { environment, platform, root } = options;
  if (!hasDisplay(environment, platform)) return text('cli.application.no-display');
  if (root) return text('cli.application.root');
  const found = await findApplication(paths, options);
  if ('refusal' in found) return found.refusal;
  const lastWords = await openApplication(paths, found.command, environment);
  return lastWords === null ? null : text('cli.application.broken', { said: lastWords });
}

/** Elsewhere than on X11 and Wayland whoever runs a program has a desktop. */
function hasDisplay(environment: NodeJS.ProcessEnv, platform: NodeJS.Platform): boolean {
  if (platform === 'darwin' || platform === 'win32') return true;
  return Boolean(environment['DISPLAY']) || Boolean(environment['WAYLAND_DISPLAY']);
}

/** What this clone or this package brings; else the application that was opened last. */
async function findApplication(paths: Paths, options: ApplicationOptions): Promise<Found> {
  const { program, environment, platform } = options;
  // A package for Linux has its resources, which this command belongs to, beside the program (`electron-builder.yml`).
  const packaged = path.join(path.dirname(program), 'slapgrid-desktop');
  if (await isFile(packaged)) return { command: [packaged] };
  const entry = path.join(program, 'main', 'main.mjs');
  const electron = await findElectron(path.dirname(program), environment, platform);
  if (electron.state === 'none' || !(await isFile(entry))) {
    const command = await rememberedApplication(paths);
    return command === null ? { refusal: text('cli.application.none') } : { command };
  }
  switch (electron.state) {
    case 'here':
      return { command: [electron.program, entry] };
    case 'given-missing':
      return { refusal: text('cli.application.given-missing', { program: electron.program }) };
    default: {
      const downloaded = await download(paths, electron.electron, options);
      return typeof downloaded === 'string' ? { command: [downloaded, entry] } : downloaded;
    }
  }
}

/** @returns the program, or why there is none. */
async function download(
  paths: Paths,
  electron: ElectronPackage,
  { environment, dialogue, interruption, now }: ApplicationOptions,
): Promise<string | { refusal: string }> {
  const parameters = { installer: path.join(electron.folder, 'install.js') };
  if (environment['ELECTRON_SKIP_BINARY_DOWNLOAD']) return { refusal: text('cli.application.skipped') };
  const failed = await failedDownload(paths, electron, now());
  if (failed !== null) {
    const { detail } = failed;
    const at = new Date(failed.at);
    return {
      refusal: text('cli.application.failed-before', {
        ...parameters,
        detail: detail || text('cli.application.given-up'),
        at,
      }),
    };
  }
  dialogue.note(text('cli.application.downloading', { version: electron.version }));
  const result = await downloadElectron(paths, electron, {
    environment,
    signal: interruption(),
    onProgress: (bytes) => {
      const megabytes = Math.round(bytes / 1_000_000);
      if (dialogue.interactive) dialogue.draw(text('cli.application.progress', { megabytes }));
    },
    now,
  });
  dialogue.settle();
  switch (result.outcome) {
    case 'done':
      return result.program;
    case 'cancelled':
      return { refusal: text('cli.application.cancelled', parameters) };
    default:
      return { refusal: text('cli.application.failed', { ...parameters, detail: result.detail }) };
  }
}

async function isFile(file: string): Promise<boolean> {
  return stat(file).then(
    (status) => status.isFile(),
    () => false,
  );
}
