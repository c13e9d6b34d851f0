/**
 * The systemd of a user (`systemd --user`), asked through systemctl(1). It is the better home for an agent: it starts it again when
 * it crashes, and goes on after the session where it is told to linger.
 */
import { execFile } from 'node:child_process';
import { lstat, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { writeAtomically } from '../disk.ts';
import { findProgram } from '../setup/system-packages.ts';

export type ServiceState = {
  /** `loaded`, `not-found`, `masked`, … */
  load: string;
  /** `active`, `activating`, `inactive`, `failed`, … */
  active: string;
  /** 0 while it has no process. */
  pid: number;
  /** Of the process it had last. */
  exitStatus: number;
};

/** Starting something ends when it has been executed. */
const SYSTEMCTL_MILLISECONDS = 30_000;

export class UserManager {
  readonly #systemctl: string;
  readonly #runtimeFolder: string;

  private constructor(systemctl: string, runtimeFolder: string) {
    this.#systemctl = systemctl;
    this.#runtimeFolder = runtimeFolder;
  }

  /** The own one; null where there is none, and for root, whose services are the system's. */
  static async find(environment: NodeJS.ProcessEnv = process.env): Promise<UserManager | null> {
    const uid = process.getuid?.() ?? 0;
    if (uid === 0) return null;
    const given = environment['XDG_RUNTIME_DIR'];
    const folder = given !== undefined && path.isAbsolute(given) ? given : `/run/user/${uid}`;
    return UserManager.at(folder, environment['PATH']);
  }

  /**
   * The one whose runtime folder this is, if it is ours.
   * @param searchPath where systemctl is looked for first.
   */
  static async at(runtimeFolder: string, searchPath?: string): Promise<UserManager | null> {
    if (!(await isOwnManager(runtimeFolder))) return null;
    const systemctl = await findProgram('systemctl', searchPath);
    return systemctl === undefined ? null : new UserManager(systemctl, runtimeFolder);
  }

  /**
   * Makes a service known until the computer or the manager ends. One of the same name that the person has installed goes first.
   * @throws what writing and systemctl throw.
   */
  async define(name: string, unit: string): Promise<void> {
    const file = this.#fileOf(name);
    await mkdir(path.dirname(file), { recursive: true, mode: 0o755 });
    // It may hold the password of an HTTP proxy.
    await writeAtomically(file, unit, { mode: 0o600 });
    await this.#run('daemon-reload');
  }

  /** Takes back what {@link define} made known. Ends nothing. */
  async forget(name: string): Promise<void> {
    await rm(this.#fileOf(name), { force: true });
    await this.#run('daemon-reload');
  }

  #fileOf(name: string): string {
    return path.join(this.#runtimeFolder, 'systemd', 'user', `${name}.service`);
  }

  /** Resolves when it has been executed; what became of it then, {@link state} says. */
  async start(name: string): Promise<void> {
    // One that failed too often would be refused.
    await this.#run('reset-failed', `${name}.service`).catch(() => '');
    await this.#run('start', `${name}.service`);
  }

  async stop(name: string): Promise<void> {
    await this.#run('stop', `${name}.service`);
  }

  async state(name: string): Promise<ServiceState> {
    const properties = 'LoadState,ActiveState,MainPID,ExecMainStatus';
    const said = await this.#run('show', `--property=${properties}`, `${name}.service`);
    const values = new Map(
      said.split('\n').map((line): [string, string] => {
        const equals = line.indexOf('=');
        return [line.slice(0, equals), line.slice(equals + 1)];
      }),
    );
    return {
      load: values.get('LoadState') ?? '',
      active: values.get('ActiveState') ?? '',
      pid: Number(values.get('MainPID') ?? 0),
      exitStatus: Number(values.get('ExecMainStatus') ?? 0),
    };
  }

  /** Path of its control group below where those are mounted; null while it has none. */
  async groupOf(name: string): Promise<string | null> {
    const group = (await this.#run('show', '--property=ControlGroup', '--value', `${name}.service`)).trim();
    return group.startsWith('/') ? group : null;
  }

  async #run(...words: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)(this.#systemctl, ['--user', ...words], {
      timeout: SYSTEMCTL_MILLISECONDS,
      env: { PATH: process.env['PATH'], XDG_RUNTIME_DIR: this.#runtimeFolder, LC_ALL: 'C' },
    });
    return stdout;
  }
}

/** Its private socket is there while it runs. A folder that somebody else made says nothing. */
async function isOwnManager(folder: string): Promise<boolean> {
  const uid = process.getuid?.();
  try {
    const [own, socket] = await Promise.all([lstat(folder), lstat(path.join(folder, 'systemd', 'private'))]);
    return own.isDirectory() && own.uid === uid && socket.isSocket() && socket.uid === uid;
  } catch {
    return false;
  }
}
