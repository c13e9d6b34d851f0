/**
 * One row of the list: who lives there, how it is, and what it takes. Drawn again when its own figures change.
 */
// oxlint-disable jsx-a11y/prefer-tag-over-role -- only some of the rows are drawn, each at its own place: no layout of a table
import { memo, type KeyboardEvent, type ReactNode } from 'react';
import type { InstanceView, Usage } from '../../../agent/api/contract.ts';
import { Sparkline } from '../../curves/sparkline.tsx';
import { MEASURES, pointsOf, type MeasureName } from '../../curves/measures.ts';
import { useUsageCurve } from '../../curves/use-usage-curve.ts';
import { text } from '../../messages.ts';
import { ActionMenu } from '../../parts/action-menu.tsx';
import { Tile } from '../../parts/glyph.tsx';
import { Icon } from '../../parts/icons.tsx';
import { OwnerMark } from '../../parts/owner.tsx';
import { InstanceState } from '../../parts/state-label.tsx';
import { linkTo } from '../../state/route.ts';
import { usePageState } from '../../state/hooks.ts';
import { useMomentText } from '../../state/moment.ts';
import { useUsage } from '../../state/usage.ts';
import { commandsOf, type Command } from '../../words/commands.ts';
import { addressOf, nextStartText } from '../../words/instance.ts';
import { mastersText } from '../../words/masters.ts';
import { isHosted, masterTitle } from '../../words/owner.ts';
import { amountText, stepText } from '../../words/progress.ts';
import { failedPromisesText, promisesCountText } from '../../words/promises.ts';
import type { UsedPartition } from './filter.ts';

export const ROW_HEIGHT = 61;

export type RowAction = Command | 'open' | 'copy';

export type RowProperties = {
  partition: UsedPartition;
  category: string;
  /** From 0. */
  index: number;
  /** The one row that the Tab key reaches. */
  active: boolean;
  menuOpen: boolean;
  onFocus: (id: string) => void;
  onKey: (event: KeyboardEvent, partition: UsedPartition) => void;
  onMenu: (id: string | null) => void;
  onAction: (action: RowAction, partition: UsedPartition) => void;
};

export const PartitionRow = memo(function PartitionRow(properties: RowProperties): ReactNode {
  const { partition, category, index, active, menuOpen, onFocus, onKey, onAction } = properties;
  const { id, instance } = partition;
  return (
    <div
      role="row"
      id={rowId(id)}
      className={`partition-row${menuOpen ? ' open' : ''}${isHosted(instance) ? ' for-others' : ''}`}
      style={{ top: index * ROW_HEIGHT, height: ROW_HEIGHT }}
      // The row of the headings is the first.
      aria-rowindex={index + 2}
      tabIndex={active ? 0 : -1}
      onFocus={() => onFocus(id)}
      onKeyDown={(event) => onKey(event, partition)}
      onClick={(event) => {
        // The link and the button of the row do what they do; the rest of it opens.
        if (event.target instanceof Element && event.target.closest('a, button, [role=menu]') === null) {
          onAction('open', partition);
        }
      }}
    >
      <div role="gridcell" className="cell-service">
        <Tile category={category} />
        <div className="row-words">
          <a className="row-title" href={linkTo({ screen: 'partition', id })} tabIndex={-1}>
            {instance.name}
          </a>
          <span className="row-under">
            <OwnerMark owner={instance.owner} /> {instance.softwareTitle}
            <ForMaster partition={partition} />
          </span>
        </div>
      </div>
      <div role="gridcell" className="cell-state">
        <InstanceState instance={instance} />
        <span className="row-under" title={whatNow(instance)}>
          {whatNow(instance)}
        </span>
        <span className="row-under cell-narrow">
          <MemoryNow id={id} />
        </span>
      </div>
      <div role="gridcell" className="cell-promises">
        <span>{promisesCountText(instance)}</span>
        <span className="row-under unkept">{failedPromisesText(instance)}</span>
      </div>
      <Curves id={id} />
      <div role="gridcell" className="cell-since">
        {instance.state === 'started' && <Since changedAt={instance.changedAt} />}
      </div>
      <div role="gridcell" className="cell-actions">
        <RowMenu {...properties} />
      </div>
    </div>
  );
});

/** Where it is not said by who asked. */
function ForMaster({ partition }: Pick<RowProperties, 'partition'>): ReactNode {
  const master = useMasterTitle(partition);
  if (master === null || master === partition.instance.owner.name) return null;
  const words = mastersText('masters.for', { master });
  return <span title={words}> · {words}</span>;
}

function useMasterTitle(partition: UsedPartition): string | null {
  return usePageState(({ agent }) => masterTitle(partition, agent?.masters ?? []));
}

export function rowId(partition: string): string {
  return `row-${partition}`;
}

/** Under the state: how far it is, or what is wrong. */
function whatNow(instance: InstanceView): string {
  const { state, progress, error } = instance;
  if (state === 'failed') return error?.sentence ?? '';
  const time = nextStartText(instance);
  if (time !== null) return text('page.partitions.again', { time });
  if (progress === null) return '';
  return [stepText(progress.step), amountText(progress)].filter((part) => part !== '').join(' ');
}

function Since({ changedAt }: Pick<InstanceView, 'changedAt'>): ReactNode {
  return useMomentText(changedAt);
}

function MemoryNow({ id }: { id: string }): ReactNode {
  const usage = useUsage(id);
  return usage === null ? '' : MEASURES.memory.figure(usage);
}

function Curves({ id }: { id: string }): ReactNode {
  const usage = useUsage(id);
  const samples = useUsageCurve(id);
  return (['cpu', 'memory', 'disk'] as const).map((name) => (
    <div role="gridcell" key={name} className={`cell-figure cell-${name}`}>
      <Sparkline points={pointsOf(samples ?? [], name)} least={MEASURES[name].least} />
      <span>{figureOf(usage, name)}</span>
    </div>
  ));
}

function figureOf(usage: Usage | null, name: MeasureName): string {
  return usage === null ? text('page.unknown-value') : MEASURES[name].figure(usage);
}

/** The menu is made when it is opened: hundreds of rows pass by, and each would have one that nobody looks at. */
function RowMenu(properties: RowProperties): ReactNode {
  const { partition, menuOpen, onMenu } = properties;
  if (menuOpen) return <OpenMenu {...properties} />;
  return (
    <button
      type="button"
      className="row-menu"
      tabIndex={-1}
      aria-haspopup="menu"
      aria-expanded={false}
      aria-label={text('page.partitions.actions', { name: partition.instance.name })}
      onClick={() => onMenu(partition.id)}
    >
      <Icon name="more" />
    </button>
  );
}

function OpenMenu({ partition, onMenu, onAction }: RowProperties): ReactNode {
  const { id, instance } = partition;
  const address = addressOf(instance);
  const master = useMasterTitle(partition);
  const copy = {
    key: 'copy',
    label: (
      <>
        {text('page.partitions.copy')} <bdi className="mono dim menu-address">{address}</bdi>
      </>
    ),
    act: () => onAction('copy', partition),
  };
  const commands = commandsOf(instance).map((command) => ({
    key: command,
    label: text(`page.partition.command.${command}`),
    grave: command === 'destroy',
    act: () => onAction(command, partition),
  }));
  return (
    <ActionMenu
      label={text('page.partitions.actions', { name: instance.name })}
      actions={[
        { key: 'open', label: text('page.partitions.open'), act: () => onAction('open', partition) },
        ...(address === null ? [] : [copy]),
        ...commands,
      ]}
      {...(isHosted(instance)
        ? { note: mastersText('masters.hosted.menu', { master: master ?? instance.owner.name }) }
        : {})}
      opened
      onChange={(open) => onMenu(open ? id : null)}
      onClosed={() => document.getElementById(rowId(id))?.focus()}
      reached={false}
    />
  );
}
