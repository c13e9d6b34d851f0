/**
 * The state tree as the page knows it, moved on by one change at a time.
 */
import type { AgentState, Change, Usage, UsageRecord } from '../../agent/api/contract.ts';

/**
 * The tree after `change`; null as long as no snapshot came. Everything that did not change keeps its identity. Usage is kept
 * apart ({@link applyUsage}).
 */
export function applyChange(state: AgentState | null, change: Change): AgentState | null {
  if (change.kind === 'snapshot') return change.state;
  if (state === null) return null;
  switch (change.kind) {
    case 'agent':
      return { ...state, agent: change.agent };
    case 'master':
      return {
        ...state,
        masters: replaced(state.masters, change.master, ({ id }) => id === change.master.id),
      };
    case 'master-removed':
      return { ...state, masters: state.masters.filter(({ id }) => id !== change.id) };
    case 'lending':
      return { ...state, lending: change.lending };
    case 'conditions':
      return { ...state, conditions: change.conditions };
    case 'software':
      return {
        ...state,
        software: replaced(state.software, change.software, ({ url }) => url === change.software.url),
      };
    case 'software-removed':
      return { ...state, software: state.software.filter(({ url }) => url !== change.url) };
    case 'partition':
      return {
        ...state,
        partitions: replaced(state.partitions, change.partition, ({ id }) => id === change.partition.id),
      };
    case 'usage':
      return { ...state, usage: change.usage };
    case 'partition-removed':
      return { ...state, partitions: state.partitions.filter(({ id }) => id !== change.id) };
    default:
      return state;
  }
}

/** `after`, with the identity of what is as it was `before`: a row whose figures did not change is not drawn again. */
export function applyUsage(before: UsageRecord, after: UsageRecord): UsageRecord {
  const entries = Object.entries(after).map(([id, usage]): [string, Usage] => {
    const old = before[id];
    return [id, old !== undefined && sameUsage(old, usage) ? old : usage];
  });
  return Object.fromEntries(entries);
}

function sameUsage(one: Usage, other: Usage): boolean {
  return (
    one.cpu === other.cpu &&
    one.memoryBytes === other.memoryBytes &&
    one.diskBytes === other.diskBytes &&
    one.processes === other.processes
  );
}

/** `items` with `item` in the place of the one that `isOld` finds, or at the end. */
function replaced<Item>(items: readonly Item[], item: Item, isOld: (other: Item) => boolean): Item[] {
  const place = items.findIndex(isOld);
  return place === -1 ? [...items, item] : items.with(place, item);
}
