/**
 * What a person can do about a pause, and what they are told when it is done.
 */
import type { ConditionsView, PauseInput } from '../../../agent/api/contract-conditions.ts';
import type { AgentState } from '../../../agent/api/contract.ts';
import { failureView } from '../../connection/failure.ts';
import type { AgentClient } from '../../connection/client.ts';
import { announce } from '../../parts/announcer.tsx';
import type { PageStore } from '../../state/store.ts';
import { haltOf } from '../../words/pause.ts';
import { isShared } from '../../words/sentence.ts';
import { isLent } from '../../words/sharing.ts';
import { pauseText } from './words.ts';

/** In the order of the menu. */
export const PAUSES = [15, 60, 'tomorrow', 'resumed'] as const satisfies readonly PauseInput['for'][];
export type Pause = (typeof PAUSES)[number];

const HOUR_MINUTES = 60;

export async function pause(client: AgentClient, how: Pause): Promise<void> {
  await client.pause.mutate({ for: how });
  announce(pauseText(`page-pause.now.${how}`), 'answer');
}

export async function finish(client: AgentClient): Promise<void> {
  await client.finish.mutate();
  announce(pauseText('page-pause.finish.done'), 'answer');
}

/** Whether the conditions would pause it again at once: then it runs against them, for an hour. */
export function isAgainstConditions({ state, reasons }: ConditionsView): boolean {
  return state === 'paused' && reasons.some(({ cause }) => cause !== 'person');
}

export async function resume(client: AgentClient, conditions: ConditionsView): Promise<void> {
  const anyway = isAgainstConditions(conditions);
  await client.resume.mutate({ forMinutes: anyway ? HOUR_MINUTES : null });
  announce(pauseText(anyway ? 'page-pause.resumed.anyway' : 'page-pause.resumed'), 'answer');
}

/** Whether there is anything to pause or to resume. */
export function canPause(agent: AgentState): boolean {
  const shared = isShared(agent);
  if (haltOf(agent, shared) !== null) return true;
  return shared && (isLent(agent.lending) || agent.lending.used.partitions > 0);
}

/** By the keys: for an hour, or the end of it. */
export async function togglePause({ client, snapshot }: PageStore): Promise<void> {
  const { agent } = snapshot();
  if (agent === null || !canPause(agent)) return;
  try {
    if (agent.conditions.state === 'running') await pause(client, HOUR_MINUTES);
    else await resume(client, agent.conditions);
  } catch (error) {
    const { sentence, nextStep } = failureView(error);
    announce(`${sentence} ${nextStep}`, 'assertive');
  }
}
