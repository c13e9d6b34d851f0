/** Names that strangers chose, as a person may safely see them on one line of a terminal. */

/** What moves a cursor, ends a line, hides or turns text around (Unicode categories Cc, Cf, Zl, Zp) and halves of characters. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

const LONGEST = 200;

/** @returns the name with what is unsafe written as `\u{1b}`, and no longer than a line can take. */
export function shownName(name: string): string {
  // Half a character at the cut is written out as well.
  const kept = name.length > LONGEST ? `${name.slice(0, LONGEST)}…` : name;
  return kept.replaceAll(UNSAFE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}
