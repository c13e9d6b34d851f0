/**
 * Software that is installed here but not in the catalogue: it can be requested again by its URL.
 */
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import type { SoftwareView } from '../../../agent/api/contract.ts';
import { text } from '../../messages.ts';
import { Tile } from '../../parts/glyph.tsx';
import { linkTo } from '../../state/route.ts';

export function OtherSoftware({ software }: { software: readonly SoftwareView[] }): ReactNode {
  if (software.length === 0) return null;
  return (
    <section>
      <h2 className="section">{text('page.services.others')}</h2>
      <ul className="lines">
        {software.map(({ url, title }) => (
          <li key={url} className="line other-software">
            <Tile category="" />
            <div className="row-words">
              <span className="row-title">{title}</span>
              <span className="row-under">{url}</span>
            </div>
            <Button
              component="a"
              variant="default"
              href={linkTo({ screen: 'request-url', url })}
              aria-label={text('page.request.title', { title })}
            >
              {text('page.request')}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
