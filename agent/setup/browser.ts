/**
 * Opens the page in the person's browser without the token of the link in any argument: the browser is given a private file
 * that leads there.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { writeAtomically } from '../disk.ts';
import { SlapgridError } from '../errors.ts';
import { text } from '../messages.ts';
import { pathsOf } from '../paths.ts';
import { findProgram } from './system-packages.ts';

const PREFIX = 'open-';
/** A link works for a minute; a file that leads there is of no use afterwards. */
const USEFUL_MILLISECONDS = 60_000;

/**
 * @throws SlapgridError `no-display` where no desktop is running, `no-browser` where nothing opens files.
 */
export async function openInBrowser(
  home: string,
  url: string,
  options: { environment: NodeJS.ProcessEnv; now: () => number },
): Promise<void> {
  const { environment } = options;
  if (!environment['DISPLAY'] && !environment['WAYLAND_DISPLAY']) throw new SlapgridError('no-display');
  const opener = await findProgram('xdg-open', environment['PATH']);
  if (opener === undefined) throw new SlapgridError('no-browser');
  const folder = pathsOf(home).private;
  await removeOldRedirects(folder, options.now);
  const file = path.join(folder, `${PREFIX}${randomBytes(9).toString('base64url')}.html`);
  await writeAtomically(file, redirectPage(url), { mode: 0o600 });
  const status = await run(opener, file, environment);
  if (status !== 0) {
    await rm(file, { force: true });
    throw new SlapgridError('no-browser');
  }
}

/** Removes the files of links that work no more. */
export async function removeOldRedirects(folder: string, now: () => number): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith(PREFIX) || !name.endsWith('.html')) continue;
    const file = path.join(folder, name);
    if (now() - (await stat(file)).mtimeMs > USEFUL_MILLISECONDS) await rm(file, { force: true });
  }
}

/** A page that leads to `url` at once, and tells it to nobody. */
export function redirectPage(url: string): string {
  const escaped = url
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
  return [
    '<!doctype html>',
    '<meta charset="utf-8">',
    '<meta name="referrer" content="no-referrer">',
    `<meta http-equiv="refresh" content="0; url=${escaped}">`,
    '<title>Slapgrid</title>',
    `<p><a href="${escaped}">${text('setup.redirect')}</a></p>`,
    '',
  ].join('\n');
}

function run(program: string, file: string, environment: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [file], {
      cwd: process.cwd(),
      env: environment,
      stdio: 'ignore',
      detached: true,
    });
    child.once('error', reject);
    child.once('exit', (status) => resolve(status ?? 1));
  });
}
