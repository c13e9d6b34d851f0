/** A computer for the provider: its own `/etc/apt`, release, keys and software folder, all in a temporary folder. */
import { execFile } from 'node:child_process';
import { chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import {
  createAptProvider,
  type AptProvider,
  type AptProviderOptions,
} from '../../../agent/software/apt/provider.ts';
import type { InstallProgress, InstalledTree } from '../../../agent/software/types.ts';
import { RELEASE, type Repository } from './repository.ts';

export const asRoot = process.getuid?.() === 0;

/** Root lets somebody else work; an ordinary user works himself. */
export const identity = asRoot ? { uid: 70_123, gid: 70_123 } : null;

export const softwareUid = identity?.uid ?? process.getuid?.() ?? -1;

export class World {
  readonly root: string;
  readonly folder: string;
  readonly hostSources: string;
  readonly osRelease: string;
  readonly keyring: string;

  private constructor(root: string) {
    this.root = root;
    this.folder = path.join(root, 'data folder', 'software');
    this.hostSources = path.join(root, 'etc', 'apt');
    this.osRelease = path.join(root, 'etc', 'os-release');
    this.keyring = path.join(root, 'archive-keyring.gpg');
  }

  /** @param repository the archive the host is configured for. */
  static async create(repository?: Repository): Promise<World> {
    const world = new World(await mkdtemp(path.join(tmpdir(), 'slapgrid-apt-')));
    await chmod(world.root, 0o711);
    await mkdir(path.dirname(world.folder));
    await mkdir(path.join(world.hostSources, 'sources.list.d'), { recursive: true });
    await mkdir(path.join(world.hostSources, 'apt.conf.d'));
    await writeFile(world.osRelease, `ID=debian\nVERSION_CODENAME=${RELEASE}\n`);
    if (repository !== undefined) {
      await world.write('etc/apt/sources.list', repository.sourceLine);
      await world.useKeyOf(repository);
    }
    return world;
  }

  /** Writes a file of this computer, readable by all unless said otherwise. */
  async write(name: string, content: string, mode = 0o644): Promise<string> {
    const file = path.join(this.root, name);
    await writeFile(file, content);
    await chmod(file, mode);
    return file;
  }

  get options(): AptProviderOptions {
    return {
      folder: this.folder,
      identity,
      hostSources: this.hostSources,
      osRelease: this.osRelease,
      keyrings: { debian: this.keyring },
    };
  }

  provider(changes: Partial<AptProviderOptions> = {}): AptProvider {
    return createAptProvider({ ...this.options, ...changes });
  }

  /** What is in the software folder and should not stay there. */
  async leftovers(): Promise<string[]> {
    const names = await readdir(this.folder, { recursive: true }).catch(() => []);
    return names.filter((name) => path.basename(name).startsWith('.partial') || name.endsWith('.FAILED'));
  }

  /** Makes the repository's key the distribution's. */
  async useKeyOf(repository: Repository): Promise<void> {
    await writeFile(this.keyring, repository.key.keyring);
  }

  /** Downloads that are kept. */
  async archives(): Promise<string[]> {
    const names = await readdir(path.join(this.folder, 'apt/cache/archives'), { recursive: true }).catch(
      () => [],
    );
    return names.filter((name) => name.endsWith('.deb'));
  }

  /** Takes the programs out of a tree, as a person may who looks for space. */
  async breakTree(root: string): Promise<void> {
    await promisify(execFile)('chmod', ['-R', 'u+w', root]);
    await rm(path.join(root, 'usr'), { recursive: true });
  }

  /** Removes what is installed; keeps the archives and the packages that are unpacked. */
  async forgetTrees(): Promise<void> {
    await this.provider().collectGarbage(new Set());
  }

  /** Gives a file to the software user, as if it had made it. */
  async giveAway(file: string): Promise<void> {
    if (identity !== null) await chown(file, identity.uid, identity.gid);
  }

  /** Processes that work on the software folder. */
  async processes(): Promise<number[]> {
    const found: number[] = [];
    for (const name of await readdir('/proc')) {
      if (!/^\d+$/.test(name) || Number(name) === process.pid) continue;
      const read = (file: string): Promise<string> =>
        readFile(`/proc/${name}/${file}`, 'latin1').catch(() => '');
      if (`${await read('environ')}\0${await read('cmdline')}`.includes(this.folder))
        found.push(Number(name));
    }
    return found;
  }

  async remove(): Promise<void> {
    await promisify(execFile)('chmod', ['-R', 'u+rwx', this.root]);
    await rm(this.root, { recursive: true });
  }
}

/** Installs, and keeps what was told meanwhile. */
export async function install(
  provider: AptProvider,
  names: readonly string[],
  signal: AbortSignal = new AbortController().signal,
): Promise<{ tree: InstalledTree; progress: InstallProgress[] }> {
  const progress: InstallProgress[] = [];
  const tree = await provider.install(names, { signal, onProgress: (one) => progress.push(one) });
  return { tree, progress };
}

/** The code of the SlapgridError that `promise` fails with. */
export async function failureOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'none',
    (error: unknown) => (error instanceof Error && 'code' in error ? String(error.code) : String(error)),
  );
}

/** Waits until `condition` holds. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + 30_000;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`never: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
