/**
 * A page that is one sentence and what follows from it: there is no agent behind it, so there is nowhere else to go.
 */
import type { ReactNode } from 'react';
import './alone.css';
import { Mark } from './glyph.tsx';
import { ScreenTitle } from './screen-title.tsx';

/** @param label the state in a word. */
export function Alone({
  label,
  title,
  children,
}: {
  label?: ReactNode;
  title: string;
  children: ReactNode;
}): ReactNode {
  return (
    <main className="alone">
      <div>
        <Mark size={44} />
        {label !== undefined && <p className="alone-state">{label}</p>}
        <ScreenTitle className="sentence">{title}</ScreenTitle>
        {children}
      </div>
    </main>
  );
}
