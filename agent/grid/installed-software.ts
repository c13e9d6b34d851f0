/**
 * The software releases this computer has: profile pinned by digest, tree by digest. One JSON record per URL, kept beside the
 * database so that losing the one does not lose the other. Installations are shared: two instances that wait for the same
 * release wait for the same download.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { removeUnfinished, writeAtomically } from '../disk.ts';
import { SlapgridError } from '../errors.ts';
import { parseProfile } from '../software/profile/document.ts';
import type { Profile } from '../software/profile/schema.ts';
import type {
  InstallProgress,
  InstalledTree,
  LoadedProfile,
  ProfileSource,
  Provider,
} from '../software/types.ts';

const softwareRecordSchema = z.object({
  schema: z.literal(1),
  url: z.string(),
  profileDigest: z.string(),
  /** The document itself: what was pinned, byte for byte. */
  document: z.string(),
  treeDigest: z.string(),
});

export type SoftwareRecord = z.infer<typeof softwareRecordSchema> & { profile: Profile };

export type ReadySoftware = { record: SoftwareRecord; tree: InstalledTree };

type Installation = {
  promise: Promise<ReadySoftware>;
  cancel: AbortController;
  waiters: number;
  listeners: Set<(progress: InstallProgress) => void>;
  /** What a listener that comes late is told first. */
  last: InstallProgress;
};

export class InstalledSoftware {
  readonly #folder: string;
  readonly #provider: Provider;
  readonly #profiles: ProfileSource;
  readonly #records = new Map<string, SoftwareRecord>();
  /** Titles of software that is not here, or not yet. */
  readonly #titles = new Map<string, string>();
  readonly #installations = new Map<string, Installation>();
  /** A garbage collection under way: a tree must not go between its installation and its record. */
  #collecting: Promise<unknown> = Promise.resolve();

  /** @param options.folder where the records are; made when missing. */
  constructor(options: { folder: string; provider: Provider; profiles: ProfileSource }) {
    this.#folder = options.folder;
    this.#provider = options.provider;
    this.#profiles = options.profiles;
  }

  /** Reads the records. A record that cannot be read is passed over: its software is installed anew when it is needed. */
  async load(): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await removeUnfinished(this.#folder);
    for (const name of await readdir(this.#folder)) {
      if (!name.endsWith('.json')) continue;
      const record = parseRecord(await readFile(path.join(this.#folder, name), 'utf8'));
      if (record !== null) this.#records.set(record.url, record);
    }
  }

  records(): SoftwareRecord[] {
    return [...this.#records.values()];
  }

  find(url: string): SoftwareRecord | undefined {
    return this.#records.get(url);
  }

  /** What a person calls it; the URL itself until its profile was read. */
  title(url: string): string {
    return this.#records.get(url)?.profile.title ?? this.#titles.get(url) ?? url;
  }

  /** The pinned profile where there is one, else the one at the URL. Installs nothing. */
  async profile(url: string): Promise<LoadedProfile> {
    const record = this.#records.get(url);
    if (record !== undefined) {
      return { url, digest: record.profileDigest, document: record.document, profile: record.profile };
    }
    const loaded = await this.#profiles.load(url);
    this.#titles.set(url, loaded.profile.title);
    return loaded;
  }

  /**
   * Makes the software ready and returns it; at once when it is. Cancelled when every waiter's signal has aborted.
   * @throws SlapgridError of the profile or of the provider.
   */
  async ensure(
    url: string,
    options: { signal: AbortSignal; onProgress: (progress: InstallProgress) => void },
  ): Promise<ReadySoftware> {
    const ready = await this.#ready(url);
    if (ready !== undefined) return ready;
    const installation = this.#installations.get(url) ?? this.#begin(url, 'install');
    return waitFor(installation, options);
  }

  async #ready(url: string): Promise<ReadySoftware | undefined> {
    const record = this.#records.get(url);
    if (record === undefined) return undefined;
    const tree = await this.#provider.find(record.treeDigest);
    return tree === undefined ? undefined : { record, tree };
  }

  #begin(url: string, how: 'install' | 'upgrade'): Installation {
    const cancel = new AbortController();
    const listeners = new Set<(progress: InstallProgress) => void>();
    const installation: Installation = {
      cancel,
      listeners,
      waiters: 0,
      last: { step: 'resolving' },
      promise: this.#install(url, how, cancel.signal, (progress) => {
        installation.last = progress;
        for (const listener of listeners) listener(progress);
      }).finally(() => this.#installations.delete(url)),
    };
    // Every waiter has its own handler; one that left must not make this an unhandled rejection.
    installation.promise.catch(() => undefined);
    this.#installations.set(url, installation);
    return installation;
  }

  async #install(
    url: string,
    how: 'install' | 'upgrade',
    signal: AbortSignal,
    onProgress: (progress: InstallProgress) => void,
  ): Promise<ReadySoftware> {
    await this.#collecting;
    const loaded = how === 'install' ? await this.profile(url) : await this.#profiles.load(url, signal);
    const packages = loaded.profile.components.flatMap((component) => component.packages);
    const tree = await this.#provider[how](packages, { onProgress, signal });
    const written = {
      schema: 1 as const,
      url,
      profileDigest: loaded.digest,
      document: loaded.document,
      treeDigest: tree.digest,
    };
    await writeAtomically(this.#fileOf(url), `${JSON.stringify(written, null, 2)}\n`);
    const record: SoftwareRecord = { ...written, profile: loaded.profile };
    this.#records.set(url, record);
    return { record, tree };
  }

  /** Whether it is installed, ready to be used. */
  async isHere(url: string): Promise<boolean> {
    return (await this.#ready(url)) !== undefined;
  }

  /** Cancels every installation, and resolves when nothing of one is under way. */
  async cancelAll(): Promise<void> {
    const underWay = [...this.#installations.values()];
    for (const { cancel } of underWay) cancel.abort();
    await Promise.allSettled(underWay.map(({ promise }) => promise));
    await this.#collecting;
  }

  /**
   * The upgrade on purpose: the profile as its URL has it now, its components as the archives have them now. What is pinned stays
   * pinned until all of that is there.
   * @returns whether anything is different.
   */
  async renew(
    url: string,
    options: { signal: AbortSignal; onProgress: (progress: InstallProgress) => void },
  ): Promise<boolean> {
    const before = this.#records.get(url);
    const { record } = await waitFor(this.#installations.get(url) ?? this.#begin(url, 'upgrade'), options);
    return before?.profileDigest !== record.profileDigest || before.treeDigest !== record.treeDigest;
  }

  /** Forgets the pin; the tree goes with the next garbage collection when nothing else uses it. */
  async forget(url: string): Promise<void> {
    this.#installations.get(url)?.cancel.abort();
    await rm(this.#fileOf(url), { force: true });
    this.#records.delete(url);
    this.#titles.delete(url);
  }

  /**
   * Removes trees and downloads that no record and none of `alsoUsed` refers to, when nothing is being installed.
   * @returns bytes freed.
   */
  collectGarbage(alsoUsed: () => Promise<readonly string[]>): Promise<number> {
    // Taken now: an installation that begins later waits for this collection, so this must not wait for it.
    const underWay = [...this.#installations.values()].map((installation) => installation.promise);
    const collection = this.#collecting.then(async () => {
      await Promise.allSettled(underWay);
      const used = new Set([...this.records().map((record) => record.treeDigest), ...(await alsoUsed())]);
      return this.#provider.collectGarbage(used);
    });
    this.#collecting = collection.catch(() => undefined);
    return collection;
  }

  #fileOf(url: string): string {
    return path.join(this.#folder, `${createHash('sha256').update(url).digest('hex')}.json`);
  }
}

async function waitFor(
  installation: Installation,
  options: { signal: AbortSignal; onProgress: (progress: InstallProgress) => void },
): Promise<ReadySoftware> {
  installation.waiters += 1;
  installation.listeners.add(options.onProgress);
  options.onProgress(installation.last);
  let leave = (): void => undefined;
  const left = new Promise<never>((_, reject) => {
    leave = () => reject(new SlapgridError('cancelled'));
    if (options.signal.aborted) leave();
    else options.signal.addEventListener('abort', leave, { once: true });
  });
  try {
    return await Promise.race([installation.promise, left]);
  } finally {
    options.signal.removeEventListener('abort', leave);
    installation.listeners.delete(options.onProgress);
    installation.waiters -= 1;
    if (installation.waiters === 0) installation.cancel.abort();
  }
}

/** null for what this program did not write or can no longer read. */
function parseRecord(content: string): SoftwareRecord | null {
  try {
    const record = softwareRecordSchema.parse(JSON.parse(content));
    return { ...record, profile: parseProfile(record.document, record.url) };
  } catch {
    return null;
  }
}
