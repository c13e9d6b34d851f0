/**
 * The weekly schedule: 7 × 24 hours, painted by dragging or set by keys. One of them is in the order of Tab; the arrows lead to the others.
 */
// oxlint-disable jsx-a11y/prefer-tag-over-role -- a grid of hours is no table of words
// oxlint-disable jsx-a11y/control-has-associated-label -- the label of a row is inside its button
import { Button, Switch } from '@mantine/core';
import {
  useEffect,
  useId,
  useRef,
  useState,
  type KeyboardEvent,
  type PointerEvent,
  type ReactNode,
} from 'react';
import type { Fact, Rules } from '../../../agent/api/contract-conditions.ts';
import { ActionChoice, FactNow } from './rule-rows.tsx';
import {
  copied,
  HOURS_OF_DAY,
  hoursOf,
  isBetween,
  isOpen,
  moved,
  painted,
  type Cell,
  type Hours,
} from './schedule.ts';
import type { Change } from './use-rules.ts';
import { conditionsText, dayName, DAYS, hourText, type Day } from './words.ts';

const MARKS = [0, 6, 12, 18, 24] as const;

type Stroke = { from: Cell; to: Cell; open: boolean };

export function Schedule({
  rules,
  facts,
  onChange,
}: {
  rules: Rules;
  facts: readonly Fact[];
  onChange: Change;
}): ReactNode {
  const { schedule } = rules;
  const id = useId();
  const [before, setBefore] = useState<{ hours: string[]; enabled: boolean; day: Day } | null>(null);
  const set = (hours: string[], told: string): void => {
    setBefore(null);
    // Who changes an hour wants it to count.
    onChange({ ...rules, schedule: { ...schedule, enabled: true, hours } }, told);
  };
  const copy = (day: Day): void => {
    const told = conditionsText('page-conditions.schedule.copied', { day: dayName(day) });
    set(copied(schedule.hours, day), told);
    setBefore({ hours: schedule.hours, enabled: schedule.enabled, day });
  };
  return (
    <section className="schedule">
      <div className="schedule-head">
        <h2 className="section">{conditionsText('page-conditions.schedule')}</h2>
        <FactNow fact={facts.find(({ condition }) => condition === 'schedule')} />
      </div>
      <div className="schedule-controls">
        <Switch
          id={id}
          label={conditionsText('page-conditions.schedule.on')}
          withThumbIndicator={false}
          checked={schedule.enabled}
          onChange={({ currentTarget: { checked } }) =>
            onChange({ ...rules, schedule: { ...schedule, enabled: checked } })
          }
        />
        <ActionChoice
          rule={conditionsText('page-conditions.schedule')}
          action={schedule.action}
          onChange={(action) => onChange({ ...rules, schedule: { ...schedule, action } })}
        />
      </div>
      <Grid hours={schedule.hours} enabled={schedule.enabled} onPaint={set} onCopy={copy} />
      {before !== null && (
        <p className="schedule-news small">
          {conditionsText('page-conditions.schedule.copied', { day: dayName(before.day) })}{' '}
          <Button
            variant="default"
            size="compact-sm"
            onClick={() => {
              const { hours, enabled } = before;
              setBefore(null);
              onChange({ ...rules, schedule: { ...schedule, hours, enabled } });
            }}
          >
            {conditionsText('page-conditions.schedule.undo')}
          </Button>
        </p>
      )}
    </section>
  );
}

function Grid({
  hours,
  enabled,
  onPaint,
  onCopy,
}: {
  hours: Hours;
  enabled: boolean;
  onPaint: (hours: string[], told: string) => void;
  onCopy: (day: Day) => void;
}): ReactNode {
  const grid = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState<Cell>({ day: 0, hour: 18 });
  /** The other end of what is chosen, by Shift and the arrows. */
  const [anchor, setAnchor] = useState<Cell | null>(null);
  const [stroke, setStroke] = useState<Stroke | null>(null);
  const focusedByKey = useRef(false);
  useEffect(() => {
    if (!focusedByKey.current) return;
    focusedByKey.current = false;
    grid.current
      ?.querySelector<HTMLElement>(`[data-day="${active.day}"][data-hour="${active.hour}"]`)
      ?.focus();
  }, [active]);
  const shown = stroke === null ? hours : painted(hours, stroke.from, stroke.to, stroke.open);

  const paint = ({ from, to, open }: Stroke): void => {
    const after = painted(hours, from, to, open);
    const cells = (Math.abs(from.day - to.day) + 1) * (Math.abs(from.hour - to.hour) + 1);
    const told =
      cells === 1 ? cellText(after, to) : conditionsText('page-conditions.schedule.set', { cells, on: open });
    onPaint(after, told);
  };
  const onKey = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const next = moved(active, event.key);
    if (next !== null) {
      setAnchor(event.shiftKey ? (anchor ?? active) : null);
      focusedByKey.current = true;
      setActive(next);
    } else if (event.key === ' ') {
      const from = anchor ?? active;
      paint({ from, to: active, open: !isOpen(hours, from) });
    } else if (event.key === 'Enter') {
      const day = DAYS.find((each) => each === active.day);
      if (day !== undefined) onCopy(day);
    } else return;
    event.preventDefault();
  };

  const begin = (event: PointerEvent): void => {
    const cell = cellAt(event);
    if (cell === null || event.button !== 0) return;
    setActive(cell);
    setAnchor(null);
    setStroke({ from: cell, to: cell, open: !isOpen(hours, cell) });
    grid.current?.setPointerCapture(event.pointerId);
  };
  const move = (event: PointerEvent): void => {
    if (stroke === null) return;
    const cell = cellAt(event);
    if (cell !== null && (cell.day !== stroke.to.day || cell.hour !== stroke.to.hour))
      setStroke({ ...stroke, to: cell });
  };
  const end = (): void => {
    if (stroke === null) return;
    setStroke(null);
    paint(stroke);
  };

  return (
    <>
      <div
        ref={grid}
        role="grid"
        tabIndex={-1}
        aria-label={conditionsText('page-conditions.schedule.grid')}
        aria-multiselectable="true"
        className={enabled ? 'hours' : 'hours off'}
        onKeyDown={onKey}
        onPointerDown={begin}
        onPointerMove={move}
        onPointerUp={end}
        onPointerCancel={() => setStroke(null)}
      >
        {DAYS.map((day) => (
          <div key={day} role="row" className="hours-day">
            <span role="rowheader" className="hours-name">
              <button
                type="button"
                tabIndex={-1}
                title={conditionsText('page-conditions.schedule.copy', { day: dayName(day) })}
                onClick={() => onCopy(day)}
              >
                <span aria-hidden="true">{dayName(day).slice(0, 3)}</span>
                <span className="visually-hidden">
                  {conditionsText('page-conditions.schedule.copy', { day: dayName(day) })}
                </span>
              </button>
            </span>
            {Array.from({ length: HOURS_OF_DAY }, (_, hour) => {
              const cell = { day, hour };
              const isActive = day === active.day && hour === active.hour;
              return (
                <span
                  key={hour}
                  role="gridcell"
                  data-day={day}
                  data-hour={hour}
                  tabIndex={isActive ? 0 : -1}
                  className={isOpen(shown, cell) ? 'hour open' : 'hour'}
                  aria-label={cellText(shown, cell)}
                  aria-selected={isBetween(cell, anchor ?? active, active)}
                  onFocus={() => setActive((now) => (now.day === day && now.hour === hour ? now : cell))}
                />
              );
            })}
          </div>
        ))}
        <div className="hours-marks" aria-hidden="true">
          {MARKS.map((hour) => (
            <span key={hour}>{hourText(hour)}</span>
          ))}
        </div>
      </div>
      <p className="small dim hours-read">
        {enabled
          ? `${cellText(shown, active)}. ${conditionsText('page-conditions.schedule.sum', { hours: hoursOf(shown) })}`
          : conditionsText('page-conditions.schedule.off')}
      </p>
      <p className="small dim hours-help">{conditionsText('page-conditions.schedule.help')}</p>
    </>
  );
}

/** `Wednesday 18:00 to 19:00, hosting` */
function cellText(hours: Hours, cell: Cell): string {
  return conditionsText('page-conditions.schedule.cell', {
    day: dayName(DAYS.find((day) => day === cell.day) ?? 0),
    from: hourText(cell.hour),
    to: hourText(cell.hour + 1),
    on: isOpen(hours, cell),
  });
}

/** A pointer that is held stays with the grid: what is under it is looked up. */
function cellAt({ clientX, clientY }: PointerEvent): Cell | null {
  const under = document.elementFromPoint(clientX, clientY)?.closest<HTMLElement>('[data-hour]');
  if (under === null || under === undefined) return null;
  return { day: Number(under.dataset['day']), hour: Number(under.dataset['hour']) };
}
