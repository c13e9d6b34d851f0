/**
 * Why what is hosted is held back now, in one sentence and in one clause.
 */
import type { ConditionsView } from '../../agent/api/contract-conditions.ts';
import type { AgentState, InstanceView } from '../../agent/api/contract.ts';
import { text } from '../messages.ts';
import { namesText } from './owner.ts';
import { untilText } from './time.ts';

/** What a pause is about. */
export type Held = {
  hosted: readonly InstanceView[];
  /** How many of the person's own run. */
  running: number;
};

/**
 * What to show of the conditions; null when what may run does.
 * @param shared whether this computer works for masters now: a pause of what nobody uses is no news.
 */
export function haltOf(
  { conditions }: Pick<AgentState, 'conditions'>,
  shared: boolean,
): 'paused' | 'finishing' | null {
  const { state, ownPaused } = conditions;
  if (state === 'paused') return shared || ownPaused ? 'paused' : null;
  return state === 'finishing' && shared ? 'finishing' : null;
}

export function haltedHeadline(
  conditions: ConditionsView,
  { hosted, running }: Held,
): { sentence: string; under: string } {
  if (conditions.state === 'finishing') {
    const count = hosted.filter(({ state }) => state !== 'stopped').length;
    const own = text('page.overview.paused.own', { count: running });
    return {
      sentence: text('page.overview.finishing', { count }),
      under: `${text('page.overview.finishing.under')} ${own}`.trim(),
    };
  }
  const names = namesText(hosted.map(({ owner }) => owner.name));
  const action = conditions.reasons.some((reason) => reason.action === 'stop') ? 'stop' : 'freeze';
  const held = text('page.overview.paused.held', { count: hosted.length, names, action });
  const own = conditions.ownPaused
    ? text('page.overview.paused.own.held')
    : text('page.overview.paused.own', { count: running });
  return { sentence: pausedSentence(conditions), under: `${held} ${own}`.trim() };
}

/** At most two reasons, the worst first. */
function pausedSentence({ reasons }: ConditionsView): string {
  const [first, second] = reasons;
  if (first === undefined) return text('page.overview.paused.person');
  if (first.cause === 'person') {
    return first.until === null
      ? text('page.overview.paused.person')
      : text('page.overview.paused.person.until', { when: untilText(Date.parse(first.until), Date.now()) });
  }
  const both =
    second === undefined
      ? first.sentence
      : text('page.overview.paused.two', { first: first.sentence, second: second.sentence });
  return text('page.overview.paused', { reasons: both });
}

/** For the foot of the navigation. */
export function haltedFoot(
  { state, until, reasons }: ConditionsView,
  left: number,
): { tone: 'paused'; label: string; clause: string } {
  if (state === 'finishing') {
    const clause = text('page.frame.finishing.clause', { count: left });
    return { tone: 'paused', label: text('page.frame.finishing'), clause };
  }
  const clause =
    until === null
      ? (reasons[0]?.sentence ?? '')
      : text('page.frame.paused.clause', { when: untilText(Date.parse(until), Date.now()) });
  return { tone: 'paused', label: text('page.frame.paused'), clause };
}

/** That a person said it runs whatever the conditions say; empty when nobody did. */
export function anywayText({ state, said }: ConditionsView): string {
  if (state !== 'running' || said?.kind !== 'run') return '';
  return said.until === null
    ? text('page.overview.anyway.open')
    : text('page.overview.anyway', { when: untilText(Date.parse(said.until), Date.now()) });
}
