/**
 * A view of the file system of its own, in which the data folder is on another disk than usual. What is run in it, the agent
 * included, sees that; this process does not. Nothing of it stays when its last process has ended.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { root, type Home, type Outcome } from './home.ts';
import { descendantsOf } from './processes.ts';

export class Place {
  readonly #home: Home;
  readonly #keeper: ChildProcess;

  private constructor(home: Home, keeper: ChildProcess) {
    this.#home = home;
    this.#keeper = keeper;
  }

  /**
   * An empty disk of so many bytes.
   * @param at where it is: the data folder, unless something else is given.
   */
  static async smallDisk(home: Home, bytes: number, at = home.data): Promise<Place> {
    await mkdir(at, { recursive: true });
    return Place.#make(home, ['--size', String(bytes), '--tmpfs', at]);
  }

  /** The data folder is on a disk that nothing can be written to. */
  static readOnly(home: Home): Promise<Place> {
    return Place.#make(home, ['--ro-bind', home.data, home.data]);
  }

  static async #make(home: Home, mounts: readonly string[]): Promise<Place> {
    const command = ['sh', '-c', 'echo ready; exec sleep infinity'];
    const keeper = spawn(
      'bwrap',
      ['--dev-bind', '/', '/', ...mounts, '--die-with-parent', '--', ...command],
      {
        cwd: '/',
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    await once(keeper.stdout, 'data');
    return new Place(home, keeper);
  }

  /** Runs the product's command in it. */
  run(...args: string[]): Outcome {
    return this.#enter([path.join(root, 'slapgrid'), ...args]);
  }

  /** Runs a shell's script in it. @returns what it prints. */
  shell(script: string): string {
    const { status, stdout, stderr } = this.#enter(['sh', '-euc', script]);
    if (status !== 0) throw new Error(stderr);
    return stdout;
  }

  /** Ends it, for those who are not in it any more. */
  async leave(): Promise<void> {
    const ended = once(this.#keeper, 'close');
    this.#keeper.kill('SIGKILL');
    await ended;
  }

  /** What a line begins with to be run in it. */
  get entering(): string[] {
    const inside = descendantsOf(this.#keeper.pid ?? 0).at(-1);
    // An ordinary user has the right to mount in a user namespace only.
    const namespaces =
      process.getuid?.() === 0 ? ['--mount'] : ['--preserve-credentials', '--user', '--mount'];
    return ['nsenter', ...namespaces, '--target', String(inside), '--'];
  }

  #enter(command: readonly string[]): Outcome {
    const [first = '', ...rest] = [...this.entering, ...command];
    const done = spawnSync(first, rest, {
      env: this.#home.environment,
      encoding: 'utf8',
    });
    return { status: done.status, stdout: done.stdout, stderr: done.stderr };
  }
}
