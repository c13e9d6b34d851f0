/**
 * Finding words in a log: which lines have them, and where in each.
 */
import type { LogBlock, LogLine, LogLines } from './log-lines.ts';

/** `start` and `end` of each place in a line, one after the other. */
export type Match = readonly [start: number, end: number];

/**
 * Where `words` stand in `text`: as typed, upper and lower case alike. Nothing is a pattern. Empty words are nowhere.
 */
export function matchesIn(text: string, words: string): Match[] {
  if (words === '') return [];
  const matches: Match[] = [];
  const needle = words.toLowerCase();
  const hay = text.toLowerCase();
  // A few letters have a longer lower-case form: then places in one are not places in the other, and case is kept.
  const exact = hay.length !== text.length || needle.length !== words.length;
  const [searched, sought] = exact ? [text, words] : [hay, needle];
  for (
    let place = searched.indexOf(sought);
    place !== -1;
    place = searched.indexOf(sought, place + sought.length)
  ) {
    matches.push([place, place + sought.length]);
  }
  return matches;
}

/** The numbers of the lines that have `words` in them, oldest first. */
export class LogSearch {
  #words = '';
  #known = new WeakMap<readonly LogLine[], readonly number[]>();

  /** Blocks that were searched before are not searched again: what comes in costs its own lines. */
  find(lines: LogLines, words: string): number[] {
    if (words !== this.#words) {
      this.#words = words;
      this.#known = new WeakMap();
    }
    if (words === '') return [];
    return lines.blocks.flatMap((block) => this.#inBlock(block));
  }

  #inBlock({ lines }: LogBlock): readonly number[] {
    const known = this.#known.get(lines);
    if (known !== undefined) return known;
    const found = lines
      .filter(({ text }) => matchesIn(text, this.#words).length > 0)
      .map(({ number }) => number);
    this.#known.set(lines, found);
    return found;
  }
}

/**
 * The hit to go to from the line `from` (0: none chosen yet): the next one, or the one before, around the end. null without hits.
 */
export function hitAfter(hits: readonly number[], from: number, direction: 1 | -1): number | null {
  if (hits.length === 0) return null;
  if (direction === 1) return hits.find((hit) => hit > from) ?? hits[0] ?? null;
  // The newest is what a person looks at first.
  return hits.findLast((hit) => hit < from || from === 0) ?? hits.at(-1) ?? null;
}
