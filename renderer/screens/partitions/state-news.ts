/**
 * Tells those who do not see the list what changed in it: states only, never figures.
 */
import { useEffect, useRef } from 'react';
import { text } from '../../messages.ts';
import { announce } from '../../parts/announcer.tsx';
import { stateText } from '../../words/instance.ts';
import { groupOf, type UsedPartition } from './filter.ts';

/** More at once are counted instead of named. */
const MOST_NAMED = 2;

export function useStateNews(used: readonly UsedPartition[]): void {
  const before = useRef<ReadonlyMap<string, string> | null>(null);
  useEffect(() => {
    const known = before.current;
    before.current = new Map(used.map(({ instance }) => [instance.guid, instance.state]));
    if (known === null) return;
    const changed = used.filter(({ instance }) => {
      const old = known.get(instance.guid);
      return old !== undefined && old !== instance.state;
    });
    if (changed.length === 0) return;
    const failed = changed.some(({ instance }) => groupOf(instance) === 'problem');
    announce(newsOf(changed), failed ? 'assertive' : 'polite');
  }, [used]);
}

function newsOf(changed: readonly UsedPartition[]): string {
  if (changed.length > MOST_NAMED) return text('page.partitions.news.many', { count: changed.length });
  return changed
    .map(({ instance }) => text('page.partitions.news', { name: instance.name, state: stateText(instance) }))
    .join(' ');
}
