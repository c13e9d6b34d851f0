/**
 * The rules, one line each: what it is about and when it ends again, its control, and what is known of it now.
 */
// oxlint-disable jsx-a11y/prefer-tag-over-role -- the name of a group stands inside it, beside what belongs to it
import { NumberInput, Select, Switch } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import type { ConditionName, Fact, PauseAction, Rules } from '../../../agent/api/contract-conditions.ts';
import { ConditionIcon } from '../../parts/condition-icon.tsx';
import { conditionsText } from './words.ts';

const ACTIONS = ['freeze', 'stop'] as const satisfies readonly PauseAction[];
const GIGABYTE = 1_000_000_000;
/** A person may have chosen another one by the command line. */
const CHARGES = [80, 50] as const;
const NEVER = 'never';

type Rule = Exclude<ConditionName, 'schedule'>;

type RowProperties = {
  rules: Rules;
  facts: readonly Fact[];
  onChange: (rules: Rules) => void;
};

export function RuleRows(properties: RowProperties): ReactNode {
  const { rules, onChange } = properties;
  const { activity, load, temperature, disk } = rules;
  return (
    <section className="rules" aria-label={conditionsText('page-conditions.rules')}>
      <Row {...properties} rule="battery">
        <BatteryChoice rules={rules} onChange={onChange} />
      </Row>
      <Row {...properties} rule="activity" switched>
        <Amount
          label={conditionsText('page-conditions.rule.activity.minutes')}
          value={activity.minutes}
          least={1}
          most={240}
          suffix={`${JOINT}min`}
          onChange={(minutes) => onChange({ ...rules, activity: { ...activity, minutes } })}
        />
        <Amount
          label={conditionsText('page-conditions.rule.activity.load')}
          value={activity.loadPercent}
          least={0}
          most={100}
          suffix={`${JOINT}%`}
          onChange={(loadPercent) => onChange({ ...rules, activity: { ...activity, loadPercent } })}
        />
      </Row>
      <Row {...properties} rule="load" switched>
        <Amount
          label={conditionsText('page-conditions.rule.load.percent')}
          value={load.percent}
          least={1}
          most={100}
          suffix={`${JOINT}%`}
          onChange={(percent) => onChange({ ...rules, load: { ...load, percent } })}
        />
      </Row>
      <Row {...properties} rule="metered" switched />
      <Row {...properties} rule="temperature" switched>
        <Amount
          label={conditionsText('page-conditions.rule.temperature.celsius')}
          value={temperature.celsius}
          least={30}
          most={120}
          suffix={`${JOINT}°C`}
          onChange={(celsius) => onChange({ ...rules, temperature: { ...temperature, celsius } })}
        />
      </Row>
      <Row {...properties} rule="disk" switched>
        <Amount
          label={conditionsText('page-conditions.rule.disk.free')}
          value={Math.max(0.1, Math.round((10 * disk.freeBytes) / GIGABYTE) / 10)}
          least={0.1}
          most={100_000}
          suffix={`${JOINT}GB`}
          onChange={(gigabytes) =>
            onChange({ ...rules, disk: { ...disk, freeBytes: Math.round(gigabytes * GIGABYTE) } })
          }
        />
      </Row>
      <Row {...properties} rule="fullscreen" switched />
    </section>
  );
}

/** Between a number and its unit. */
const JOINT = '\u00a0';

function Row({
  rule,
  rules,
  facts,
  onChange,
  switched = false,
  children,
}: RowProperties & {
  rule: Rule;
  /** Whether it is switched on and off, rather than by its control. */
  switched?: boolean;
  children?: ReactNode;
}): ReactNode {
  const title = conditionsText(`page-conditions.rule.${rule}`);
  const { enabled, action } = rules[rule];
  const set = (over: { enabled?: boolean; action?: PauseAction }): void =>
    onChange({ ...rules, [rule]: { ...rules[rule], ...over } });
  return (
    <div role="group" aria-label={title} className={enabled ? 'rule' : 'rule off'}>
      <ConditionIcon name={rule} />
      <div className="rule-words">
        <span>{title}</span>
        <span className="small dim">{conditionsText(`page-conditions.rule.${rule}.under`)}</span>
      </div>
      <div className="rule-values">{children}</div>
      {enabled ? (
        <ActionChoice rule={title} action={action} onChange={(chosen) => set({ action: chosen })} />
      ) : (
        <span className="rule-action" />
      )}
      {switched ? (
        <Switch
          className="rule-switch"
          aria-label={conditionsText('page-conditions.rule.on', { rule: title })}
          withThumbIndicator={false}
          checked={enabled}
          onChange={({ currentTarget: { checked } }) => set({ enabled: checked })}
        />
      ) : (
        <span className="rule-switch" />
      )}
      <FactNow fact={facts.find(({ condition }) => condition === rule)} />
    </div>
  );
}

/** What a pause does: frozen, it goes on where it was. */
export function ActionChoice({
  rule,
  action,
  onChange,
}: {
  rule: string;
  action: PauseAction;
  onChange: (action: PauseAction) => void;
}): ReactNode {
  return (
    <Select
      className="rule-action"
      size="xs"
      aria-label={conditionsText('page-conditions.action', { rule })}
      data={ACTIONS.map((value) => ({ value, label: conditionsText(`page-conditions.action.${value}`) }))}
      value={action}
      allowDeselect={false}
      onChange={(chosen) => {
        const known = ACTIONS.find((each) => each === chosen);
        if (known !== undefined) onChange(known);
      }}
    />
  );
}

export function FactNow({ fact }: { fact: Fact | undefined }): ReactNode {
  if (fact === undefined || !fact.known) {
    return (
      <span className="fact unknown">{fact?.sentence ?? conditionsText('page-conditions.unknown')}</span>
    );
  }
  return (
    <span
      className={fact.pauses ? 'fact pauses' : 'fact'}
      {...(fact.source === '' ? {} : { title: fact.source })}
    >
      {fact.sentence}
    </span>
  );
}

function BatteryChoice({ rules, onChange }: Pick<RowProperties, 'rules' | 'onChange'>): ReactNode {
  const { battery } = rules;
  const charges = [...new Set([...CHARGES, battery.belowPercent])]
    .filter((percent) => percent < 100)
    .toSorted((one, other) => other - one);
  const below = charges.map((percent) => ({
    value: String(percent),
    label: conditionsText('page-conditions.rule.battery.below', { percent }),
  }));
  return (
    <Select
      className="rule-battery"
      size="xs"
      aria-label={conditionsText('page-conditions.rule.battery')}
      data={[
        { value: '100', label: conditionsText('page-conditions.rule.battery.always') },
        ...below,
        { value: NEVER, label: conditionsText('page-conditions.rule.battery.never') },
      ]}
      value={battery.enabled ? String(battery.belowPercent) : NEVER}
      allowDeselect={false}
      onChange={(chosen) => {
        if (chosen === null) return;
        const enabled = chosen !== NEVER;
        const belowPercent = enabled ? Number(chosen) : battery.belowPercent;
        onChange({ ...rules, battery: { ...battery, enabled, belowPercent } });
      }}
    />
  );
}

/** A number that counts once it is left; what cannot be stays in the field, and is said. */
function Amount({
  label,
  value,
  least,
  most,
  suffix,
  onChange,
}: {
  label: string;
  value: number;
  least: number;
  most: number;
  suffix: string;
  onChange: (value: number) => void;
}): ReactNode {
  const [draft, setDraft] = useState<number | string | null>(null);
  const typed = draft ?? value;
  const wrong = draft !== null && !(typeof typed === 'number' && typed >= least && typed <= most);
  const commit = (): void => {
    if (draft === null || wrong) return;
    setDraft(null);
    if (typeof typed === 'number' && typed !== value) onChange(typed);
  };
  return (
    <NumberInput
      className="rule-amount"
      size="xs"
      aria-label={label}
      hideControls
      clampBehavior="none"
      allowNegative={false}
      decimalScale={least < 1 && least > 0 ? 1 : 0}
      suffix={suffix}
      value={typed}
      error={wrong ? conditionsText('page-conditions.wrong', { least, most }) : false}
      onChange={setDraft}
      onBlur={commit}
      onKeyDown={({ key }) => {
        if (key === 'Enter') commit();
        if (key === 'Escape') setDraft(null);
      }}
    />
  );
}
