/**
 * The partitions of this computer as the windows of a house: a window is lit when somebody is in.
 */
import { useState, type ReactNode } from 'react';
import type { InstanceView, PartitionView } from '../../../agent/api/contract.ts';
import { text } from '../../messages.ts';
import { arrowKeys } from '../../parts/arrow-keys.ts';
import { Glyph } from '../../parts/glyph.tsx';
import { linkTo } from '../../state/route.ts';
import { stateText, toneOf, type Tone } from '../../words/instance.ts';
import { isOwn } from '../../words/owner.ts';

/** A house of more windows than these is seen from farther away. */
const MOST_NEAR = 30;

export function Windows({
  partitions,
  shared,
  categoryOf,
}: {
  partitions: readonly PartitionView[];
  /** Whether what is free for a master may be used by it now. */
  shared: boolean;
  categoryOf: (softwareUrl: string) => string;
}): ReactNode {
  const used = partitions.flatMap(({ id, instance }) => (instance === null ? [] : [{ id, instance }]));
  const [entered, setEntered] = useState<string | null>(null);
  // One of them is in the order of Tab; the arrows lead to the others.
  const first = used.find(({ id }) => id === entered)?.id ?? used[0]?.id;
  const far = partitions.length > MOST_NEAR;
  const legend = legendOf(partitions, shared);
  return (
    <>
      <ul
        className={far ? 'windows far' : 'windows'}
        aria-label={text('page.overview.windows', { legend: legend.map((entry) => entry.words).join(', ') })}
        ref={arrowKeys}
      >
        {partitions.map(({ id, master, instance }) =>
          instance === null ? (
            <li
              key={id}
              className={shared && !isOwn({ master }) ? 'window lend' : 'window'}
              aria-hidden="true"
            />
          ) : (
            <li key={id}>
              <a
                className={`window lit ${toneOf(instance)}`}
                href={linkTo({ screen: 'partition', id })}
                title={windowText(instance)}
                aria-label={windowText(instance)}
                tabIndex={id === first ? 0 : -1}
                onFocus={() => setEntered(id)}
              >
                {!far && (
                  <>
                    <Glyph category={categoryOf(instance.softwareUrl)} size={22} />
                    <span className="window-name">{instance.name}</span>
                  </>
                )}
              </a>
            </li>
          ),
        )}
      </ul>
      <p className="legend" aria-hidden="true">
        {legend.map(({ kind, words }) => (
          <span key={kind}>
            <i className={kind} />
            {words}
          </span>
        ))}
      </p>
    </>
  );
}

function windowText(instance: InstanceView): string {
  return text('page.overview.window', { name: instance.name, state: stateText(instance) });
}

/** How many windows look like what; those that look like nothing are free. */
function legendOf(
  partitions: readonly PartitionView[],
  shared: boolean,
): { kind: Tone | 'free' | 'lend'; words: string }[] {
  const count = (tone: Tone): number =>
    partitions.filter(({ instance }) => instance !== null && toneOf(instance) === tone).length;
  const free = partitions.filter(({ instance }) => instance === null);
  const lend = shared ? free.filter((partition) => !isOwn(partition)).length : 0;
  if (lend === 0 && free.length === partitions.length)
    return [{ kind: 'free', words: text('page.overview.all-free', { count: free.length }) }];
  const amounts = [
    ...(['local', 'hosting', 'paused', 'problem', 'quiet'] as const).map(
      (kind) => [kind, count(kind)] as const,
    ),
    ['lend', lend] as const,
  ];
  const tones = amounts
    .filter(([, amount]) => amount > 0)
    .map(([kind, amount]) => ({ kind, words: text(`page.overview.legend.${kind}`, { count: amount }) }));
  return [
    ...tones,
    { kind: 'free', words: text('page.overview.legend.free', { count: free.length - lend }) },
  ];
}
