import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openInBrowser, redirectPage } from '../../../agent/setup/browser.ts';

const LINK = 'http://127.0.0.1:1234/#token=se"cr<e>t&x';
let home: string;

beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'slapgrid-browser-'));
  await mkdir(path.join(home, 'private'), { mode: 0o700 });
  // In the place of the desktop's own: keeps its arguments and what it was given to open.
  const opener = path.join(home, 'xdg-open');
  await writeFile(opener, `#!/bin/sh\necho "$@" > ${home}/arguments\ncp "$1" ${home}/opened\n`);
  await chmod(opener, 0o755);
});

afterEach(async () => {
  await rm(home, { recursive: true });
});

const redirects = async (): Promise<string[]> =>
  (await readdir(path.join(home, 'private'))).filter((name) => name.startsWith('open-'));

describe('opening the page', () => {
  test('hands the browser a private file that leads there, and the token to nobody’s arguments', async () => {
    await openInBrowser(home, LINK, {
      environment: { DISPLAY: ':0', PATH: `${home}:/usr/bin:/bin` },
      now: Date.now,
    });
    const argument = (await readFile(path.join(home, 'arguments'), 'utf8')).trim();
    expect(argument).toMatch(new RegExp(`^${home}/private/open-[\\w-]+\\.html$`));
    expect((await stat(argument)).mode & 0o777).toBe(0o600);
    expect(await readFile(path.join(home, 'opened'), 'utf8')).toBe(redirectPage(LINK));
  });

  test('removes the files of links that work no more', async () => {
    const old = path.join(home, 'private', 'open-old.html');
    await writeFile(old, '');
    const earlier = new Date(Date.now() - 120_000);
    await utimes(old, earlier, earlier);
    await openInBrowser(home, LINK, {
      environment: { DISPLAY: ':0', PATH: `${home}:/usr/bin:/bin` },
      now: Date.now,
    });
    expect(await redirects()).toHaveLength(1);
    expect(await redirects()).not.toContain('open-old.html');
  });

  test('without a desktop is refused before anything is written', async () => {
    const opening = openInBrowser(home, LINK, {
      environment: { PATH: `${home}:/usr/bin:/bin` },
      now: Date.now,
    });
    await expect(opening).rejects.toMatchObject({ code: 'no-display' });
    expect(await redirects()).toEqual([]);
  });

  test('that fails leaves no file', async () => {
    await writeFile(path.join(home, 'xdg-open'), '#!/bin/sh\nexit 3\n');
    const opening = openInBrowser(home, LINK, {
      environment: { WAYLAND_DISPLAY: 'wayland-0', PATH: `${home}:/usr/bin:/bin` },
      now: Date.now,
    });
    await expect(opening).rejects.toMatchObject({ code: 'no-browser' });
    expect(await redirects()).toEqual([]);
  });

  test('keeps a link from breaking out of the page', () => {
    expect(redirectPage(LINK)).not.toContain('se"cr<e>t');
  });
});
