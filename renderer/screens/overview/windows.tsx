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
import { isHosted, isOwn } from '../../words/owner.ts';

/** A house of more windows than these is seen from farther away. */
const MOST_NEAR = 30;

export function Windows({
  partitions,
  shared,
  paused,
  categoryOf,
}: {
  partitions: readonly PartitionView[];
  /** Whether what is free for a master may be used by it. */
  shared: boolean;
  /** Whether that has to wait. */
  paused: boolean;
  categoryOf: (softwareUrl: string) => string;
}): ReactNode {
  const used = partitions.flatMap(({ id, instance }) => (instance === null ? [] : [{ id, instance }]));
  const [entered, setEntered] = useState<string | null>(null);
  // One of them is in the order of Tab; the arrows lead to the others.
  const first = used.find(({ id }) => id === entered)?.id ?? used[0]?.id;
  const far = partitions.length > MOST_NEAR;
  const legend = legendOf(partitions, shared ? (paused ? 'later' : 'lend') : null);
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
              className={shared && !isOwn({ master }) ? `window ${paused ? 'quiet' : 'lend'}` : 'window'}
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
        {legend.map(({ kind, look, words }) => (
          <span key={kind}>
            <i className={look} />
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

type Kind = Tone | 'frozen' | 'frozen-own' | 'lend' | 'later' | 'free';

/** What each looks like, where it is not called so itself. */
const LOOKS: Partial<Record<Kind, string>> = { frozen: 'paused', 'frozen-own': 'paused', later: 'quiet' };

function kindOf(instance: InstanceView): Kind {
  if (instance.state === 'frozen') return isHosted(instance) ? 'frozen' : 'frozen-own';
  return toneOf(instance);
}

/**
 * How many windows look like what; those that look like nothing are free.
 * @param lent how those are called that a master could use; null when it cannot.
 */
function legendOf(
  partitions: readonly PartitionView[],
  lent: 'lend' | 'later' | null,
): { kind: Kind; look: string; words: string }[] {
  const count = (kind: Kind): number =>
    partitions.filter(({ instance }) => instance !== null && kindOf(instance) === kind).length;
  const free = partitions.filter(({ instance }) => instance === null);
  const lend = lent === null ? 0 : free.filter((partition) => !isOwn(partition)).length;
  if (lend === 0 && free.length === partitions.length)
    return [{ kind: 'free', look: 'free', words: text('page.overview.all-free', { count: free.length }) }];
  const amounts = [
    ...(['local', 'frozen-own', 'hosting', 'frozen', 'paused', 'problem', 'quiet'] as const).map(
      (kind) => [kind, count(kind)] as const,
    ),
    [lent ?? 'lend', lend] as const,
  ];
  const kinds = amounts
    .filter(([, amount]) => amount > 0)
    .map(([kind, amount]) => ({
      kind,
      look: LOOKS[kind] ?? kind,
      words: text(`page.overview.legend.${kind}`, { count: amount }),
    }));
  return [
    ...kinds,
    {
      kind: 'free',
      look: 'free',
      words: text('page.overview.legend.free', { count: free.length - lend }),
    },
  ];
}
