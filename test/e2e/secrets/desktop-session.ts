/**
 * The session of somebody at a desktop, as far as it concerns secrets: a bus, and a real keyring (gnome-keyring) on it that may be
 * locked. Nothing on this bus is started by being asked for.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { sessionBus, type MessageBus } from 'dbus-native';

const CONFIGURATION = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>session</type>
  <listen>unix:dir=FOLDER</listen>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/>
    <allow eavesdrop="true"/>
    <allow own="*"/>
  </policy>
</busconfig>
`;

const DEADLINE_MILLISECONDS = 10_000;

export class DesktopSession {
  readonly environment: NodeJS.ProcessEnv;
  readonly #folder: string;
  readonly #daemon: ChildProcess;
  readonly #bus: MessageBus;
  #keyring: ChildProcess | null = null;

  private constructor(folder: string, environment: NodeJS.ProcessEnv, daemon: ChildProcess, bus: MessageBus) {
    this.#folder = folder;
    this.environment = environment;
    this.#daemon = daemon;
    this.#bus = bus;
  }

  static async start(): Promise<DesktopSession> {
    const folder = await mkdtemp(path.join(tmpdir(), 'slapgrid-session-'));
    const configuration = path.join(folder, 'bus.conf');
    await writeFile(configuration, CONFIGURATION.replace('FOLDER', folder));
    const own = { PATH: process.env['PATH'], HOME: folder, XDG_RUNTIME_DIR: folder, XDG_DATA_HOME: folder };
    const daemon = begin(
      'dbus-daemon',
      ['--nofork', '--print-address', `--config-file=${configuration}`],
      own,
    );
    if (daemon.stdout === null) throw new Error('the bus says nothing');
    const [address = '']: string[] = await once(createInterface(daemon.stdout), 'line');
    const environment = { ...own, DBUS_SESSION_BUS_ADDRESS: address };
    return new DesktopSession(folder, environment, daemon, sessionBus({ busAddress: address }));
  }

  /** Unlocked, it is made where there is none. Locked, nobody can be asked for its password. */
  async startKeyring({ locked = false } = {}): Promise<void> {
    const unlock = locked ? [] : ['--unlock'];
    const args = ['--foreground', '--components=secrets', ...unlock];
    this.#keyring = begin('gnome-keyring-daemon', args, this.environment);
    this.#keyring.stdin?.end(locked ? '' : 'its password\n');
    const deadline = performance.now() + DEADLINE_MILLISECONDS;
    while (!(await this.#bus.listNames()).includes('org.freedesktop.secrets')) {
      if (performance.now() > deadline) throw new Error('the keyring does not come');
      await delay(10);
    }
  }

  async endKeyring(): Promise<void> {
    if (this.#keyring === null) return;
    const ended = once(this.#keyring, 'exit');
    this.#keyring.kill('SIGTERM');
    await ended;
    this.#keyring = null;
  }

  async end(): Promise<void> {
    await this.endKeyring();
    await this.#bus.close();
    const ended = once(this.#daemon, 'exit');
    this.#daemon.kill('SIGTERM');
    await ended;
    await rm(this.#folder, { recursive: true, maxRetries: 10 });
  }
}

/** It ends with the test, however that ends. */
function begin(program: string, args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  return spawn('setpriv', ['--pdeathsig', 'KILL', program, ...args], {
    env,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
}
