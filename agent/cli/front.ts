/**
 * What changed between two states of the tree, as short lines for somebody who leaves the front open.
 */
import type { AgentState, InstanceView } from '../api/contract.ts';
import { text } from '../messages.ts';
import { instancesOf } from './state-tree.ts';

/** One line for each thing that changed; amounts within a step are no news. */
export function changeLines(before: AgentState, after: AgentState): string[] {
  const known = new Map(instancesOf(before).map((instance) => [instance.guid, instance]));
  const lines: string[] = [];
  for (const instance of instancesOf(after)) {
    const was = known.get(instance.guid);
    known.delete(instance.guid);
    if (was === undefined || newsOf(was) !== newsOf(instance)) lines.push(line(instance));
  }
  for (const gone of known.values()) lines.push(text('cli.front.gone', { name: gone.name }));
  const told = new Set(before.agent.notices.map(({ id }) => id));
  for (const notice of after.agent.notices) if (!told.has(notice.id)) lines.push(notice.sentence);
  return lines;
}

/** What of an instance is worth a line when it changes. */
function newsOf({ state, progress, error }: InstanceView): string {
  return [state, progress?.step ?? '', error?.code ?? ''].join(' ');
}

function line({ name, state, progress, error }: InstanceView): string {
  if (state === 'failed' && error !== null) {
    return text('cli.front.failed', { name, sentence: error.sentence, next: error.nextStep });
  }
  const words = progress === null ? text(`cli.state.${state}`) : text(`cli.progress.${progress.step}`);
  return text('cli.step', { name, words });
}
