/**
 * One limit: a slider and a field for the same amount, what is used of it, and how it holds.
 */
import { NumberInput, Slider } from '@mantine/core';
import { useId, useState, type ReactNode } from 'react';
import type { LendingView, LimitName } from '../../../agent/api/contract-lending.ts';
import type { PartitionView, UsageRecord } from '../../../agent/api/contract.ts';
import { usePageState } from '../../state/hooks.ts';
import { bytesText } from '../../words/amounts.ts';
import { isHosted } from '../../words/owner.ts';
import {
  contradictionOf,
  fromUnit,
  inUnit,
  roomOf,
  scaleOf,
  unitOf,
  usedOf,
  type Contradiction,
  type Scope,
  type UsedNow,
} from './limits.ts';
import { HeldMark } from './protections.tsx';
import './slider.css';
import { lendingText, limitText, usedText } from './words.ts';

/** What more than these is lowered to can be said in words. */
const LOWERED = ['cpus', 'memoryBytes', 'diskBytes', 'processes'] as const satisfies readonly LimitName[];

export function LimitRow({
  name,
  scope,
  lending,
  partitions,
  onSave,
}: {
  name: LimitName;
  scope: Scope;
  lending: LendingView;
  partitions: readonly PartitionView[];
  onSave: (name: LimitName, limit: number | null) => void;
}): ReactNode {
  const id = useId();
  const limit = lending.limits[scope][name];
  // As it is being typed or slid; null: as it is saved.
  const [draft, setDraft] = useState<number | string | null>(null);
  const saved = limit === null ? '' : inUnit(name, limit);
  const value = draft ?? saved;
  const wanted = limitIn(name, value);
  const wrong = draft === null ? null : contradictionOf(scope, name, wanted, lending);
  const commit = (typed: number | string): void => {
    const next = limitIn(name, typed);
    if (typed === saved || next === limit) setDraft(null);
    else if (contradictionOf(scope, name, next, lending) === null) {
      setDraft(null);
      onSave(name, next);
    } else setDraft(typed);
  };
  const title = lendingText(`page-lending.limit.${name}`);
  const { most, step } = scaleOf(name, lending.room);
  const { held, detail } = lending.limitsHeld[name];
  const used = useUsed(name, scope, lending, partitions);
  return (
    <li className="limit-row">
      <div className="limit-words">
        <span id={`${id}-title`}>{title}</span>
        <span className="limit-of">{ofText(name, scope, lending)}</span>
      </div>
      <Slider
        className="limit-slider"
        thumbLabel={lendingText('page-lending.limit.slider', { what: title })}
        label={null}
        min={0}
        max={most}
        step={step}
        disabled={held === 'none'}
        value={typeof value === 'number' ? Math.min(Math.max(value, 0), most) : most}
        onChange={(slid) => setDraft(Math.max(slid, step))}
        onChangeEnd={(slid) => commit(Math.max(slid, step))}
      />
      <NumberInput
        className="limit-field"
        aria-labelledby={`${id}-title`}
        aria-describedby={`${id}-wrong ${id}-lowered`}
        hideControls
        disabled={held === 'none'}
        clampBehavior="none"
        decimalScale={unitOf(name) === 'count' ? 0 : 2}
        thousandSeparator=","
        suffix={suffixOf(name, value)}
        placeholder={lendingText('page-lending.limit.none')}
        value={value}
        error={wrong !== null}
        onChange={setDraft}
        onBlur={() => commit(value)}
        onKeyDown={({ key }) => {
          if (key === 'Enter') commit(value);
          if (key === 'Escape') setDraft(null);
        }}
      />
      <span className="limit-used">
        <span className="limit-narrow">{lendingText('page-lending.limit.used')} </span>
        {used === null ? (
          <span className="dim">{lendingText('page-lending.limit.unknown')}</span>
        ) : (
          usedText(name, used)
        )}
      </span>
      <HeldMark held={held} detail={detail} />
      <div className="limit-notes">
        <span id={`${id}-wrong`} className="limit-wrong problem" role={wrong === null ? undefined : 'alert'}>
          {wrong !== null && wrongText(name, wanted, wrong)}{' '}
          {wrong !== null && 'most' in wrong && wrong.kind !== 'huge' && (
            <button
              type="button"
              className="text-button"
              // The field would be left, and its error with it, before the press.
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => commit(inUnit(name, wrong.most))}
            >
              {lendingText('page-lending.use', { limit: limitText(name, wrong.most) })}
            </button>
          )}
        </span>
        <span id={`${id}-lowered`} className="limit-lowered paused">
          {wrong === null && loweredText(name, wanted, used)}
        </span>
      </div>
    </li>
  );
}

/** What stands in a field, as the contract has it; an empty one is no limit. */
function limitIn(name: LimitName, value: number | string): number | null {
  if (value === '') return null;
  return fromUnit(name, Number(value));
}

function suffixOf(name: LimitName, value: number | string): string {
  const unit = unitOf(name);
  return unit === 'count' ? '' : lendingText(`page-lending.unit.${unit}`, { value: Number(value) });
}

function ofText(name: LimitName, scope: Scope, { room }: LendingView): string {
  if (scope === 'each') return lendingText('page-lending.limit.each');
  const most = roomOf(name, room);
  if (most === null) return lendingText('page-lending.limit.together');
  switch (name) {
    case 'cpus':
      return lendingText('page-lending.limit.cpus.of', { room: most });
    case 'memoryBytes':
      return lendingText('page-lending.limit.memoryBytes.of', { room: bytesText(most) });
    default:
      return lendingText('page-lending.limit.diskBytes.of', { room: bytesText(most) });
  }
}

function wrongText(name: LimitName, wanted: number | null, wrong: Contradiction): string {
  if (wrong.kind !== 'room' && wrong.kind !== 'together') {
    return lendingText(`page-lending.wrong.${wrong.kind}`);
  }
  return lendingText(`page-lending.wrong.${wrong.kind}`, {
    wanted: limitText(name, wanted ?? 0),
    most: limitText(name, wrong.most),
  });
}

/** What it means that more is used than is allowed from now on; empty when it is not so. */
function loweredText(name: LimitName, limit: number | null, used: number | null): string {
  const said = LOWERED.find((each) => each === name);
  if (said === undefined || limit === null || used === null || used <= limit) return '';
  return lendingText(`page-lending.lowered.${said}`, { used: limitText(name, used) });
}

/** Of all that is hosted; of each, by the one that uses most. */
function useUsed(
  name: LimitName,
  scope: Scope,
  lending: LendingView,
  partitions: readonly PartitionView[],
): number | null {
  const most = usePageState(({ usage }) =>
    scope === 'each' ? usedOf(name, mostUsed(name, usage, partitions, lending.used.most)) : null,
  );
  return scope === 'each' ? most : usedOf(name, lending.used);
}

function mostUsed(
  name: LimitName,
  usage: UsageRecord,
  partitions: readonly PartitionView[],
  counted: LendingView['used']['most'],
): UsedNow | null {
  const hosted = partitions.flatMap(({ id, instance }) =>
    instance !== null && isHosted(instance) ? (usage[id] ?? []) : [],
  );
  const all = hosted.map(({ cpu, ...rest }) => ({ ...rest, cpus: cpu, ...counted }));
  const [most = null] = all.toSorted((one, other) => (usedOf(name, other) ?? 0) - (usedOf(name, one) ?? 0));
  return most;
}
