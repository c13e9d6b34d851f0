import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startApplication, type ApplicationOptions } from '../../../agent/application/application.ts';
import { rememberApplication } from '../../../agent/application/remembered.ts';
import { pathsOf, type Paths } from '../../../agent/paths.ts';

let folder: string;
let paths: Paths;
let said: string[];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'slapgrid-application-'));
  paths = pathsOf(path.join(folder, 'home'));
  await mkdir(paths.private, { recursive: true });
  await mkdir(path.join(folder, 'dist', 'main'), { recursive: true });
  await writeFile(path.join(folder, 'dist', 'main', 'main.mjs'), '');
  said = [];
});
afterEach(() => rm(folder, { recursive: true }));

function start(
  environment: NodeJS.ProcessEnv,
  more: Partial<ApplicationOptions> = {},
): Promise<string | null> {
  return startApplication(paths, {
    program: path.join(folder, 'dist'),
    environment: { PATH: process.env['PATH'], ...environment },
    platform: 'linux',
    root: false,
    dialogue: {
      interactive: false,
      note: (line) => void said.push(line),
      draw: () => undefined,
      settle: () => undefined,
      ask: async () => null,
    },
    interruption: () => new AbortController().signal,
    now: Date.now,
    ...more,
  });
}

/** A folder with a program that stands in Electron's place. */
async function electronThat(script: string): Promise<NodeJS.ProcessEnv> {
  const program = path.join(folder, 'electron');
  await writeFile(program, `#!/bin/sh\n${script}\n`);
  await chmod(program, 0o755);
  return { DISPLAY: ':7', ELECTRON_OVERRIDE_DIST_PATH: folder };
}

const READY = 'slapgrid-application: ready';

describe('the application', () => {
  it('that was given is opened with its entry, and stays', async () => {
    const script = `echo "$*" > '${folder}/told'; echo '${READY}'; echo $$ > '${folder}/pid'; exec sleep 60`;
    expect(await start(await electronThat(script))).toBeNull();
    expect(await readFile(path.join(folder, 'told'), 'utf8')).toBe(`${folder}/dist/main/main.mjs\n`);
    await expect.poll(() => readFile(path.join(folder, 'pid'), 'utf8').catch(() => '')).toMatch(/\n/u);
    const pid = Number(await readFile(path.join(folder, 'pid'), 'utf8'));
    process.kill(pid, 'SIGKILL');
  });

  it('that is open already is shown by a second one, which leaves', async () => {
    expect(await start(await electronThat('exit 0'))).toBeNull();
  });

  it('that breaks is told with its last words', async () => {
    const environment = await electronThat(`echo 'some noise' >&2; echo 'No usable sandbox!' >&2; exit 133`);
    expect(await start(environment)).toBe(
      'Slapgrid’s own window could not be opened (No usable sandbox!): its page works in any browser.',
    );
  });

  it('that cannot be run is told', async () => {
    const environment = await electronThat('');
    await writeFile(path.join(folder, 'electron'), 'no program at all');
    expect(await start(environment)).toContain('could not be opened');
  });

  it('that this command was packaged with is opened as it is', async () => {
    await electronThat(`echo "$*" > '${folder}/told'; echo '${READY}'; exit 0`);
    await rename(path.join(folder, 'electron'), path.join(folder, 'slapgrid-desktop'));
    await rm(path.join(folder, 'dist', 'main'), { recursive: true });
    expect(await start({ DISPLAY: ':7' })).toBeNull();
    expect(await readFile(path.join(folder, 'told'), 'utf8')).toBe('\n');
  });

  it('is the one that was opened last, where this installation brings none', async () => {
    await electronThat(`echo "$*" > '${folder}/told'; echo '${READY}'; exit 0`);
    const command = [path.join(folder, 'electron'), '--some', 'words'];
    await rememberApplication(paths, { SLAPGRID_APPLICATION: JSON.stringify(command) });
    expect(await start({ DISPLAY: ':7' })).toBeNull();
    expect(await readFile(path.join(folder, 'told'), 'utf8')).toBe('--some words\n');
    await rm(path.join(folder, 'electron'));
    expect(await start({ DISPLAY: ':7' })).toContain('not part of this installation');
  });
});

describe('one sentence says why there is no window', () => {
  it.each([
    ['no display', {}, {}, 'There is no display here'],
    ['root', { DISPLAY: ':7' }, { root: true }, 'no window of its own for root'],
    ['no Electron', { WAYLAND_DISPLAY: 'wayland-0' }, {}, 'Electron is not part of this installation'],
    ['no Electron, on macOS', {}, { platform: 'darwin' }, 'Electron is not part of this installation'],
    [
      'a wrong place',
      { DISPLAY: ':7', ELECTRON_OVERRIDE_DIST_PATH: '/nowhere' },
      {},
      'leads to /nowhere/electron, which is no program',
    ],
  ] as const)('(%s)', async (_why, environment, more, sentence) => {
    const refusal = await start(environment, more);
    expect(refusal).toContain(sentence);
    expect(refusal).toContain('its page works in any browser');
    expect(said).toEqual([]);
  });
});

describe('Electron', () => {
  /** The npm package, with an installer of our own. */
  async function packageThat(installs: string): Promise<void> {
    const electron = path.join(folder, 'node_modules', 'electron');
    await mkdir(electron, { recursive: true });
    await writeFile(path.join(electron, 'package.json'), '{"version":"45.0.0","type":"commonjs"}');
    await writeFile(path.join(electron, 'install.js'), installs);
  }

  it('that is not here is downloaded, which is said', async () => {
    await packageThat(`
      const fs = require('node:fs');
      fs.mkdirSync('dist');
      fs.writeFileSync('dist/version', '45.0.0');
      fs.writeFileSync('dist/electron', '#!/bin/sh\\necho "${READY}"\\n', { mode: 0o755 });
      fs.writeFileSync('path.txt', 'electron');
    `);
    expect(await start({ DISPLAY: ':7' })).toBeNull();
    expect(said).toEqual([expect.stringContaining('Downloading Electron 45.0.0')]);
    expect(await start({ DISPLAY: ':7' })).toBeNull();
    expect(said).toHaveLength(1);
  });

  it('that cannot be downloaded is said at each start, and tried again after a day', async () => {
    await packageThat(`
      require('node:fs').appendFileSync('tried', 'x');
      console.error('HTTPError: Response code 404\\n    at somewhere');
      process.exit(1);
    `);
    const tried = path.join(folder, 'node_modules', 'electron', 'tried');
    let now = Date.parse('2026-11-22T14:00:00Z');
    const startThen = (): Promise<string | null> => start({ DISPLAY: ':7' }, { now: () => now });
    expect(await startThen()).toContain('could not be downloaded (HTTPError: Response code 404)');
    now += 3_600_000;
    const again = await startThen();
    expect(again).toContain('on Nov 22, 2026');
    expect(again).toContain(`node ${folder}/node_modules/electron/install.js`);
    expect(await readFile(tried, 'utf8')).toBe('x');
    now += 24 * 3_600_000;
    await startThen();
    expect(await readFile(tried, 'utf8')).toBe('xx');
  });

  it('is not downloaded where its own variable forbids it', async () => {
    await packageThat('');
    expect(await start({ DISPLAY: ':7', ELECTRON_SKIP_BINARY_DOWNLOAD: '1' })).toContain(
      'ELECTRON_SKIP_BINARY_DOWNLOAD is set',
    );
  });

  it('whose download is given up is done without', async () => {
    await packageThat(`setInterval(() => {}, 1000)`);
    const given = AbortSignal.timeout(50);
    expect(await start({ DISPLAY: ':7' }, { interruption: () => given })).toContain('was given up');
    expect(await start({ DISPLAY: ':7' })).toContain('(given up)');
  });
});
