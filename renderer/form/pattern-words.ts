/**
 * A regular expression as words. Patterns of parameters are nearly always a few sets of characters in a row
 * (`^[a-z_][a-z0-9_]{0,62}$`), perhaps with words that are taken (`(?!(?:postgres|root)$)`): those can be said, together with
 * what exactly is wrong with a value. Of any other pattern nothing is said here.
 */

/** Characters from `from` to `to`, both included. */
type Range = { from: string; to: string };
type Part = { ranges: readonly Range[]; least: number; most: number };
type Refusal = { word: string; whole: boolean };
export type Pattern = { refusals: readonly Refusal[]; parts: readonly Part[] };

export type PatternProblem =
  /** `begins`: whether everything that begins like this is refused, not only this. */
  | { kind: 'taken'; word: string; begins: boolean }
  | { kind: 'first'; allowed: readonly Range[] }
  /** `character` stands where it may not. */
  | { kind: 'character'; character: string; allowed: readonly Range[] }
  | { kind: 'short'; least: number }
  | { kind: 'long'; most: number };

const REFUSAL = /^\(\?!(?:\(\?:([^()[\]\\]+)\)|([^()[\]\\]+?))(\$?)\)/u;
const PART =
  /^(?:\[((?:[^\]\\^]|\\[\w.+*/-])(?:[^\]\\]|\\[\w.+*/-])*)\]|([\w:/@-]))([*+?]|\{\d+(?:,\d*)?\})?/u;

/** null for a pattern that is not of that simple kind. */
export function readPattern(source: string): Pattern | null {
  if (!source.startsWith('^') || !source.endsWith('$')) return null;
  let rest = source.slice(1);
  const refusals: Refusal[] = [];
  for (let match = REFUSAL.exec(rest); match !== null; match = REFUSAL.exec(rest)) {
    const [whole, several, each = '', end] = match;
    refusals.push(...refusalsOf(several, each, end === '$'));
    rest = rest.slice(whole.length);
  }
  const parts: Part[] = [];
  while (rest !== '$') {
    const match = PART.exec(rest);
    if (match === null) return null;
    const [whole, set, letter, amount] = match;
    const ranges = set === undefined ? [{ from: letter ?? '', to: letter ?? '' }] : rangesOf(set);
    if (ranges === null) return null;
    parts.push({ ranges, ...amountOf(amount) });
    rest = rest.slice(whole.length);
  }
  // Which part a character belongs to must be clear: only the last one may vary, or all are of one length.
  const clear = parts.slice(0, -1).every(({ least, most }) => least === most);
  return clear && parts.length > 0 ? { refusals, parts } : null;
}

/** In `(?:one|other)$` the end belongs to all of them, in `one|other$` to the last. */
function refusalsOf(several: string | undefined, each: string, ended: boolean): Refusal[] {
  if (several !== undefined) return several.split('|').map((word) => ({ word, whole: ended }));
  const words = each.split('|');
  return words.map((word, place) => ({
    word: word.replace(/\$$/u, ''),
    whole: word.endsWith('$') || (ended && place === words.length - 1),
  }));
}

function amountOf(amount: string | undefined): { least: number; most: number } {
  switch (amount) {
    case undefined:
      return { least: 1, most: 1 };
    case '?':
      return { least: 0, most: 1 };
    case '*':
      return { least: 0, most: Number.POSITIVE_INFINITY };
    case '+':
      return { least: 1, most: Number.POSITIVE_INFINITY };
    default: {
      const [least = '0', most] = amount.slice(1, -1).split(',');
      if (most === undefined) return { least: Number(least), most: Number(least) };
      return { least: Number(least), most: most === '' ? Number.POSITIVE_INFINITY : Number(most) };
    }
  }
}

function rangesOf(set: string): Range[] | null {
  const characters = Array.from(set.matchAll(/\\(.)|(.)/gu), ([, escaped, plain]) => ({
    character: escaped ?? plain ?? '',
    escaped: escaped !== undefined,
  }));
  const ranges: Range[] = [];
  for (let place = 0; place < characters.length; place += 1) {
    const from = characters[place];
    const [dash, to] = [characters[place + 1], characters[place + 2]];
    if (from === undefined) return null;
    if (from.escaped && /\w/u.test(from.character)) {
      const known = CLASSES[from.character];
      if (known === undefined) return null;
      ranges.push(...known);
    } else if (dash?.character === '-' && !dash.escaped && to !== undefined) {
      ranges.push({ from: from.character, to: to.character });
      place += 2;
    } else {
      ranges.push({ from: from.character, to: from.character });
    }
  }
  return ranges;
}

const CLASSES: Readonly<Record<string, readonly Range[]>> = {
  d: [{ from: '0', to: '9' }],
  w: [
    { from: 'a', to: 'z' },
    { from: 'A', to: 'Z' },
    { from: '0', to: '9' },
    { from: '_', to: '_' },
  ],
};

/** What is wrong with `value`, which the pattern does not match; null when that is not clear. */
export function patternProblem({ refusals, parts }: Pattern, value: string): PatternProblem | null {
  for (const { word, whole } of refusals) {
    const taken = whole ? value === word : value.startsWith(word);
    if (taken) return { kind: 'taken', word, begins: !whole };
  }
  const characters = Array.from(value);
  let place = 0;
  for (const { ranges, least, most } of parts) {
    let taken = 0;
    while (taken < most) {
      const character = characters[place];
      if (character === undefined) break;
      if (!isIn(ranges, character)) {
        if (place === 0 && least > 0) return { kind: 'first', allowed: ranges };
        return { kind: 'character', character, allowed: ranges };
      }
      taken += 1;
      place += 1;
    }
    if (taken < least) return { kind: 'short', least: sumOf(parts, 'least') };
  }
  return place < characters.length ? { kind: 'long', most: sumOf(parts, 'most') } : null;
}

function sumOf(parts: readonly Part[], which: 'least' | 'most'): number {
  return parts.reduce((sum, part) => sum + part[which], 0);
}

function isIn(ranges: readonly Range[], character: string): boolean {
  return ranges.some(({ from, to }) => character >= from && character <= to);
}
