/**
 * The agent's state tree as seen by a reader of its changes.
 */
import type { AgentState, Change, InstanceView } from '../api/contract.ts';

/** The tree after a change. The given one is left as it is. */
export function applyChange(state: AgentState | undefined, change: Change): AgentState | undefined {
  if (change.kind === 'snapshot') return change.state;
  if (state === undefined) return undefined;
  switch (change.kind) {
    case 'agent':
      return { ...state, agent: change.agent };
    case 'master':
      return { ...state, masters: replaced(state.masters, change.master, (each) => each.id) };
    case 'master-removed':
      return { ...state, masters: state.masters.filter((each) => each.id !== change.id) };
    case 'lending':
      return { ...state, lending: change.lending };
    case 'conditions':
      return { ...state, conditions: change.conditions };
    case 'software':
      return { ...state, software: replaced(state.software, change.software, (each) => each.url) };
    case 'software-removed':
      return { ...state, software: state.software.filter((each) => each.url !== change.url) };
    case 'partition':
      return { ...state, partitions: replaced(state.partitions, change.partition, (each) => each.id) };
    case 'usage':
      return { ...state, usage: change.usage };
    default:
      return { ...state, partitions: state.partitions.filter((each) => each.id !== change.id) };
  }
}

function replaced<Item>(list: readonly Item[], item: Item, keyOf: (item: Item) => string): Item[] {
  const index = list.findIndex((each) => keyOf(each) === keyOf(item));
  return index === -1 ? [...list, item] : list.with(index, item);
}

/** Every state of the tree from now on, the present one first. */
export async function* statesOf(changes: AsyncIterable<Change>): AsyncGenerator<AgentState> {
  let state: AgentState | undefined;
  for await (const change of changes) {
    state = applyChange(state, change);
    if (state !== undefined) yield state;
  }
}

export function instancesOf(state: AgentState): InstanceView[] {
  return state.partitions.flatMap(({ instance }) => (instance === null ? [] : [instance]));
}

export function instanceNamed(state: AgentState, name: string): InstanceView | undefined {
  return instancesOf(state).find((instance) => instance.name === name);
}
