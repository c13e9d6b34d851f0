/**
 * The partitions of this computer as the windows of a house: a window is lit when somebody is in.
 */
import type { ReactNode } from 'react';
import type { PartitionView } from '../../agent/api/contract.ts';
import { text } from '../messages.ts';
import { linkTo } from '../state/route.ts';
import { stateText, toneOf } from '../words/instance.ts';
import { Glyph } from './glyph.tsx';

export function Windows({
  partitions,
  categoryOf,
}: {
  partitions: readonly PartitionView[];
  categoryOf: (softwareUrl: string) => string;
}): ReactNode {
  const used = partitions.filter(({ instance }) => instance !== null).length;
  return (
    <>
      <ul className="windows" aria-label={text('page.windows')}>
        {partitions.map(({ id, instance }) =>
          instance === null ? (
            <li key={id} className="window" title={text('page.windows.free', { id })} />
          ) : (
            <li key={id}>
              <a
                className={`window lit ${toneOf(instance)}`}
                href={linkTo({ screen: 'partition', id })}
                title={`${instance.name}, ${stateText(instance)}`}
                aria-label={`${instance.name}, ${stateText(instance)}`}
              >
                <Glyph category={categoryOf(instance.softwareUrl)} size={22} />
                <span className="window-name">{instance.name}</span>
              </a>
            </li>
          ),
        )}
      </ul>
      <p className="legend">
        <i className="yours" />
        {text('page.windows.yours', { count: used })}
        <i />
        {text('page.windows.rest', { count: partitions.length - used })}
      </p>
    </>
  );
}
