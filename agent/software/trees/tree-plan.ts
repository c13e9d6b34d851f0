/**
 * How several unpacked packages become one tree, as dpkg would leave it on a disk (deb-control(5) `Replaces`, dpkg(1) on links
 * and folders): folders are shared, a link that stands where another package has a folder is followed, and a file belongs to
 * one package only, or to the one that declares to replace the other.
 */
import { mergedLinks, parentsOf, placeOfTarget } from './paths.ts';

/** latin1 paths; parents come before what they hold. A hard link inside a package is a file of 0 bytes. */
export type TreeEntry =
  | { kind: 'folder'; path: string }
  | { kind: 'file'; path: string; bytes: number }
  | { kind: 'link'; path: string; target: string };

export type UnpackedPackage = {
  name: string;
  /** Folder that holds the entries, relative to the store's folder. */
  folder: string;
  /** Names of packages whose files this one may take over. */
  replaces: readonly string[];
  entries: readonly TreeEntry[];
};

/** `source`: the file to link to, relative to the store's folder. */
export type PlannedEntry =
  | { kind: 'folder'; path: string }
  | { kind: 'file'; path: string; bytes: number; source: string }
  | { kind: 'link'; path: string; target: string };

/** Two packages want the same name; dpkg would not install both. */
export class PackageConflict extends Error {
  readonly packages: readonly [string, string];
  readonly path: string;

  constructor(packages: readonly [string, string], path: string) {
    super(`${packages.join(' and ')}: ${path}`);
    this.packages = packages;
    this.path = path;
  }
}

/** Every tree has these, so that a sandbox can show them whatever the packages brought. */
const ALWAYS = ['etc', 'usr', 'usr/bin', 'usr/lib', 'usr/sbin'];

/** Links that lead to links that lead to links: as many as Linux follows. */
const LONGEST_CHAIN = 40;

/**
 * The entries of the tree, parents first, with the links of the merged-usr layout at the end.
 * @throws PackageConflict
 */
export function planTree(packages: readonly UnpackedPackage[]): PlannedEntry[] {
  const aliases = aliasesOf(packages);
  const planned = new Map<string, { entry: PlannedEntry; owner: UnpackedPackage | undefined }>();
  const addFolder = (path: string): void => {
    if (!planned.has(path)) planned.set(path, { entry: { kind: 'folder', path }, owner: undefined });
  };
  for (const path of ALWAYS) addFolder(path);
  for (const owner of packages) {
    for (const entry of owner.entries) {
      // A link that is followed keeps its own name; what lies below it goes where it leads.
      const path =
        entry.kind === 'link' && aliases.has(entry.path) ? entry.path : follow(aliases, entry.path);
      if (path === undefined) throw new PackageConflict([owner.name, owner.name], entry.path);
      if (path === '') continue;
      for (const parent of parentsOf(path)) addFolder(parent);
      const entryHere: PlannedEntry =
        entry.kind === 'file'
          ? { ...entry, path, source: `${owner.folder}/${entry.path}` }
          : { ...entry, path };
      const other = planned.get(path);
      if (other === undefined || wins(owner, entryHere, other))
        planned.set(path, { entry: entryHere, owner: entry.kind === 'folder' ? undefined : owner });
    }
  }
  const entries = [...planned.values()].map(({ entry }) => entry);
  return [
    ...entries,
    ...mergedLinks(planned).map((path): PlannedEntry => ({ kind: 'link', path, target: `usr/${path}` })),
  ];
}

/** Whether `entry` of `owner` takes the place of the `other` one. */
function wins(
  owner: UnpackedPackage,
  entry: PlannedEntry,
  other: { entry: PlannedEntry; owner: UnpackedPackage | undefined },
): boolean {
  if (entry.kind === 'folder' && other.entry.kind === 'folder') return false;
  if (entry.kind === 'link' && other.entry.kind === 'link' && entry.target === other.entry.target)
    return false;
  if (other.owner !== undefined && entry.kind !== 'folder') {
    if (owner.replaces.includes(other.owner.name)) return true;
    if (other.owner.replaces.includes(owner.name)) return false;
  }
  throw new PackageConflict([other.owner?.name ?? owner.name, owner.name], entry.path);
}

/** Links that stand where another package has a folder: path → where they lead. */
function aliasesOf(packages: readonly UnpackedPackage[]): Map<string, string> {
  const folders = new Set<string>(ALWAYS);
  for (const { entries } of packages)
    for (const entry of entries) if (entry.kind === 'folder') folders.add(entry.path);
  const aliases = new Map<string, string>();
  for (const { entries } of packages)
    for (const entry of entries)
      if (entry.kind === 'link' && folders.has(entry.path))
        aliases.set(entry.path, placeOfTarget(entry.path, entry.target));
  return aliases;
}

/** The path with every such link on the way (and at its end) followed; undefined when they lead in a circle. */
function follow(aliases: ReadonlyMap<string, string>, path: string): string | undefined {
  if (aliases.size === 0) return path;
  let current = path;
  for (let step = 0; step < LONGEST_CHAIN; step += 1) {
    const link = [...parentsOf(current), current].find((part) => aliases.has(part));
    if (link === undefined) return current;
    const rest = current.slice(link.length);
    current = `${aliases.get(link) ?? ''}${rest}`.replace(/^\//, '');
  }
  return undefined;
}
