/**
 * What is left when the agent has taken itself away at the person's word.
 */
import { useEffect, type ReactNode } from 'react';
import { text } from '../../messages.ts';
import { Alone } from '../../parts/alone.tsx';
import { announce } from '../../parts/announcer.tsx';

/** @param kept absolute paths of what is still there. */
export function Uninstalled({ kept }: { kept: readonly string[] }): ReactNode {
  useEffect(() => announce(text('page.settings.uninstalled'), 'answer'), []);
  return (
    <Alone title={text('page.settings.uninstalled')}>
      <p className="under">{text('page.settings.uninstalled.under')}</p>
      {kept.length > 0 && (
        <>
          <p className="under">{text('page.settings.uninstalled.kept')}</p>
          <ul className="lost">
            {kept.map((place) => (
              <li key={place} className="mono">
                {place}
              </li>
            ))}
          </ul>
        </>
      )}
    </Alone>
  );
}
