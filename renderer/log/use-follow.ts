/**
 * Keeps a scrolled element at its end while somebody follows what is written there. Scrolling up stops it; the end starts it again.
 */
import { useCallback, useEffect, useRef, useState, type RefObject } from 'react';

/** Nearer to the end than this is the end. */
const NEAR_PIXELS = 8;

/** Scrolling that somebody asked for before is over when it said nothing for so long. */
const QUIET_MS = 150;

export type Following = {
  following: boolean;
  /** Goes to the end and stays there, or stays where it is. */
  follow: (on: boolean) => void;
  onScroll: () => void;
};

/** @param content grows inside `view`. */
export function useFollow(
  view: RefObject<HTMLElement | null>,
  content: RefObject<HTMLElement | null>,
): Following {
  const [following, setFollowing] = useState(true);
  const wanted = useRef(true);
  const lastTop = useRef(0);
  /** Runs after a choice while the browser may still scroll for what was asked before; that scrolling chooses nothing. */
  const settling = useRef<ReturnType<typeof setTimeout>>(undefined);

  const stick = useCallback(() => {
    const element = view.current;
    if (element === null || !wanted.current) return;
    element.scrollTo({ top: element.scrollHeight, behavior: 'instant' });
    lastTop.current = element.scrollTop;
  }, [view]);

  const settled = useCallback(() => {
    clearTimeout(settling.current);
    settling.current = undefined;
  }, []);

  const settle = useCallback(() => {
    clearTimeout(settling.current);
    settling.current = setTimeout(() => {
      settling.current = undefined;
      stick();
    }, QUIET_MS);
  }, [stick]);

  const choose = useCallback(
    (on: boolean) => {
      wanted.current = on;
      setFollowing(on);
      settle();
    },
    [settle],
  );

  const follow = useCallback(
    (on: boolean) => {
      choose(on);
      stick();
    },
    [choose, stick],
  );

  useEffect(() => {
    const element = view.current;
    if (element === null) return undefined;
    // The browser goes to the end as it was when the key was pressed; lines that are laid out on the way move it.
    const onKeyDown = (event: KeyboardEvent): void => {
      if (event.key === 'End' && !event.altKey && !event.shiftKey) choose(true);
      else settled();
    };
    element.addEventListener('keydown', onKeyDown);
    element.addEventListener('wheel', settled, { passive: true });
    element.addEventListener('pointerdown', settled);
    return () => {
      settled();
      element.removeEventListener('keydown', onKeyDown);
      element.removeEventListener('wheel', settled);
      element.removeEventListener('pointerdown', settled);
    };
  }, [view, choose, settled]);

  useEffect(() => {
    const [element, inner] = [view.current, content.current];
    if (element === null || inner === null) return undefined;
    // New lines, wrapped lines, a wider window: whatever changes the height.
    const observer = new ResizeObserver(stick);
    observer.observe(element);
    observer.observe(inner);
    return () => observer.disconnect();
  }, [view, content, stick]);

  const onScroll = useCallback(() => {
    const element = view.current;
    if (element === null) return;
    const { scrollTop, scrollHeight, clientHeight } = element;
    const [moved, up] = [scrollTop !== lastTop.current, scrollTop < lastTop.current - 1];
    lastTop.current = scrollTop;
    if (settling.current !== undefined) {
      // Where it was put to is no news: a busy log would never settle.
      if (moved) settle();
      return;
    }
    const atEnd = scrollTop + clientHeight >= scrollHeight - NEAR_PIXELS;
    if (atEnd !== wanted.current && (atEnd || up)) {
      wanted.current = atEnd;
      setFollowing(atEnd);
    }
  }, [view, settle]);

  return { following, follow, onScroll };
}
