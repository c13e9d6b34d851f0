/** What is nowhere in the application: each of these would weaken what keeps the page a page (`docs/security.md`). */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { PAGE_PRIVILEGES } from '../../../main/page/scheme.ts';

const folder = path.resolve(import.meta.dirname, '../../../main');
const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ name, text: readFileSync(path.join(folder, name), 'utf8') }));

const filesWith = (pattern: RegExp): string[] =>
  sources.filter(({ text }) => pattern.test(text)).map(({ name }) => name);

describe('the application', () => {
  it.each([
    ['loads anything but its own scheme', /loadFile\(|loadURL\((?!`\$\{PAGE_ORIGIN\}\/)/u],
    ['gives a page Node', /nodeIntegration(InWorker|InSubFrames)?: true/u],
    ['takes the isolation away', /contextIsolation: false|sandbox: false|no-sandbox/u],
    ['switches the web’s own rules off', /webSecurity|allowRunningInsecureContent|disable-web-security/u],
    ['switches experiments on', /experimentalFeatures|enableBlinkFeatures|enable-features/u],
    ['allows a page to embed another', /webviewTag|allowpopups/u],
    ['hands anything of Electron to a page', /preload|contextBridge|ipcMain|ipcRenderer/u],
    ['serves files of the computer', /file:\/\/|interceptFileProtocol|registerFileProtocol/u],
    ['takes a certificate that is not good', /certificate-error|ignore-certificate-errors/u],
    ['opens a debugger', /remote-debugging|openDevTools|inspect/u],
  ])('never %s', (_what, pattern) => {
    expect(filesWith(pattern)).toEqual([]);
  });

  it('hands addresses to the system in one place, which checks them', () => {
    expect(filesWith(/openExternal\(/u)).toEqual(['window/guard.ts']);
  });

  it('makes windows in one place', () => {
    expect(filesWith(/new (BrowserWindow|WebContentsView|BaseWindow)\(/u)).toEqual(['window/window.ts']);
  });

  it('exempts its scheme from no rule', () => {
    expect(PAGE_PRIVILEGES.privileges).not.toMatchObject({ bypassCSP: true });
    expect(PAGE_PRIVILEGES.privileges).not.toMatchObject({ corsEnabled: true });
  });
});
