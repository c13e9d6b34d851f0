/**
 * Words of any length where there is room for a line of them.
 */

const LONGEST = 80;

/** The beginning of long words; short ones as they are. */
export function excerpt(words: string): string {
  if (words.length <= LONGEST) return words;
  // Not through the middle of a character.
  return `${Array.from(words.slice(0, LONGEST)).slice(0, -1).join('')}…`;
}
