/**
 * A list that holds still while somebody is at it: rows neither come, go nor move under the pointer or the focus. What is asked
 * for (another filter, other words) shows at once.
 */
import { useState } from 'react';

export type Held = {
  /** What the person asked for; another value is a new list. */
  asked: string;
  ids: readonly string[];
};

/**
 * @param still whether the list as it was is to stay.
 * @returns what to show of `ids`: the same as `before` while `still`, as long as it answers the same question.
 */
export function heldList(before: Held | null, asked: string, ids: readonly string[], still: boolean): Held {
  if (before !== null && before.asked === asked && (still || sameIds(before.ids, ids))) return before;
  return { asked, ids };
}

export function useSteadyList(
  asked: string,
  ids: readonly string[],
  /** What there is at all: of a list of which nothing is left, there is nothing to hold. */
  there: { has: (id: string) => boolean },
): {
  ids: readonly string[];
  /** For the element around the rows. */
  watch: {
    onPointerEnter: () => void;
    onPointerLeave: () => void;
    onFocus: () => void;
    onBlur: (event: { currentTarget: Element; relatedTarget: EventTarget | null }) => void;
  };
} {
  const [pointed, setPointed] = useState(false);
  const [focused, setFocused] = useState(false);
  const [held, setHeld] = useState<Held | null>(null);
  const still = (pointed || focused) && (held?.ids.some((id) => there.has(id)) ?? false);
  const next = heldList(held, asked, ids, still);
  if (next !== held) setHeld(next);
  return {
    ids: next.ids,
    watch: {
      onPointerEnter: () => setPointed(true),
      onPointerLeave: () => setPointed(false),
      onFocus: () => setFocused(true),
      onBlur: ({ currentTarget, relatedTarget }) =>
        setFocused(relatedTarget instanceof Node && currentTarget.contains(relatedTarget)),
    },
  };
}

function sameIds(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((id, index) => id === other[index]);
}
