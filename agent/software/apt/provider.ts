/**
 * The `apt` provider: software trees from Debian and Ubuntu packages, without root.
 *
 *     names → index → tree                         (there already: nothing is started)
 *     names → lists → closure → .deb → packages/ → trees/<digest>/ → index
 *
 * Every arrow ends in one rename, so a run that was killed anywhere is continued by the next one.
 */
import { constants } from 'node:fs';
import { lstat, mkdir, open, statfs } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { diskError } from '../../disk.ts';
import { SlapgridError } from '../../errors.ts';
import { namesIn, TreeStore, treeDigest } from '../trees.ts';
import { bytesFreedBy } from '../trees/disk-usage.ts';
import { noSpace, readPlainFile, SoftwareUser, type SoftwareIdentity } from '../trees/software-user.ts';
import type { InstalledTree, InstallProgress, Provider } from '../types.ts';
import { canonicalNames, recordOf, type ClosurePackage } from './closure.ts';
import { archiveFile, bytesToFetch, download, verify } from './download.ts';
import { PackageStore } from './package-store.ts';
import { PrivateApt } from './private-apt.ts';
import type { SystemFiles } from './system.ts';
import { Turns } from './turns.ts';

export type AptProviderOptions = SystemFiles & {
  /** `<home>/software`. */
  folder: string;
  /** Whom root's agent lets fetch and unpack; null: the agent's own user, who must not be root. */
  identity: SoftwareIdentity | null;
  /** The archive to use in place of the host's, as set by a person. */
  mirror?: string | undefined;
  clock?: { now(): number };
  /** Default: `/etc/apt`. */
  hostSources?: string;
  /** Milliseconds for which fetched lists are fresh. Default: ten minutes. */
  listsFreshFor?: number;
  /** Bytes that may still be written below a folder. */
  freeBytes?: (folder: string) => Promise<number>;
};

export type InstallOptions = { onProgress: (progress: InstallProgress) => void; signal: AbortSignal };

export type AptProvider = Provider & {
  /** Makes the software folder, owned by the software user and open to be read by partitions. Idempotent. */
  prepare(): Promise<void>;
  /** Like `install`, from what the archives offer now, even where a tree of these components exists. */
  upgrade(components: readonly string[], options: InstallOptions): Promise<InstalledTree>;
  /** Content of a tree's files in bytes, shared or not; 0 for a tree that is not there. */
  treeBytes(digest: string): Promise<number>;
};

const TEN_MINUTES = 10 * 60_000;
const SEVEN_DAYS = 7 * 24 * 60 * 60_000;

/** Left for the instances' own data when software is installed. */
const RESERVED_BYTES = 64 * 1024 * 1024;

/** Component names → the tree that was installed for them. */
const indexSchema = z.object({ schema: z.literal(1), trees: z.record(z.string(), z.string()) });

/** @throws SlapgridError `software-as-root` */
export function createAptProvider(options: AptProviderOptions): AptProvider {
  return new Installer(options);
}

class Installer implements AptProvider {
  readonly kind = 'apt';
  readonly #folder: string;
  readonly #user: SoftwareUser;
  readonly #clock: { now(): number };
  readonly #freeBytes: (folder: string) => Promise<number>;
  readonly #apt: PrivateApt;
  readonly #packages: PackageStore;
  readonly #trees: TreeStore;
  /** One at a time works on the folder. */
  readonly #turns = new Turns();

  constructor(options: AptProviderOptions) {
    this.#folder = options.folder;
    this.#user = new SoftwareUser(options.identity);
    this.#clock = options.clock ?? { now: () => Date.now() };
    this.#freeBytes = options.freeBytes ?? freeBytesOf;
    this.#apt = new PrivateApt({
      folder: path.join(options.folder, 'apt'),
      user: this.#user,
      clock: this.#clock,
      freshFor: options.listsFreshFor ?? TEN_MINUTES,
      hostSources: options.hostSources ?? '/etc/apt',
      mirror: options.mirror,
      system: { osRelease: options.osRelease, keyrings: options.keyrings },
    });
    this.#packages = new PackageStore(options.folder, this.#user);
    this.#trees = new TreeStore(options.folder, this.#user);
  }

  async prepare(): Promise<void> {
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o755 });
      const folder = await open(this.#folder, constants.O_DIRECTORY);
      try {
        // The umask may have taken away what partitions need to read.
        await folder.chmod(0o755);
        if (this.#user.identity !== null)
          await folder.chown(this.#user.identity.uid, this.#user.identity.gid);
      } finally {
        await folder.close();
      }
    } catch (error) {
      throw diskError(error, this.#folder);
    }
  }

  async install(components: readonly string[], options: InstallOptions): Promise<InstalledTree> {
    const names = canonicalNames(components);
    const known = await this.#known(names);
    if (known !== undefined) return known;
    return this.#turns.take(options.signal, async () => {
      // Another one may have installed the same while this one waited.
      return (await this.#known(names)) ?? this.#installNow(names, options);
    });
  }

  async upgrade(components: readonly string[], options: InstallOptions): Promise<InstalledTree> {
    const names = canonicalNames(components);
    return this.#turns.take(options.signal, () => this.#installNow(names, options));
  }

  find(digest: string): Promise<InstalledTree | undefined> {
    return this.#trees.find(digest);
  }

  treeBytes(digest: string): Promise<number> {
    return this.#trees.bytesOf(digest);
  }

  async collectGarbage(used: ReadonlySet<string>): Promise<number> {
    return this.#turns.take(new AbortController().signal, async () => {
      const trees = (await this.#trees.list()).filter((digest) => !used.has(digest));
      const index = await this.#readIndex();
      const kept = Object.entries(index).filter(([, digest]) => !trees.includes(digest));
      if (kept.length < Object.keys(index).length) await this.#writeIndex(Object.fromEntries(kept));
      const garbage = [
        ...trees.map((digest) => this.#trees.pathOf(digest)),
        ...(await this.#unusedPackages(used)),
        ...(await this.#unusedArchives()),
        ...(await this.#leftovers()),
        ...this.#apt.cacheFiles,
      ];
      const freed = await bytesFreedBy(garbage);
      await this.#user.remove(...garbage);
      return freed;
    });
  }

  async #known(names: readonly string[]): Promise<InstalledTree | undefined> {
    const digest = (await this.#readIndex())[indexKey(names)];
    return digest === undefined ? undefined : this.#trees.find(digest);
  }

  async #installNow(names: readonly string[], options: InstallOptions): Promise<InstalledTree> {
    options.onProgress({ step: 'resolving' });
    await this.prepare();
    await this.#user.remove(...(await this.#leftovers()));
    await this.#checkSpace(0);
    await this.#apt.configure(options.signal);
    const updated = await this.#apt.update(options.signal, { evenIfFresh: false });
    const { closure, tree } = await this.#fromLists(names, options).catch(async (error: unknown) => {
      // Lists that were fetched some minutes ago may be behind their archive.
      if (updated || !mayBeOutdated(error)) throw await this.#withNearNames(error, options.signal);
      await this.#apt.update(options.signal, { evenIfFresh: true });
      return this.#fromLists(names, options).catch(async (again: unknown) => {
        throw await this.#withNearNames(again, options.signal);
      });
    });
    await this.#writeIndex({ ...(await this.#readIndex()), [indexKey(names)]: tree.digest });
    // The packages are unpacked in the store now.
    await this.#user.remove(...closure.map((one) => archiveFile(this.#apt, one)));
    return tree;
  }

  /** Resolves, and where there is no such tree yet, fetches, checks, unpacks and assembles. */
  async #fromLists(
    names: readonly string[],
    options: InstallOptions,
  ): Promise<{ closure: ClosurePackage[]; tree: InstalledTree }> {
    const { onProgress, signal } = options;
    const closure = await this.#apt.resolve(names, signal);
    const components = closure.map(recordOf);
    const existing = await this.#trees.find(treeDigest(components));
    if (existing !== undefined) return { closure, tree: existing };

    const missing: ClosurePackage[] = [];
    for (const one of closure) if (!(await this.#packages.has(one.sha256))) missing.push(one);
    const toFetch = await bytesToFetch(this.#apt, missing);
    await this.#checkSpace(toFetch + (await this.#apt.installedBytes(missing, signal)));
    await download({ user: this.#user, apt: this.#apt, clock: this.#clock }, missing, options);
    await this.#packages.unpack(
      missing.map((one) => ({ component: one, file: archiveFile(this.#apt, one) })),
      {
        signal,
        before: async (one, done) => {
          onProgress({ step: 'unpacking', done, total: missing.length });
          await verify(this.#user, this.#apt, one);
        },
      },
    );
    const packages = await this.#packages.read(components);
    return { closure, tree: await this.#trees.assemble(components, packages, signal) };
  }

  /** @throws SlapgridError `no-space` */
  async #checkSpace(needed: number): Promise<void> {
    const free = await this.#freeBytes(this.#folder);
    if (free < needed + RESERVED_BYTES) throw noSpace({ needed: needed + RESERVED_BYTES, free });
  }

  async #withNearNames(error: unknown, signal: AbortSignal): Promise<unknown> {
    if (!(error instanceof SlapgridError) || error.code !== 'unknown-package') return error;
    const name = String(error.parameters['name']);
    const near = await this.#apt.nearNames(name, signal);
    return new SlapgridError(
      'unknown-package',
      { name, near: near.length === 0 ? 'none' : near.join(', ') },
      { cause: error },
    );
  }

  async #unusedPackages(used: ReadonlySet<string>): Promise<string[]> {
    const needed = new Set<string>();
    for (const digest of used) {
      const tree = await this.#trees.find(digest);
      for (const { sha256 } of tree?.components ?? []) needed.add(sha256);
    }
    const unused = (await this.#packages.list()).filter((sha256) => !needed.has(sha256));
    return unused.map((sha256) => this.#packages.pathOf(sha256));
  }

  /** Downloads that were unpacked, and those that an installation began and nobody finished for a week. */
  async #unusedArchives(): Promise<string[]> {
    const unpacked = await this.#packages.archiveNames();
    const unused: string[] = [];
    for (const folder of [this.#apt.archives, path.join(this.#apt.archives, 'partial')]) {
      for (const name of await namesIn(folder)) {
        const file = path.join(folder, name);
        const stats = await lstat(file);
        // apt gives a download the date it has on the server; the date of the inode is ours.
        const old = this.#clock.now() - stats.ctimeMs > SEVEN_DAYS;
        if (stats.isFile() && name !== 'lock' && (old || unpacked.has(name))) unused.push(file);
      }
    }
    return unused;
  }

  async #leftovers(): Promise<string[]> {
    return [...(await this.#packages.leftovers()), ...(await this.#trees.leftovers())];
  }

  async #readIndex(): Promise<Readonly<Record<string, string>>> {
    const text = await readPlainFile(path.join(this.#folder, 'index.json'));
    if (text === undefined) return {};
    try {
      return indexSchema.safeParse(JSON.parse(text)).data?.trees ?? {};
    } catch {
      // Without the index everything is resolved anew and found again by its digest.
      return {};
    }
  }

  async #writeIndex(trees: Readonly<Record<string, string>>): Promise<void> {
    const index: z.infer<typeof indexSchema> = { schema: 1, trees };
    await this.#user.writeFile(
      path.join(this.#folder, 'index.json'),
      `${JSON.stringify(index, null, 2)}\n`,
      '644',
    );
  }
}

/** @param names in canonical order. */
function indexKey(names: readonly string[]): string {
  return names.join(' ');
}

/** Failures that newer lists may mend. */
function mayBeOutdated(error: unknown): boolean {
  const codes = ['unknown-package', 'unmet-dependencies', 'mirror-out-of-date'];
  return error instanceof SlapgridError && codes.includes(error.code);
}

async function freeBytesOf(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
