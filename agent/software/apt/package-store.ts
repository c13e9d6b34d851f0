/**
 * Packages unpacked once: `packages/<sha256 of the .deb>/{root/, package.json}`, read-only. Trees are hard links to what is here.
 */
import path from 'node:path';
import { z } from 'zod';
import { SlapgridError } from '../../errors.ts';
import { LAYOUT_VERSION, namesIn, PARTIAL_PREFIX, TAR_SAFETY } from '../trees.ts';
import { commandFailure, readPlainFile, saysNoSpace, type SoftwareUser } from '../trees/software-user.ts';
import type { TreeEntry, UnpackedPackage } from '../trees/tree-plan.ts';
import type { ComponentRecord } from '../types.ts';
import { filterArchive, RefusedArchive } from './package-archive.ts';

const entrySchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('folder'), path: z.string() }),
  z.object({ kind: z.literal('file'), path: z.string(), bytes: z.number() }),
  z.object({ kind: z.literal('link'), path: z.string(), target: z.string() }),
]);

const packageRecordSchema = z.object({
  layout: z.literal(LAYOUT_VERSION),
  name: z.string(),
  /** Name of the archive it came in. */
  file: z.string(),
  replaces: z.array(z.string()),
  entries: z.array(entrySchema),
});

/** Unpacked packages become visible this many at a time: each time waits for the disk. */
const PUBLISHED_TOGETHER = 16;

const HEX_DIGEST = /^[0-9a-f]{64}$/;

export class PackageStore {
  readonly #store: string;
  readonly #folder: string;
  /** Where packages are unpacked before they are published. */
  readonly #work: string;
  readonly #user: SoftwareUser;

  /** @param store the software folder. */
  constructor(store: string, user: SoftwareUser) {
    this.#store = store;
    this.#folder = path.join(store, 'packages');
    this.#work = path.join(this.#folder, `${PARTIAL_PREFIX}packages`);
    this.#user = user;
  }

  async has(sha256: string): Promise<boolean> {
    return (await this.#record(sha256)) !== undefined;
  }

  /** Digests of what is there, complete or not. */
  async list(): Promise<string[]> {
    return (await namesIn(this.#folder)).filter((name) => HEX_DIGEST.test(name));
  }

  /** Names of the archives that are not needed any more: what was in them is here. */
  async archiveNames(): Promise<Set<string>> {
    const names = new Set<string>();
    for (const sha256 of await this.list()) {
      const record = await this.#record(sha256);
      if (record !== undefined) names.add(record.file);
    }
    return names;
  }

  pathOf(sha256: string): string {
    return path.join(this.#folder, sha256);
  }

  /** Work of an earlier run that did not end. */
  async leftovers(): Promise<string[]> {
    const names = (await namesIn(this.#folder)).filter((name) => name.startsWith('.'));
    return names.map((name) => path.join(this.#folder, name));
  }

  /**
   * The packages as the plan of a tree wants them.
   * @throws Error when one is not in the store.
   */
  async read(components: readonly ComponentRecord[]): Promise<UnpackedPackage[]> {
    const packages: UnpackedPackage[] = [];
    for (const { sha256 } of components) {
      const record = await this.#record(sha256);
      if (record === undefined) throw new Error(`package ${sha256} is not in the store`);
      const folder = path.relative(this.#store, path.join(this.pathOf(sha256), 'root'));
      packages.push({ name: record.name, replaces: record.replaces, entries: record.entries, folder });
    }
    return packages;
  }

  /**
   * Unpacks packages that are not in the store.
   * @param archives the `.deb` of each.
   * @param options.before called right before each is unpacked, with how many were.
   * @throws SlapgridError `package-refused`, `no-space`, `cancelled`
   */
  async unpack<Component extends ComponentRecord>(
    archives: readonly { component: Component; file: string }[],
    {
      before,
      signal,
    }: { before: (component: Component, done: number) => Promise<void>; signal: AbortSignal },
  ): Promise<void> {
    if (archives.length === 0) return;
    const folders = archives.flatMap(({ component }) => [this.#aside(component.sha256)]);
    const roots = folders.map((folder) => path.join(folder, 'root'));
    await this.#user.remove(this.#work);
    await this.#user.makeFolders('755', this.#folder, this.#work, ...folders, ...roots);
    let waiting: string[] = [];
    for (const [index, { component, file }] of archives.entries()) {
      await before(component, index);
      await this.#unpackOne(component, file, signal);
      waiting.push(component.sha256);
      if (waiting.length < PUBLISHED_TOGETHER && index + 1 < archives.length) continue;
      await this.#publish(waiting);
      waiting = [];
    }
    await this.#user.remove(this.#work);
  }

  async #unpackOne(component: ComponentRecord, file: string, signal: AbortSignal): Promise<void> {
    const aside = this.#aside(component.sha256);
    const root = path.join(aside, 'root');
    const entries: TreeEntry[] = [];
    const unpack = ['tar', '--extract', '--file=-', `--directory=${root}`, ...TAR_SAFETY];
    const { producer, consumer, failure } = await this.#user.pipe(
      ['dpkg-deb', '--fsys-tarfile', file],
      (source) => filterArchive(source, entries),
      unpack,
      { signal },
    );
    if (saysNoSpace(consumer.errors)) throw commandFailure(unpack, consumer.errors);
    if (failure instanceof RefusedArchive)
      throw new SlapgridError(
        'package-refused',
        { name: component.name, reason: failure.reason, entry: failure.entry },
        { cause: failure },
      );
    if (consumer.code !== 0) throw commandFailure(unpack, consumer.errors);
    if (producer.code !== 0) throw damaged(component);
    if (failure !== undefined) throw failure;
    const record: z.infer<typeof packageRecordSchema> = {
      layout: LAYOUT_VERSION,
      name: component.name,
      file: path.basename(file),
      replaces: await this.#replaces(component, file, signal),
      entries,
    };
    await this.#user.writeFile(path.join(aside, 'package.json'), JSON.stringify(record), '644');
  }

  /** Names of packages whose files this one may take over (deb-control(5)). */
  async #replaces(component: ComponentRecord, file: string, signal: AbortSignal): Promise<string[]> {
    const { code, output } = await this.#user.run(['dpkg-deb', '--field', file, 'Replaces'], { signal });
    if (code !== 0) throw damaged(component);
    return output
      .split(',')
      .map((one) => one.trim().split(/[\s(:]/)[0] ?? '')
      .filter((name) => name !== '');
  }

  /** Makes packages visible when their content is safe on the disk. */
  async #publish(digests: readonly string[]): Promise<void> {
    await this.#user.flush(this.#folder);
    // What stands there is not complete, or it would not have been unpacked anew.
    await this.#user.remove(...digests.map((digest) => this.pathOf(digest)));
    const made = digests.map((digest) => this.#aside(digest));
    await this.#user.runWell(['mv', `--target-directory=${this.#folder}`, '--', ...made]);
    await this.#user.runWell(['sync', this.#folder]);
  }

  #aside(sha256: string): string {
    return path.join(this.#work, sha256);
  }

  async #record(sha256: string): Promise<z.infer<typeof packageRecordSchema> | undefined> {
    const text = await readPlainFile(path.join(this.pathOf(sha256), 'package.json'));
    if (text === undefined) return undefined;
    try {
      return packageRecordSchema.safeParse(JSON.parse(text)).data;
    } catch {
      return undefined;
    }
  }
}

function damaged({ name }: ComponentRecord): SlapgridError {
  return new SlapgridError('package-refused', { name, reason: 'damaged', entry: '' });
}
