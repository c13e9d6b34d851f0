/**
 * Whether a regular expression of a stranger can be tried in the page at all: one that backtracks would stop it. Where it cannot,
 * the agent, which ends such a match after a moment, has the only word.
 */

/** As many steps as a page takes without a person noticing. */
const MOST_STEPS = 1_000_000;

/** Whether trying `source` on a text of `length` ends soon, also when it does not match. */
export function isCheap(source: string, length: number): boolean {
  const repeats = repeatsOf(source);
  if (repeats === null) return false;
  // Without a beginning it is tried from each place.
  const begins = source.startsWith('^') ? 1 : length + 1;
  return repeats.reduce((steps, most) => steps * (Math.min(most, length) + 1), begins) <= MOST_STEPS;
}

/**
 * How often each part may repeat that may do so more or less often: each way of one is tried with each way of the others.
 * null where there are more ways than that: a repeat or a choice inside a repeated group, a reference back.
 */
export function repeatsOf(source: string): number[] | null {
  const groups: { varies: boolean }[] = [];
  const repeats: number[] = [];
  let place = 0;
  while (place < source.length) {
    const token = tokenAt(TOKEN, source, place);
    place += token.length;
    if (/^\\[1-9k]/u.test(token)) return null;
    if (token.startsWith('(')) groups.push({ varies: false });
    const group = groups.at(-1);
    if (token === '|' && group !== undefined) group.varies = true;
    const closed = token === ')' ? groups.pop() : undefined;
    const repeat = tokenAt(REPEAT, source, place);
    place += repeat.length;
    const outer = groups.at(-1);
    if (repeat !== '' && closed?.varies === true) return null;
    const most = mostOf(repeat);
    if (most !== null) repeats.push(most);
    // What is inside an inner group is inside the outer one too.
    if (outer !== undefined && (repeat !== '' || closed?.varies === true)) outer.varies = true;
  }
  return repeats;
}

/** An escape, a set, what opens a group, or one character. */
const TOKEN = /(?:\\(?:[pPu]\{[^}]*\}|k<[^>]*>|.)|\[(?:\\.|[^\]\\])*\]|\((?:\?(?:[:=!]|<[=!]|<\w+>))?|[^])/uy;
const REPEAT = /(?:[*+?]|\{\d+(?:,\d*)?\})\??/uy;

/** @param kind a sticky expression. */
function tokenAt(kind: RegExp, source: string, place: number): string {
  kind.lastIndex = place;
  return kind.exec(source)?.[0] ?? '';
}

/** null for what repeats a fixed number of times. */
function mostOf(repeat: string): number | null {
  if (/^[*+]/u.test(repeat)) return Number.POSITIVE_INFINITY;
  if (repeat.startsWith('?')) return 1;
  const [, least, most] = /^\{(\d+),(\d*)\}/u.exec(repeat) ?? [];
  if (most === undefined || least === most) return null;
  return most === '' ? Number.POSITIVE_INFINITY : Number(most);
}
