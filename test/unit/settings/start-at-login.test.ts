import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, readdir, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rememberApplication } from '../../../agent/application/remembered.ts';
import { pathsOf } from '../../../agent/paths.ts';
import { StartAtLogin, type LoginSurroundings } from '../../../agent/settings/start-at-login.ts';

/** Everything that means something to a shell, a desktop entry or systemd. */
const AWKWARD = `it's "50 %" of $HOME\\n \`x\``;

let folder: string;
let home: string;
let surroundings: LoginSurroundings;
let runtime: { node: string; agent: string };

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'login-'));
  home = path.join(folder, AWKWARD);
  await mkdir(path.join(home, 'private'), { recursive: true });
  runtime = { node: path.join(home, 'node'), agent: path.join(home, 'agent.mjs') };
  surroundings = {
    isRoot: false,
    configFolder: path.join(folder, 'config'),
    sessionFolders: [path.join(folder, 'wayland-sessions'), path.join(folder, 'xsessions')],
    userManagerSocket: path.join(folder, 'run', 'systemd', 'private'),
    systemdFolder: path.join(folder, 'run', 'systemd', 'system'),
    systemUnitFolder: path.join(folder, 'etc'),
  };
});
afterEach(() => rm(folder, { recursive: true }));

const startAtLogin = (): StartAtLogin => new StartAtLogin(home, surroundings);

async function installDesktop(): Promise<void> {
  await mkdir(path.join(folder, 'xsessions'));
  await writeFile(path.join(folder, 'xsessions', 'some.desktop'), '');
}

async function runUserManager(): Promise<void> {
  await mkdir(path.dirname(surroundings.userManagerSocket), { recursive: true });
  await writeFile(surroundings.userManagerSocket, '');
}

async function files(below: string): Promise<string[]> {
  const entries = await readdir(below, { recursive: true, withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(below, path.join(entry.parentPath, entry.name)));
}

describe('on a desktop', () => {
  beforeEach(installDesktop);

  it('is an entry in the desktop’s own list, and off at first', async () => {
    expect(await startAtLogin().view()).toMatchObject({ supported: true, enabled: false });
    await startAtLogin().enable(runtime);
    expect(await startAtLogin().view()).toMatchObject({ supported: true, enabled: true });
    expect(await files(surroundings.configFolder)).toEqual([
      expect.stringMatching(/^autostart\/slapgrid-[0-9a-f]{12}\.desktop$/u),
    ]);
  });

  it('starts the agent on its data folder, whatever the folder is called', async () => {
    await writeFile(runtime.node, '#!/bin/sh\nprintf "%s|%s|%s\\n" "$SLAPGRID_HOME" "$2" "$(pwd)"\n');
    await chmod(runtime.node, 0o755);
    await startAtLogin().enable(runtime);
    const [name = ''] = await files(surroundings.configFolder);
    const entry = await readFile(path.join(surroundings.configFolder, name), 'utf8');
    const [program = '', ...words] = execWords(/^Exec=(.*)$/mu.exec(entry)?.[1] ?? '');
    expect(spawnSync(program, words, { cwd: folder }).status).toBe(0);
    expect(await readFile(path.join(home, 'private', 'agent.log'), 'utf8')).toBe(
      `${home}|${runtime.agent}|/\n`,
    );
  });

  it('starts the application that was opened last, hidden, while it is there', async () => {
    const application = path.join(folder, 'appl ication');
    await writeFile(application, `#!/bin/sh\nprintf '%s|' "$SLAPGRID_HOME" "$@" > '${folder}/told'\n`, {
      mode: 0o755,
    });
    await writeFile(runtime.node, '#!/bin/sh\necho alone\n', { mode: 0o755 });
    const command = JSON.stringify([application, '$HOME/main.mjs']);
    await rememberApplication(pathsOf(home), { SLAPGRID_APPLICATION: command });
    await startAtLogin().enable(runtime);
    const entry = async (): Promise<string[]> => {
      const [name = ''] = await files(surroundings.configFolder);
      const text = await readFile(path.join(surroundings.configFolder, name), 'utf8');
      return execWords(/^Exec=(.*)$/mu.exec(text)?.[1] ?? '');
    };
    const [program = '', ...words] = await entry();
    expect(spawnSync(program, words, { cwd: folder, env: {} }).status).toBe(0);
    expect(await readFile(path.join(folder, 'told'), 'utf8')).toBe(`${home}|$HOME/main.mjs|--hidden|`);
    // It is gone: the agent alone is started.
    await rm(application);
    expect(spawnSync(program, words, { cwd: folder, env: {} }).status).toBe(0);
    expect(await readFile(path.join(home, 'private', 'agent.log'), 'utf8')).toBe('alone\n');
    expect(await files(surroundings.configFolder)).toHaveLength(1);
  });

  it('goes away without a trace', async () => {
    await startAtLogin().enable(runtime);
    await startAtLogin().disable();
    await startAtLogin().disable();
    expect(await files(surroundings.configFolder)).toEqual([]);
    expect(await startAtLogin().view()).toMatchObject({ enabled: false });
  });

  it('follows the runtime that is installed, only where it is on', async () => {
    await startAtLogin().refresh(runtime);
    expect(await files(surroundings.configFolder)).toEqual([]);
    await startAtLogin().enable(runtime);
    await startAtLogin().refresh({ ...runtime, agent: '/newer/agent.mjs' });
    const [name = ''] = await files(surroundings.configFolder);
    const entry = await readFile(path.join(surroundings.configFolder, name), 'utf8');
    expect(entry).toContain('"/newer/agent.mjs"');
  });
});

describe('without a desktop', () => {
  it('is a unit of the user’s systemd, enabled as systemctl would', async () => {
    await runUserManager();
    await startAtLogin().enable(runtime);
    const [unit = '', link = ''] = (
      await files(path.join(surroundings.configFolder, 'systemd', 'user'))
    ).sort((one, other) => one.length - other.length);
    expect(unit).toMatch(/^slapgrid-[0-9a-f]{12}\.service$/u);
    expect(link).toBe(`default.target.wants/${unit}`);
    const user = path.join(surroundings.configFolder, 'systemd', 'user');
    expect(await readlink(path.join(user, link))).toBe(path.join(user, unit));
    const text = await readFile(path.join(user, unit), 'utf8');
    expect(text).toContain('KillMode=process');
    expect(text).toContain('50 %%');
    await startAtLogin().disable();
    expect(await files(user)).toEqual([]);
  });

  it('cannot be had where nobody starts anything', async () => {
    expect(await startAtLogin().view()).toEqual({
      supported: false,
      enabled: false,
      detail: expect.stringContaining('neither'),
    });
    await expect(startAtLogin().enable(runtime)).rejects.toMatchObject({
      code: 'start-at-login-unsupported',
    });
    expect(await files(folder)).toEqual([]);
  });

  it('can be turned off when the desktop that started it is gone', async () => {
    await installDesktop();
    await startAtLogin().enable(runtime);
    await rm(path.join(folder, 'xsessions'), { recursive: true });
    expect(await startAtLogin().view()).toMatchObject({ supported: false, enabled: true });
    await startAtLogin().disable();
    expect(await startAtLogin().view()).toMatchObject({ enabled: false });
  });
});

describe('for root', () => {
  beforeEach(() => {
    surroundings = { ...surroundings, isRoot: true };
  });

  it('is a unit of the system, where systemd runs it', async () => {
    await mkdir(surroundings.systemdFolder, { recursive: true });
    await startAtLogin().enable(runtime);
    const written = await files(surroundings.systemUnitFolder);
    expect(written).toHaveLength(2);
    expect(written).toContainEqual(expect.stringMatching(/^multi-user\.target\.wants\/slapgrid/u));
  });

  it('cannot be had without systemd, even on a desktop', async () => {
    await installDesktop();
    expect(await startAtLogin().view()).toMatchObject({
      supported: false,
      detail: expect.stringContaining('systemd'),
    });
  });
});

/** An `Exec` line as a desktop reads it: the escapes of a value, then quoted words, then field codes. */
function execWords(line: string): string[] {
  const value = line.replaceAll('\\\\', '\\');
  return [...value.matchAll(/"((?:[^"\\]|\\.)*)"/gu)].map(([, word = '']) =>
    word.replaceAll(/\\(.)/gu, '$1').replaceAll('%%', '%'),
  );
}
