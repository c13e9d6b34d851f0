/**
 * Own drawings, on a grid of 24: one per category of services. The first shape is the tinted plane.
 */
import type { ReactNode } from 'react';

const glyphs: Readonly<Record<string, { plane: ReactNode; lines: ReactNode }>> = {
  cache: {
    plane: <rect x="6" y="6" width="12" height="12" rx="2" />,
    lines: (
      <>
        <rect x="6" y="6" width="12" height="12" rx="2" />
        <path d="M9.5 6V3M14.5 6V3M9.5 21v-3M14.5 21v-3M6 9.5H3M6 14.5H3M21 9.5h-3M21 14.5h-3M12.6 8.8l-2.4 3.5h3.6l-2.4 3.2" />
      </>
    ),
  },
  database: {
    plane: <path d="M4.5 6v6c0 1.7 3.4 3 7.5 3s7.5-1.3 7.5-3V6" />,
    lines: (
      <>
        <ellipse cx="12" cy="6" rx="7.5" ry="3" />
        <path d="M4.5 6v12c0 1.7 3.4 3 7.5 3s7.5-1.3 7.5-3V6M4.5 12c0 1.7 3.4 3 7.5 3s7.5-1.3 7.5-3" />
      </>
    ),
  },
  'web-server': {
    plane: <path d="M8 12a4 9 0 0 1 4-9 4 9 0 0 1 4 9 4 9 0 0 1-4 9 4 9 0 0 1-4-9z" />,
    lines: (
      <>
        <circle cx="12" cy="12" r="9" />
        <ellipse cx="12" cy="12" rx="4" ry="9" />
        <path d="M3.6 9h16.8M3.6 15h16.8" />
      </>
    ),
  },
  proxy: {
    plane: <rect x="9.5" y="3" width="5" height="18" rx="1.5" />,
    lines: (
      <>
        <rect x="9.5" y="3" width="5" height="18" rx="1.5" />
        <path d="M2.5 8h7M14.5 8h7M18.8 5.3 21.5 8l-2.7 2.7M21.5 16h-7M9.5 16h-7M5.2 13.3 2.5 16l2.7 2.7" />
      </>
    ),
  },
  mail: {
    plane: <path d="M3 7l9 6.5L21 7v-.5A1.5 1.5 0 0 0 19.5 5h-15A1.5 1.5 0 0 0 3 6.5z" />,
    lines: (
      <>
        <rect x="3" y="5" width="18" height="14" rx="2" />
        <path d="M3.4 7.2 12 13.5l8.6-6.3" />
      </>
    ),
  },
  storage: {
    plane: <rect x="4" y="3.5" width="16" height="5.7" rx="1.5" />,
    lines: (
      <>
        <rect x="4" y="3.5" width="16" height="5.7" rx="1.5" />
        <rect x="4" y="9.2" width="16" height="5.7" rx="1.5" />
        <rect x="4" y="14.9" width="16" height="5.7" rx="1.5" />
        <path d="M10 6.3h4M10 12h4M10 17.7h4" />
      </>
    ),
  },
  'virtual-machine': {
    plane: <path d="M12 12 4 7.5 12 3l8 4.5z" />,
    lines: <path d="M12 3l8 4.5v9L12 21l-8-4.5v-9zM4.2 7.6 12 12l7.8-4.4M12 12v8.8" />,
  },
  'office-conversion': {
    plane: <path d="M13 9.5h6.5A1.5 1.5 0 0 1 21 11v8.5a1.5 1.5 0 0 1-1.5 1.5H13z" />,
    lines: (
      <>
        <path d="M11 14.5H5A1.5 1.5 0 0 1 3.5 13V4.5A1.5 1.5 0 0 1 5 3h6.5A1.5 1.5 0 0 1 13 4.5V6M6.5 6.5h3M6.5 9.5h2" />
        <rect x="11.5" y="9.5" width="9" height="11.5" rx="1.5" />
        <path d="M14.3 13.5h3.4M14.3 17h3.4M16 3.8c1.8.2 2.8 1.2 2.8 3.2M17 5.7l1.8 1.6 1.7-1.6" />
      </>
    ),
  },
  'web-application': {
    plane: <path d="M3 6.5A1.5 1.5 0 0 1 4.5 5h15A1.5 1.5 0 0 1 21 6.5V9H3z" />,
    lines: (
      <>
        <rect x="3" y="4.5" width="18" height="15" rx="2" />
        <path d="M3 9h18M5.8 6.8h.01M8.3 6.8h.01M6.5 12.5h5M6.5 16h5" />
        <rect x="14" y="12" width="4" height="4.5" rx=".8" />
      </>
    ),
  },
  'language-stack': {
    plane: <path d="M12 13 3.5 8.5 12 4l8.5 4.5z" />,
    lines: <path d="M12 13 3.5 8.5 12 4l8.5 4.5zM3.5 12.5 12 17l8.5-4.5M3.5 16.5 12 21l8.5-4.5" />,
  },
};

/** The drawing of a category; one of layers for a category that has none. */
export function Glyph({ category, size = 24 }: { category: string; size?: number }): ReactNode {
  const glyph = glyphs[category] ?? glyphs['language-stack'];
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      aria-hidden="true"
      fill="none"
      strokeLinecap="round"
      strokeLinejoin="round"
    >
      <g className="glyph-plane">{glyph?.plane}</g>
      <g stroke="currentColor" strokeWidth="1.5">
        {glyph?.lines}
      </g>
    </svg>
  );
}

/** A glyph in its frame. */
export function Tile({ category, big = false }: { category: string; big?: boolean }): ReactNode {
  return (
    <span className={big ? 'tile big' : 'tile'}>
      <Glyph category={category} size={big ? 32 : 22} />
    </span>
  );
}

/** A laptop whose screen is a grid of partitions. */
export function Mark({ size = 26 }: { size?: number }): ReactNode {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true">
      <rect x="3" y="4" width="26" height="20" rx="3.5" fill="none" stroke="currentColor" strokeWidth="2" />
      <rect x="7" y="8" width="8" height="5" rx="1.2" fill="currentColor" opacity=".32" />
      <rect x="17" y="8" width="8" height="5" rx="1.2" fill="var(--c-hosting-fill)" />
      <rect x="7" y="15" width="8" height="5" rx="1.2" fill="var(--c-local-fill)" />
      <rect x="17" y="15" width="8" height="5" rx="1.2" fill="currentColor" opacity=".32" />
      <rect x="1" y="26" width="30" height="3" rx="1.5" fill="currentColor" />
    </svg>
  );
}
