/**
 * Whether Slapgrid starts by itself when its user signs in, or with the computer when it is root's. Which way depends on what there
 * is: an entry in the desktop's own list of autostarted programs, where its user finds it again, which starts the application that
 * was opened last; without a desktop a unit of the user's systemd; for root a unit of the system's. Enabling is writing a file (and a link, as `systemctl enable` does): no
 * program is run, and the next login finds it.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rm, symlink } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import type { StartAtLogin as View } from '../api/contract.ts';
import { diskError, writeAtomically } from '../disk.ts';
import { SlapgridError, systemErrorCode } from '../errors.ts';
import { text } from '../messages.ts';
import { defaultHome, pathsOf } from '../paths.ts';
import { serviceName } from '../service/name.ts';
import { serviceUnit, type AgentCommand } from '../service/unit.ts';
import { rememberedApplication } from '../application/remembered.ts';
import { desktopEntry, type LoginApplication } from './login-entry.ts';

/** What is looked at to choose the way. */
export type LoginSurroundings = {
  isRoot: boolean;
  /** `$XDG_CONFIG_HOME`, or `~/.config`. */
  configFolder: string;
  /** Where desktops say that they are installed; one entry is enough. */
  sessionFolders: readonly string[];
  /** The private socket of the user's systemd; it is there while that runs. */
  userManagerSocket: string;
  /** Is there when systemd is this computer's init (sd_booted(3)). */
  systemdFolder: string;
  /** Units of the system that are its administrator's. */
  systemUnitFolder: string;
};

export function loginSurroundings(environment: NodeJS.ProcessEnv = process.env): LoginSurroundings {
  const absolute = (name: string): string | undefined => {
    const value = environment[name];
    return value !== undefined && path.isAbsolute(value) ? value : undefined;
  };
  const uid = process.getuid?.() ?? 0;
  return {
    isRoot: uid === 0,
    configFolder: absolute('XDG_CONFIG_HOME') ?? path.join(homedir(), '.config'),
    sessionFolders: ['/usr/share/wayland-sessions', '/usr/share/xsessions'],
    userManagerSocket: path.join(absolute('XDG_RUNTIME_DIR') ?? `/run/user/${uid}`, 'systemd', 'private'),
    systemdFolder: '/run/systemd/system',
    systemUnitFolder: '/etc/systemd/system',
  };
}

type Way = 'desktop' | 'user-unit' | 'system-unit' | 'none-root' | 'none';

/** A file that has the agent started, and the link that enables it where the file alone does not. */
type Entry = {
  file: string;
  link: string | null;
  content: (command: AgentCommand, application: LoginApplication | null) => string;
};

export class StartAtLogin {
  readonly #home: string;
  readonly #surroundings: LoginSurroundings;

  constructor(home: string, surroundings: LoginSurroundings = loginSurroundings()) {
    this.#home = home;
    this.#surroundings = surroundings;
  }

  async view(): Promise<View> {
    const way = await this.#way();
    return {
      supported: this.#entry(way) !== null,
      enabled: this.#entries().some((entry) => isEnabled(entry)),
      detail: text(`settings.login.${way}`),
    };
  }

  /**
   * @param runtime what is to be started.
   * @throws SlapgridError `start-at-login-unsupported`, `disk-full`, `read-only`.
   */
  async enable(runtime: Pick<AgentCommand, 'node' | 'agent'>): Promise<void> {
    const way = await this.#way();
    const entry = this.#entry(way);
    if (entry === null)
      throw new SlapgridError('start-at-login-unsupported', { detail: text(`settings.login.${way}`) });
    await this.#write(entry, runtime);
    try {
      if (entry.link !== null) await linkTo(entry.file, entry.link);
    } catch (error) {
      throw diskError(error, entry.link ?? entry.file);
    }
  }

  /** Removes whatever way had been chosen. Idempotent. */
  async disable(): Promise<void> {
    for (const { file, link } of this.#entries()) {
      for (const each of [link, file]) {
        if (each === null) continue;
        await rm(each, { force: true }).catch((error: unknown) => {
          // Where nothing can be is nothing to be removed.
          if (systemErrorCode(error) !== 'ENOTDIR') throw diskError(error, each);
        });
      }
    }
  }

  /** Where it is enabled, has it start this runtime: an older one may be gone tomorrow. */
  async refresh(runtime: Pick<AgentCommand, 'node' | 'agent'>): Promise<void> {
    for (const entry of this.#entries()) if (isEnabled(entry)) await this.#write(entry, runtime);
  }

  async #write(entry: Entry, runtime: Pick<AgentCommand, 'node' | 'agent'>): Promise<void> {
    const paths = pathsOf(this.#home);
    const command = await rememberedApplication(paths);
    const application = command === null ? null : { command, ownHome: this.#home !== defaultHome({}) };
    const content = entry.content({ ...runtime, home: this.#home, log: paths.agentLog }, application);
    if ((await readFile(entry.file, 'utf8').catch(() => '')) === content) return;
    try {
      await mkdir(path.dirname(entry.file), { recursive: true, mode: 0o755 });
    } catch (error) {
      throw diskError(error, entry.file);
    }
    await writeAtomically(entry.file, content, { mode: 0o644 });
  }

  async #way(): Promise<Way> {
    const { isRoot, systemdFolder, sessionFolders, userManagerSocket } = this.#surroundings;
    if (isRoot) return existsSync(systemdFolder) ? 'system-unit' : 'none-root';
    for (const folder of sessionFolders) {
      const names = await readdir(folder).catch(() => []);
      if (names.some((name) => name.endsWith('.desktop'))) return 'desktop';
    }
    return existsSync(userManagerSocket) ? 'user-unit' : 'none';
  }

  #entry(way: Way): Entry | null {
    const { configFolder, systemUnitFolder } = this.#surroundings;
    const name = serviceName(this.#home);
    const unit = `${name}.service`;
    switch (way) {
      case 'desktop':
        return {
          file: path.join(configFolder, 'autostart', `${name}.desktop`),
          link: null,
          content: (command, application) =>
            desktopEntry(command, application, text('settings.login.comment')),
        };
      case 'user-unit':
        return {
          file: path.join(configFolder, 'systemd', 'user', unit),
          link: path.join(configFolder, 'systemd', 'user', 'default.target.wants', unit),
          content: (command) => serviceUnit(command, { target: 'default.target' }),
        };
      case 'system-unit':
        return {
          file: path.join(systemUnitFolder, unit),
          link: path.join(systemUnitFolder, 'multi-user.target.wants', unit),
          content: (command) => serviceUnit(command, { target: 'multi-user.target' }),
        };
      default:
        return null;
    }
  }

  /** Each way that can have been chosen: a desktop may have been installed since. */
  #entries(): Entry[] {
    const ways: Way[] = this.#surroundings.isRoot ? ['system-unit'] : ['desktop', 'user-unit'];
    return ways.map((way) => this.#entry(way)).filter((entry) => entry !== null);
  }
}

function isEnabled({ file, link }: Entry): boolean {
  return existsSync(link ?? file);
}

async function linkTo(target: string, link: string): Promise<void> {
  await mkdir(path.dirname(link), { recursive: true, mode: 0o755 });
  try {
    await symlink(target, link);
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error;
  }
}
