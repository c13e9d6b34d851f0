/**
 * Every reason why it is paused, each with its end, and the way on.
 */
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import type { ConditionsView } from '../../../agent/api/contract-conditions.ts';
import { ConditionIcon } from '../../parts/condition-icon.tsx';
import { Icon } from '../../parts/icons.tsx';
import { Failure } from '../../parts/note.tsx';
import { useAction, useStore } from '../../state/hooks.ts';
import { linkTo } from '../../state/route.ts';
import { isAgainstConditions, resume } from './acts.ts';
import './pause.css';
import { pauseText } from './words.ts';

export function Halted({ conditions }: { conditions: ConditionsView }): ReactNode {
  const { client } = useStore();
  const { busy, failure, run } = useAction();
  const { reasons } = conditions;
  const anyway = isAgainstConditions(conditions);
  return (
    <>
      {reasons.length > 0 && (
        <ul className="reasons" aria-label={pauseText('page-pause.reasons')}>
          {reasons.map(({ cause, sentence, ends }) => (
            <li key={`${cause} ${sentence}`} className="reason">
              <ConditionIcon name={cause} size={20} />
              <span className="reason-words">{capitalized(factOf(conditions, cause) ?? sentence)}</span>
              <span className="reason-ends">{ends}</span>
            </li>
          ))}
        </ul>
      )}
      <div className="buttons halted-buttons">
        <Button
          leftSection={<Icon name="resume" />}
          loading={busy}
          onClick={() => void run(() => resume(client, conditions))}
        >
          {pauseText(anyway ? 'page-pause.resume.anyway' : 'page-pause.resume')}
        </Button>
        <Button component="a" variant="default" href={linkTo({ screen: 'conditions' })}>
          {pauseText('page-pause.change')}
        </Button>
      </div>
      {failure !== null && <Failure failure={failure} />}
    </>
  );
}

/** What is known of it says more than that it is so: “On battery, 62 %”. */
function factOf({ facts }: ConditionsView, cause: string): string | null {
  return (
    facts.find(({ condition, known, pauses }) => known && pauses && condition === cause)?.sentence ?? null
  );
}

function capitalized(words: string): string {
  const [first = '', ...rest] = Array.from(words);
  return first.toLocaleUpperCase() + rest.join('');
}
