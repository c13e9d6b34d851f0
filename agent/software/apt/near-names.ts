/** Names that a person may have meant. */

const MOST = 3;

/**
 * Up to three of `names` that differ from `name` by little: by letters, or by the version they end in (`postgresql-16` for
 * `postgresql-15`). Nearest first.
 */
export function nearest(name: string, names: readonly string[]): string[] {
  const limit = Math.max(1, Math.floor(name.length / 4));
  const versionless = name.replace(/[\d.]+$/, '');
  return names
    .flatMap((candidate) => {
      const otherVersion = versionless !== name && candidate.replace(/[\d.]+$/, '') === versionless;
      const distance = otherVersion ? 0 : editDistance(name, candidate, limit);
      return distance <= limit && candidate !== '' ? [{ candidate, distance }] : [];
    })
    .sort((one, other) => one.distance - other.distance || one.candidate.localeCompare(other.candidate))
    .slice(0, MOST)
    .map(({ candidate }) => candidate);
}

/** Letters to insert, remove or replace; more than `limit` as soon as that is certain. */
function editDistance(one: string, other: string, limit: number): number {
  if (Math.abs(one.length - other.length) > limit) return limit + 1;
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let at = 1; at <= one.length; at += 1) {
    const next = [at];
    for (let column = 1; column <= other.length; column += 1) {
      const replaced = (row[column - 1] ?? 0) + (one[at - 1] === other[column - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1));
    }
    if (Math.min(...next) > limit) return limit + 1;
    row = next;
  }
  return row[other.length] ?? limit + 1;
}
