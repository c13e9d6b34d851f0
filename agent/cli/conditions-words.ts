/** What is decided by conditions, or by a person, in words. */
import type { ConditionsView, Reason } from '../api/contract-conditions.ts';
import { pausedSentence, timeText } from '../conditions/words.ts';
import { text } from '../messages.ts';

/** Whether what is hosted runs; if not, all reasons. */
export function conditionsText({ state, said, reasons }: ConditionsView, now: number): string {
  if (state === 'paused') {
    const finishing = said?.kind === 'finish' ? [text('cli.conditions.state.finishing')] : [];
    return [pausedSentence(reasons, now), ...reasons.map(reasonLine), ...finishing].join('\n');
  }
  const until = said?.until ?? null;
  return text(`cli.conditions.state.${state}`, {
    anyway: said?.kind === 'run' && until !== null ? 'yes' : 'no',
    time: until === null ? '' : timeText(Date.parse(until), now),
  });
}

function reasonLine({ sentence, ends, action }: Reason): string {
  return text('cli.conditions.reason', { sentence, ends, action });
}
