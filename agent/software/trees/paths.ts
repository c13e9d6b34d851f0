/**
 * Paths inside a tree: relative, without `.`, `..` or empty parts, in the merged-usr layout. latin1 text, as in the archive.
 */

/** What Debian and Ubuntu moved below `/usr`; the old places are symbolic links (usrmerge). */
const MOVED: ReadonlySet<string> = new Set(['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32', 'libo32']);

/** The parts of a path; its own parents first. `usr/bin/env` → `usr`, `usr/bin`. */
export function parentsOf(path: string): string[] {
  const parts = path.split('/');
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'));
}

/**
 * The place in a tree of a name from an archive: `./lib/x.so` → `usr/lib/x.so`; empty for the tree itself. Undefined for what no
 * honest archive holds: an absolute path, one that leaves its folder, a control character.
 */
export function placeOf(name: string): string | undefined {
  // oxlint-disable-next-line no-control-regex
  if (name.startsWith('/') || /[\u0000-\u001f\u007f]/.test(name)) return undefined;
  const parts = name.split('/').filter((part) => part !== '' && part !== '.');
  return parts.includes('..') ? undefined : merged(parts).join('/');
}

/** Where a symbolic link at `path` leads inside a tree whose root is `/`; never above it, as in a real root. */
export function placeOfTarget(path: string, target: string): string {
  const parts = target.startsWith('/') ? [] : path.split('/').slice(0, -1);
  for (const part of target.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return merged(parts).join('/');
}

/** `bin` → `usr/bin`: the target of the link that stands at the old place, or undefined for any other path. */
export function mergedPlace(path: string): string | undefined {
  return MOVED.has(path) ? `usr/${path}` : undefined;
}

/** The names at the top that are links to below `usr` in a tree that holds `places`. */
export function mergedLinks(places: { has(path: string): boolean }): string[] {
  return [...MOVED].filter((name) => places.has(`usr/${name}`));
}

function merged(parts: string[]): string[] {
  const first = parts[0];
  return first !== undefined && MOVED.has(first) ? ['usr', ...parts] : parts;
}
