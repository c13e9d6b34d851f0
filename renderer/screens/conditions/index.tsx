/**
 * When this computer hosts for others: what the rules would have meant, the rules beside what is known now, and the schedule.
 */
import { Button, Checkbox } from '@mantine/core';
import type { ReactNode } from 'react';
import type { AgentState } from '../../../agent/api/contract.ts';
import { text } from '../../messages.ts';
import { Failure, Note } from '../../parts/note.tsx';
import { ScreenTitle } from '../../parts/screen-title.tsx';
import './conditions.css';
import { PreviewStrips } from './preview-strips.tsx';
import { RuleRows } from './rule-rows.tsx';
import { Schedule } from './schedule-grid.tsx';
import { CONDITION_NAMES } from './names.ts';
import { hoursOf } from './schedule.ts';
import { usePreview } from './use-preview.ts';
import { useRules } from './use-rules.ts';
import { conditionsText } from './words.ts';

export function Conditions({ agent: { conditions } }: { agent: AgentState }): ReactNode {
  const { rules, change, failure } = useRules(conditions.rules);
  const preview = usePreview(rules);
  const never = preview.state === 'loaded' ? preview.value.never : null;
  const { schedule } = rules;
  return (
    <div className="conditions">
      <ScreenTitle>{text('page.frame.nav.conditions')}</ScreenTitle>
      <p className="under">{conditionsText('page-conditions.under')}</p>
      {never === null ? (
        <PreviewStrips preview={preview} />
      ) : (
        <Note
          tone="paused"
          action={
            schedule.enabled &&
            hoursOf(schedule.hours) === 0 && (
              <Button
                variant="default"
                onClick={() => change({ ...rules, schedule: { ...schedule, enabled: false } })}
              >
                {conditionsText('page-conditions.schedule.clear')}
              </Button>
            )
          }
        >
          <b>{never}</b>
        </Note>
      )}
      {failure !== null && <Failure failure={failure} />}
      <RuleRows rules={rules} facts={conditions.facts} onChange={change} />
      <Schedule rules={rules} facts={conditions.facts} onChange={change} />
      <section>
        <h2 className="section">{conditionsText('page-conditions.own')}</h2>
        <p className="under small">{conditionsText('page-conditions.own.under')}</p>
        <div className="own-rules">
          {CONDITION_NAMES.map((name) => (
            <Checkbox
              key={name}
              label={conditionsText(`page-conditions.own.${name}`)}
              checked={rules.own.includes(name)}
              disabled={!rules[name].enabled && !rules.own.includes(name)}
              onChange={({ currentTarget: { checked } }) => {
                const others = rules.own.filter((each) => each !== name);
                change({ ...rules, own: checked ? [...others, name] : others });
              }}
            />
          ))}
        </div>
      </section>
    </div>
  );
}
