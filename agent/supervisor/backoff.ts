/** How long to wait before a payload that ended is started again. */
export type Backoff = {
  /** @param failures ends in a row, from 1. @returns milliseconds. */
  delay(failures: number): number;
  /** A payload that ran this long is well: its next end counts as the first. Milliseconds. */
  goodAfter: number;
};

const FIRST_MILLISECONDS = 1000;
const LONGEST_MILLISECONDS = 60_000;

/** 1 s, 2 s, 4 s … 60 s; forgotten after 60 s of running. */
export const doublingBackoff: Backoff = {
  delay: (failures) => Math.min(FIRST_MILLISECONDS * 2 ** (failures - 1), LONGEST_MILLISECONDS),
  goodAfter: LONGEST_MILLISECONDS,
};
