/**
 * The heading of a screen. It takes the focus when the screen is entered, and names the window.
 */
import { useEffect, useRef, type ReactNode } from 'react';
import { text } from '../messages.ts';

export function ScreenTitle({
  children,
  className = 'page-title',
}: {
  children: string;
  className?: string;
}): ReactNode {
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  return (
    <>
      <title>{text('page.title', { sentence: children })}</title>
      <h1 ref={heading} tabIndex={-1} className={className}>
        {children}
      </h1>
    </>
  );
}
