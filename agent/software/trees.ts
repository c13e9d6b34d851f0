/**
 * Software trees on disk: `trees/<digest>/{root/, tree.json}`. A tree is made of hard links to the files of its packages
 * (`packages/…`), so that what two trees share is there once. It appears whole, by one rename, and never changes again.
 */
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { SlapgridError, systemErrorCode } from '../errors.ts';
import type { ComponentRecord, InstalledTree } from './types.ts';
import { formatTarHeader, TAR_TYPE } from './trees/tar-format.ts';
import { isFolder, readPlainFile, type SoftwareUser } from './trees/software-user.ts';
import { PackageConflict, planTree, type PlannedEntry, type UnpackedPackage } from './trees/tree-plan.ts';

/** Changes when the same packages would give another tree: what is left out, modes, the layout. */
export const LAYOUT_VERSION = 1;

/** Names that begin so are work that did not end; the next run removes them. */
export const PARTIAL_PREFIX = '.partial-';

const READ_ONLY_FOLDER = 0o555;

export const componentRecordSchema = z.object({
  name: z.string(),
  version: z.string(),
  architecture: z.string(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  bytes: z.number().int().nonnegative(),
});

const treeRecordSchema = z.object({
  layout: z.literal(LAYOUT_VERSION),
  /** Content of the files, whether shared with other trees or not. */
  bytes: z.number().int().nonnegative(),
  components: z.array(componentRecordSchema),
});

const HEX_DIGEST = /^[0-9a-f]{64}$/;

/** SHA-256 over the layout version and the closure sorted by name: the same packages are the same tree. */
export function treeDigest(components: readonly ComponentRecord[]): string {
  const lines = components.map(
    ({ name, version, architecture, sha256 }) => `${name} ${version} ${architecture} ${sha256}\n`,
  );
  return createHash('sha256')
    .update(`layout ${LAYOUT_VERSION}\n`)
    .update(lines.sort().join(''))
    .digest('hex');
}

export class TreeStore {
  readonly #store: string;
  readonly #folder: string;
  readonly #user: SoftwareUser;

  /** @param store the software folder; packages are named relative to it. */
  constructor(store: string, user: SoftwareUser) {
    this.#store = store;
    this.#folder = path.join(store, 'trees');
    this.#user = user;
  }

  /** The tree, if it is there and complete. */
  async find(digest: string): Promise<InstalledTree | undefined> {
    const record = await this.#record(digest);
    const root = path.join(this.pathOf(digest), 'root');
    if (record === undefined || !(await isFolder(path.join(root, 'usr')))) return undefined;
    return { digest, root, components: record.components };
  }

  /** Content of a tree's files, whether shared with other trees or not; 0 for a tree that is not there. */
  async bytesOf(digest: string): Promise<number> {
    return (await this.#record(digest))?.bytes ?? 0;
  }

  /** Digests of what is there, complete or not. */
  async list(): Promise<string[]> {
    return (await namesIn(this.#folder)).filter((name) => HEX_DIGEST.test(name));
  }

  pathOf(digest: string): string {
    return path.join(this.#folder, digest);
  }

  /** Work of an earlier run that did not end. */
  async leftovers(): Promise<string[]> {
    const names = (await namesIn(this.#folder)).filter((name) => name.startsWith('.'));
    return names.map((name) => path.join(this.#folder, name));
  }

  /**
   * Makes the tree of `components` from their unpacked packages.
   * @throws SlapgridError `package-conflict`, `no-space`, `cancelled`.
   */
  async assemble(
    components: readonly ComponentRecord[],
    packages: readonly UnpackedPackage[],
    signal: AbortSignal,
  ): Promise<InstalledTree> {
    const entries = plan(packages);
    const digest = treeDigest(components);
    const aside = path.join(this.#folder, `${PARTIAL_PREFIX}${digest}`);
    await this.#user.remove(aside);
    await this.#user.makeFolders('755', this.#folder, aside);
    await this.#user.feed(
      links(entries, path.relative(this.#store, path.join(aside, 'root'))),
      ['tar', '--extract', '--file=-', `--directory=${this.#store}`, ...TAR_SAFETY],
      { signal },
    );
    const bytes = entries.reduce((sum, entry) => sum + (entry.kind === 'file' ? entry.bytes : 0), 0);
    const sorted = [...components].sort((one, other) => (one.name < other.name ? -1 : 1));
    const record: z.infer<typeof treeRecordSchema> = { layout: LAYOUT_VERSION, bytes, components: sorted };
    await this.#user.writeFile(path.join(aside, 'tree.json'), `${JSON.stringify(record)}\n`, '644');
    await this.#user.flush(this.#folder);
    await this.#publish(aside, digest);
    return { digest, root: path.join(this.pathOf(digest), 'root'), components: sorted };
  }

  /** The record is the last file of a tree to be written; one that does not say what its name says is not believed. */
  async #record(digest: string): Promise<z.infer<typeof treeRecordSchema> | undefined> {
    if (!HEX_DIGEST.test(digest)) return undefined;
    const record = parseRecord(await readPlainFile(path.join(this.pathOf(digest), 'tree.json')));
    return record !== undefined && treeDigest(record.components) === digest ? record : undefined;
  }

  /** One rename; what stood there was not complete, or the tree would have been found. */
  async #publish(aside: string, digest: string): Promise<void> {
    const home = this.pathOf(digest);
    const broken = path.join(this.#folder, `${PARTIAL_PREFIX}broken-${digest}`);
    if (await isFolder(home)) await this.#user.runWell(['mv', '-T', '--', home, broken]);
    await this.#user.runWell(['mv', '-T', '--', aside, home]);
    await this.#user.runWell(['sync', this.#folder]);
    await this.#user.remove(broken);
  }
}

/** What `tar` is told besides: no owner but the user, exactly the given modes, nothing replaced, folders closed at the end. */
export const TAR_SAFETY = [
  '--no-same-owner',
  '--same-permissions',
  '--keep-old-files',
  '--delay-directory-restore',
  '--warning=no-timestamp',
];

/** The names in a folder; none when it does not exist. */
export async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
}

function plan(packages: readonly UnpackedPackage[]): PlannedEntry[] {
  try {
    return planTree(packages);
  } catch (error) {
    if (!(error instanceof PackageConflict)) throw error;
    const [one, other] = error.packages;
    throw new SlapgridError('package-conflict', { one, other, path: error.path }, { cause: error });
  }
}

/** A tar archive that says where each file is to be linked: one program makes thousands of links. */
function* links(entries: readonly PlannedEntry[], root: string): Generator<Buffer> {
  const prefix = Buffer.from(root).toString('latin1');
  yield formatTarHeader({
    name: prefix,
    size: 0,
    modified: 0,
    type: TAR_TYPE.folder,
    mode: READ_ONLY_FOLDER,
    target: '',
  });
  for (const entry of entries) {
    const name = `${prefix}/${entry.path}`;
    const common = { name, size: 0, modified: 0 };
    switch (entry.kind) {
      case 'folder':
        yield formatTarHeader({ ...common, type: TAR_TYPE.folder, mode: READ_ONLY_FOLDER, target: '' });
        break;
      case 'file':
        yield formatTarHeader({ ...common, type: TAR_TYPE.hardLink, mode: 0, target: entry.source });
        break;
      case 'link':
        yield formatTarHeader({ ...common, type: TAR_TYPE.symbolicLink, mode: 0o777, target: entry.target });
        break;
    }
  }
}

function parseRecord(text: string | undefined): z.infer<typeof treeRecordSchema> | undefined {
  if (text === undefined) return undefined;
  try {
    return treeRecordSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
