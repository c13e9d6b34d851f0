/**
 * Grey lines in the place of what is on its way: nothing before 300 ms, so that what comes at once does not flicker.
 */
import type { ReactNode } from 'react';

export function Waiting({ children, rows = 0 }: { children: string; rows?: number }): ReactNode {
  return (
    <output className="waiting">
      <span className={rows === 0 ? 'dim' : 'visually-hidden'}>{children}</span>
      {Array.from({ length: rows }, (_, row) => (
        <span key={row} className="waiting-row" aria-hidden="true" />
      ))}
    </output>
  );
}
