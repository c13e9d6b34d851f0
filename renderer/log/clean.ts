/**
 * A line of a log as it can be shown: what a program says to a terminal (colours, titles, moves of the cursor) is taken out,
 * and what has no form of its own is given one. A log is written by a program that nobody vouches for.
 */

/** Longer lines are cut where they are shown; the saved log has all of them. */
const LONGEST_LINE = 4000;

// ECMA-48: control sequences (CSI), strings (OSC, DCS, SOS, PM, APC) with their end or without, and two-character escapes.
const TERMINAL =
  // oxlint-disable-next-line no-control-regex
  /\u001b\[[0-?]*[ -/]*[@-~]|\u001b[\]PX^_][^\u0007\u001b]*(?:\u0007|\u001b\\)?|\u001b[ -/]*[0-~]|\u009b[0-?]*[ -/]*[@-~]/gu;
// Controls but the tab, and what turns the direction of writing around: “Bidi_Control” can make a line read as another one.
const SHAPELESS = /[\p{Cc}\p{Bidi_Control}\p{Cs}\p{Noncharacter_Code_Point}]/gu;

/** U+2400 is the picture of NUL; those of the other ASCII controls follow it. */
const FIRST_PICTURE = 0x24_00;
const PICTURE_OF_DELETE = '\u2421';
const REPLACEMENT = '\ufffd';

/** `line` without anything that is not text. */
export function cleanLine(line: string): string {
  return shortened(line).replace(/\r+$/u, '').replace(TERMINAL, '').replace(SHAPELESS, pictureOf);
}

/**
 * A slice alone would keep the whole line in memory for as long as it is shown; with something added to it, it is a string of its
 * own as soon as it is looked through.
 */
function shortened(line: string): string {
  return line.length > LONGEST_LINE ? `${line.slice(0, LONGEST_LINE)}…` : line;
}

function pictureOf(character: string): string {
  if (character === '\t') return character;
  if (character === '\u007f') return PICTURE_OF_DELETE;
  const code = character.codePointAt(0) ?? 0;
  return code < 0x20 ? String.fromCodePoint(FIRST_PICTURE + code) : REPLACEMENT;
}
