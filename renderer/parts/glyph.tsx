/**
 * The picture of a category of services, and the mark of the product. Own drawings (`assets/icons`), never brand logos.
 */
import type { ReactNode } from 'react';

const drawings = import.meta.glob<string>('../../assets/icons/*.svg', {
  query: '?raw',
  import: 'default',
  eager: true,
});

const fallback = 'language-stack';

function drawingOf(category: string): string {
  return (
    drawings[`../../assets/icons/${category}.svg`] ?? drawings[`../../assets/icons/${fallback}.svg`] ?? ''
  );
}

/** The drawing of a category; one of layers for a category that has none. */
export function Glyph({ category, size = 24 }: { category: string; size?: number }): ReactNode {
  return (
    <span
      className="glyph"
      aria-hidden="true"
      style={{ width: size, height: size }}
      // oxlint-disable-next-line react/no-danger -- drawings of this project, bundled with the page
      dangerouslySetInnerHTML={{ __html: drawingOf(category) }}
    />
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
