/**
 * Lists by the keyboard: arrows move the focus to the next link in that direction, C copies the address of the row.
 */
import { text } from '../messages.ts';
import { announce } from './announcer.tsx';
import { writeToClipboard } from './copy-button.tsx';

type Direction = { x: number; y: number };

const DIRECTIONS: Readonly<Record<string, Direction>> = {
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
};

/** The `ref` of the element around the links. A row that can be copied says what in `data-copies`. */
export function arrowKeys(list: HTMLElement | null): (() => void) | undefined {
  if (list === null) return undefined;
  const onKey = (event: KeyboardEvent): void => {
    if (!(event.target instanceof HTMLElement) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (actOn(event.key, event.target, list)) event.preventDefault();
  };
  list.addEventListener('keydown', onKey);
  return () => list.removeEventListener('keydown', onKey);
}

/** @returns whether the key meant something here. */
function actOn(key: string, target: HTMLElement, list: HTMLElement): boolean {
  if (key.toLowerCase() === 'c') {
    const copied = target.closest<HTMLElement>('[data-copies]')?.dataset['copies'];
    if (copied !== undefined) void copy(copied);
    return copied !== undefined;
  }
  const direction = DIRECTIONS[key];
  if (direction === undefined) return false;
  const next = nearest([...list.querySelectorAll<HTMLElement>('a[href]')], target, direction);
  next?.focus();
  return next !== null;
}

async function copy(value: string): Promise<void> {
  if (await writeToClipboard(value)) announce(text('page.copied'), 'answer');
  else announce(text('page.copy.refused'), 'assertive');
}

/** The nearest one in that direction; of those equally near, the first. */
function nearest(
  candidates: readonly HTMLElement[],
  from: HTMLElement,
  { x, y }: Direction,
): HTMLElement | null {
  const start = centreOf(from);
  let best: HTMLElement | null = null;
  let shortest = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const end = centreOf(candidate);
    const along = (end.x - start.x) * x + (end.y - start.y) * y;
    // What is beside counts for more than what is ahead: the focus stays in its column or line.
    const aside = Math.abs((end.x - start.x) * y) + Math.abs((end.y - start.y) * x);
    const distance = along + 3 * aside;
    if (candidate !== from && along > 1 && distance < shortest) {
      shortest = distance;
      best = candidate;
    }
  }
  return best;
}

function centreOf(element: HTMLElement): { x: number; y: number } {
  const { left, top, width, height } = element.getBoundingClientRect();
  return { x: left + width / 2, y: top + height / 2 };
}
