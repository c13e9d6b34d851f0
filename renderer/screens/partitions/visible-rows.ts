/**
 * Which rows of a long list can be seen, so that only they are drawn. All rows are equally high.
 */
import { useLayoutEffect, useState, type RefObject } from 'react';

export type Range = { first: number; end: number };

/** Rows drawn above and below what can be seen, so that scrolling shows no gap. */
const MARGIN_ROWS = 10;
/** The range moves in steps: not every pixel is worth a drawing, and many rows at once would cost a frame. */
const STEP_ROWS = 2;
const FIRST_DRAWN: Range = { first: 0, end: 25 };

/**
 * The rows between `first` (included) and `end` (not included).
 * @param top of the list below the upper edge of the view; negative when scrolled past.
 */
export function visibleRange(top: number, viewHeight: number, rowHeight: number, count: number): Range {
  const firstSeen = Math.floor(-top / rowHeight);
  const endSeen = Math.ceil((viewHeight - top) / rowHeight);
  const first = Math.floor((firstSeen - MARGIN_ROWS) / STEP_ROWS) * STEP_ROWS;
  const end = Math.ceil((endSeen + MARGIN_ROWS) / STEP_ROWS) * STEP_ROWS;
  const clamp = (row: number): number => Math.min(count, Math.max(0, row));
  return { first: clamp(first), end: clamp(end) };
}

/** The rows of `range`, and the one that the Tab key reaches wherever it is, in their order. */
export function drawnRows({ first, end }: Range, reached: number): number[] {
  const rows = Array.from({ length: end - first }, (_, index) => first + index);
  if (reached < first) return [reached, ...rows];
  return reached < end ? rows : [...rows, reached];
}

/** Follows every scrolling around `list`, whichever element scrolls. */
export function useVisibleRows(list: RefObject<HTMLElement | null>, rowHeight: number, count: number): Range {
  const [range, setRange] = useState(FIRST_DRAWN);
  useLayoutEffect(() => {
    const look = (): void => {
      const top = list.current?.getBoundingClientRect().top ?? 0;
      const next = visibleRange(top, globalThis.innerHeight, rowHeight, count);
      setRange((before) => (before.first === next.first && before.end === next.end ? before : next));
    };
    look();
    const options = { capture: true, passive: true };
    document.addEventListener('scroll', look, options);
    globalThis.addEventListener('resize', look);
    return () => {
      document.removeEventListener('scroll', look, options);
      globalThis.removeEventListener('resize', look);
    };
  }, [list, rowHeight, count]);
  return range;
}
