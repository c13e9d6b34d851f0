/**
 * Keeps a scrolled element at its end while somebody follows what is written there. Scrolling up stops it; the end starts it again.
 */
import { useCallback, useEffect, useRef, useState, type RefObject } from 'react';

/** Nearer to the end than this is the end. */
const NEAR_PIXELS = 8;

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

  const stick = useCallback(() => {
    const element = view.current;
    if (element === null || !wanted.current) return;
    element.scrollTo({ top: element.scrollHeight, behavior: 'instant' });
    lastTop.current = element.scrollTop;
  }, [view]);

  const follow = useCallback(
    (on: boolean) => {
      wanted.current = on;
      setFollowing(on);
      stick();
    },
    [stick],
  );

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
    const up = scrollTop < lastTop.current - 1;
    lastTop.current = scrollTop;
    const atEnd = scrollTop + clientHeight >= scrollHeight - NEAR_PIXELS;
    if (atEnd !== wanted.current && (atEnd || up)) {
      wanted.current = atEnd;
      setFollowing(atEnd);
    }
  }, [view]);

  return { following, follow, onScroll };
}
