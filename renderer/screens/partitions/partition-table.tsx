/**
 * The list itself: filter and search, one row per partition in use, one stop of the Tab key. Arrows move, Enter opens, C copies
 * the address, the Menu key shows what can be done.
 */
// oxlint-disable jsx-a11y/prefer-tag-over-role -- only some of the rows are drawn, each at its own place: no layout of a table
import { Button, SegmentedControl, TextInput } from '@mantine/core';
import { useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { text } from '../../messages.ts';
import { announce } from '../../parts/announcer.tsx';
import { writeToClipboard } from '../../parts/copy-button.tsx';
import { Icon } from '../../parts/icons.tsx';
import { Failure } from '../../parts/note.tsx';
import { useCategories } from '../../state/categories.ts';
import { goTo } from '../../state/route.ts';
import { addressOf } from '../../words/instance.ts';
import { DestroyDialog } from '../partition/destroy-dialog.tsx';
import { useCommands } from '../partition/use-commands.ts';
import { countsOf, FILTERS, isListed, type Filter, type UsedPartition } from './filter.ts';
import { movedRow } from './movement.ts';
import { PartitionRow, ROW_HEIGHT, rowId, type RowAction } from './partition-row.tsx';
import { useSteadyList } from './steady-list.ts';
import { useStateNews } from './state-news.ts';
import { drawnRows, useVisibleRows } from './visible-rows.ts';

/** As the list was left: who comes back from a partition finds it so. */
const left: { filter: Filter; words: string; active: string | null } = {
  filter: 'all',
  words: '',
  active: null,
};

export function PartitionTable({ used }: { used: readonly UsedPartition[] }): ReactNode {
  const [filter, setFilter] = useState(left.filter);
  const [words, setWords] = useState(left.words);
  const { failure, give } = useCommands();
  /** Whose destruction is asked about, or was asked about last: the dialog closes after it is gone. */
  const [doomed, setDoomed] = useState<UsedPartition | null>(null);
  const [destroying, setDestroying] = useState(false);
  useStateNews(used);
  useEffect(() => {
    left.filter = filter;
    left.words = words;
  }, [filter, words]);

  const byId = useMemo(() => new Map(used.map((partition) => [partition.id, partition])), [used]);
  const wanted = used.filter((partition) => isListed(partition, filter, words)).map(({ id }) => id);
  const { ids, watch } = useSteadyList(`${filter} ${words}`, wanted, byId);
  const listed = ids.flatMap((id) => byId.get(id) ?? []);
  useFoundNews(words, listed.length);

  const act = useCallback(
    (action: RowAction, partition: UsedPartition) => {
      const { id, instance } = partition;
      const address = addressOf(instance);
      switch (action) {
        case 'open':
          return goTo({ screen: 'partition', id });
        case 'copy':
          return address === null ? undefined : void copy(address);
        case 'destroy':
          setDoomed(partition);
          return setDestroying(true);
        default:
          return give(action, instance.name);
      }
    },
    [give],
  );

  return (
    <>
      <div className="partitions-tools">
        <SegmentedControl
          aria-label={text('page.partitions.filter')}
          data={FILTERS.map((value) => ({
            value,
            label: text(`page.partitions.filter.${value}`, { count: countsOf(used)[value] }),
          }))}
          value={filter}
          onChange={setFilter}
        />
        <TextInput
          className="partitions-search"
          type="search"
          aria-label={text('page.partitions.search')}
          placeholder={text('page.partitions.search')}
          leftSection={<Icon name="search" />}
          value={words}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setWords(event.currentTarget.value)}
        />
      </div>
      {failure !== null && <Failure failure={failure} />}
      {listed.length === 0 ? (
        <NothingFound
          words={words}
          onClear={() => {
            setWords('');
            setFilter('all');
          }}
        />
      ) : (
        <div className="partitions" {...watch}>
          <Rows listed={listed} there={byId} onAction={act} />
        </div>
      )}
      {doomed !== null && (
        <DestroyDialog
          instance={doomed.instance}
          partition={doomed.id}
          opened={destroying}
          onClose={() => setDestroying(false)}
          onAccepted={() => setDestroying(false)}
          onClosed={() => focusRow(doomed.id)}
        />
      )}
    </>
  );
}

function Rows({
  listed,
  there,
  onAction,
}: {
  listed: readonly UsedPartition[];
  /** All that are in use, listed or not. */
  there: ReadonlyMap<string, UsedPartition>;
  onAction: (action: RowAction, partition: UsedPartition) => void;
}): ReactNode {
  const categoryOf = useCategories();
  const list = useRef<HTMLDivElement>(null);
  const range = useVisibleRows(list, ROW_HEIGHT, listed.length);
  const [chosen, setChosen] = useState(left.active);
  const [menu, setMenu] = useState<string | null>(null);
  const [lastPlace, setLastPlace] = useState(0);
  const found = listed.findIndex(({ id }) => id === chosen);
  if (found !== -1 && found !== lastPlace) setLastPlace(found);
  // What is in the place of a row that is gone takes over; of one that is only not listed now, the first.
  const instead = chosen === null || there.has(chosen) ? 0 : Math.min(lastPlace, listed.length - 1);
  const place = found === -1 ? instead : found;
  const active = listed[place]?.id ?? null;

  const focus = useCallback((id: string) => {
    left.active = id;
    setChosen(id);
  }, []);
  /** Where the focus goes once the row is drawn: it may be far outside of what can be seen. */
  const goal = useRef<string | null>(null);
  useEffect(() => {
    if (goal.current === null) return;
    document.getElementById(rowId(goal.current))?.focus();
    goal.current = null;
  });
  const keptFocus = useKeptFocus(active);
  useReturn(list, listed);

  const key = (event: KeyboardEvent, partition: UsedPartition): void => {
    // What stands in the row has keys of its own.
    if (event.target !== event.currentTarget || event.altKey || event.ctrlKey || event.metaKey) return;
    const moved = movedRow(event.key, listed.indexOf(partition), listed.length);
    if (moved !== null) {
      const next = listed[moved]?.id ?? partition.id;
      if (next !== partition.id) {
        goal.current = next;
        setChosen(next);
      }
    } else if (event.key === 'Enter') onAction('open', partition);
    else if (event.key.toLowerCase() === 'c') onAction('copy', partition);
    else if (event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey)) setMenu(partition.id);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const latestKey = useRef(key);
  useEffect(() => {
    latestKey.current = key;
  });
  const onKey = useCallback(
    (event: KeyboardEvent, partition: UsedPartition) => latestKey.current(event, partition),
    [],
  );

  return (
    <div
      role="grid"
      className="partitions-grid"
      aria-label={text('page.frame.nav.partitions')}
      aria-rowcount={listed.length + 1}
    >
      <div role="rowgroup">
        <div role="row" className="partition-head" aria-rowindex={1}>
          {HEADINGS.map(([name, heading]) => (
            <span key={name} role="columnheader" className={`cell-${name}`}>
              {text(heading)}
            </span>
          ))}
        </div>
      </div>
      <div
        role="rowgroup"
        ref={list}
        className="partition-rows"
        {...keptFocus}
        style={{ height: listed.length * ROW_HEIGHT }}
      >
        {drawnRows(range, place).map((index) => {
          const partition = listed[index];
          return (
            partition !== undefined && (
              <PartitionRow
                key={partition.id}
                partition={partition}
                category={categoryOf(partition.instance.softwareUrl)}
                index={index}
                active={partition.id === active}
                menuOpen={partition.id === menu}
                onFocus={focus}
                onKey={onKey}
                onMenu={setMenu}
                onAction={onAction}
              />
            )
          );
        })}
      </div>
    </div>
  );
}

const HEADINGS = [
  ['service', 'page.partitions.service'],
  ['state', 'page.partitions.state'],
  ['promises', 'page.partitions.promises'],
  ['cpu', 'page.partitions.cpu'],
  ['memory', 'page.partitions.memory'],
  ['disk', 'page.partitions.disk'],
  ['since', 'page.partitions.since'],
  ['actions', 'page.partitions.actions.column'],
] as const;

/** The one of a partition; when it is gone, the one that the Tab key reaches. */
function focusRow(partition: string): void {
  const row = document.getElementById(rowId(partition));
  (row ?? document.querySelector<HTMLElement>('.partition-row[tabindex="0"]'))?.focus();
}

/**
 * A row that goes while it has the focus leaves it to `active`, not to nobody.
 * @returns for the element around the rows; what is taken away while it has the focus does not blur.
 */
function useKeptFocus(active: string | null): { onFocus: () => void; onBlur: () => void } {
  const inside = useRef(false);
  useEffect(() => {
    if (inside.current && document.activeElement === document.body) {
      document.getElementById(rowId(active ?? ''))?.focus();
    }
  });
  return {
    onFocus: () => {
      inside.current = true;
    },
    onBlur: () => {
      inside.current = false;
    },
  };
}

/** Who comes back to a long list sees the row they left. */
function useReturn(list: { current: HTMLElement | null }, listed: readonly UsedPartition[]): void {
  const place = useRef(listed.findIndex(({ id }) => id === left.active));
  useEffect(() => {
    const rows = list.current;
    if (rows === null || place.current < 0) return;
    const row = document.getElementById(rowId(left.active ?? ''));
    const { bottom } = row?.getBoundingClientRect() ?? { bottom: 0 };
    if (bottom > globalThis.innerHeight) row?.scrollIntoView({ block: 'center' });
  }, [list]);
}

function NothingFound({ words, onClear }: { words: string; onClear: () => void }): ReactNode {
  return (
    <div className="nothing-found">
      <p>
        {words.trim() === ''
          ? text('page.partitions.none')
          : text('page.partitions.none-found', { words: words.trim() })}
      </p>
      <Button variant="default" onClick={onClear}>
        {text('page.partitions.show-all')}
      </Button>
    </div>
  );
}

/** Says how many were found, once typing stops. */
function useFoundNews(words: string, count: number): void {
  const counted = useRef(count);
  useEffect(() => {
    counted.current = count;
  }, [count]);
  useEffect(() => {
    if (words.trim() === '') return undefined;
    const timer = setTimeout(() => announce(text('page.partitions.found', { count: counted.current })), 600);
    return () => clearTimeout(timer);
  }, [words]);
}

async function copy(address: string): Promise<void> {
  if (await writeToClipboard(address)) announce(text('page.partitions.copied', { address }), 'answer');
  else announce(text('page.copy.refused'), 'assertive');
}
