/**
 * The heading of a screen. It takes the focus when the screen is entered, and names the window.
 */
import { useEffect, useRef, type ReactNode } from 'react';
import { text } from '../messages.ts';

export function ScreenTitle({
  children,
  className = 'page-title',
  focused = true,
}: {
  children: string;
  className?: string;
  /** False where something else of the screen takes the focus. */
  focused?: boolean;
}): ReactNode {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (focused) heading.current?.focus({ preventScroll: true });
  }, [focused]);
  return (
    <>
      <title>{text('page.title', { sentence: children })}</title>
      <h1 ref={heading} tabIndex={-1} className={className}>
        {children}
      </h1>
    </>
  );
}
