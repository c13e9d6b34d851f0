/**
 * The commands inside a fix, so that they can be copied: what stands in “…” and begins with the program’s own name, and what
 * stands after the last colon when it is no sentence. The catalogue writes fixes so in every language.
 */

const QUOTED = /“(\.\/slapgrid [^”]+)”/gu;
const LAST = /: ([a-z][\w./-]*(?: .+)?)$/u;

export type FixWords = {
  /** What is said; without a command that stands at its end. */
  words: string;
  /** In the order in which they are to be run; empty for a fix that is done by hand. */
  commands: string[];
};

export function fixWords(fix: string): FixWords {
  const quoted = [...fix.matchAll(QUOTED)].map(([, command = '']) => command);
  if (quoted.length > 0) return { words: fix, commands: quoted };
  const [, last = ''] = LAST.exec(fix) ?? [];
  if (last === '' || last.endsWith('.')) return { words: fix, commands: [] };
  return { words: fix.slice(0, -last.length).trimEnd(), commands: [last] };
}
