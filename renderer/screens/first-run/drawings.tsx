/**
 * A laptop with its windows lit, one whose windows others use, and one looked at through a glass.
 */
import type { ReactNode } from 'react';

const WINDOWS = [
  [26, 19],
  [63, 19],
  [26, 40],
  [63, 40],
] as const;

export function LocalDrawing(): ReactNode {
  return (
    <Laptop>
      {WINDOWS.map(([x, y]) => (
        <rect
          key={`${x} ${y}`}
          className={y < 40 ? 'drawn-lit' : 'drawn-window'}
          x={x}
          y={y}
          width="31"
          height="16"
          rx="3"
        />
      ))}
    </Laptop>
  );
}

/** Two of its windows are somebody else's. */
export function JoinDrawing(): ReactNode {
  return (
    <Laptop>
      {WINDOWS.map(([x, y], place) => (
        <rect
          key={`${x} ${y}`}
          className={place === 0 ? 'drawn-lit' : place === 2 ? 'drawn-window' : 'drawn-hosted'}
          x={x}
          y={y}
          width="31"
          height="16"
          rx="3"
        />
      ))}
      <path className="drawn-way" d="M96 27c16 0 14-10 24-10M96 48c16 0 14 10 24 10" strokeDasharray="2 5" />
      <circle className="drawn-hosted" cx="132" cy="17" r="10" />
      <circle className="drawn-hosted" cx="132" cy="58" r="10" />
    </Laptop>
  );
}

export function LookDrawing(): ReactNode {
  return (
    <Laptop sketched>
      {WINDOWS.slice(0, 3).map(([x, y]) => (
        <rect key={`${x} ${y}`} className="drawn-window" x={x} y={y} width="31" height="16" rx="3" />
      ))}
      <circle className="drawn-glass" cx="84" cy="46" r="15" />
      <path d="m95 57 12 12" strokeWidth="3" />
    </Laptop>
  );
}

function Laptop({ sketched = false, children }: { sketched?: boolean; children: ReactNode }): ReactNode {
  return (
    <svg
      className="drawing"
      viewBox="0 0 144 84"
      aria-hidden="true"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.6"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      <rect x="14" y="8" width="92" height="58" rx="7" {...(sketched ? { strokeDasharray: '4 5' } : {})} />
      <path d="M4 75h112" strokeWidth="4" opacity={sketched ? 0.5 : 1} />
      {children}
    </svg>
  );
}
