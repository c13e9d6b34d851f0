/**
 * One curve with its axes and its figure; the same numbers as a table for those who want them.
 */
import { Button } from '@mantine/core';
import { useId, useState, type ReactNode } from 'react';
import { text } from '../messages.ts';
import { timeText } from '../words/time.ts';
import './curves.css';
import { axisMaximum, curveOf, type Point } from './geometry.ts';
import type { Measure } from './measures.ts';
import { HISTORY_MINUTES, SAMPLE_MILLISECONDS } from './recorder.ts';
import { perMinute } from './table.ts';

const WIDTH = 300;
const HEIGHT = 100;

type Drawn = { title: string; measure: Measure };

export function UsageChart({
  title,
  measure,
  points,
  now,
}: Drawn & {
  /** null: the agent has not answered yet. */
  points: readonly Point[] | null;
  /** The figure of now. */
  now: ReactNode;
}): ReactNode {
  const [asTable, setAsTable] = useState(false);
  const heading = useId();
  return (
    <section className="chart" aria-labelledby={heading}>
      <div className="chart-head">
        <h2 id={heading} className="chart-title">
          {title}
        </h2>
        <span className="chart-now">{now}</span>
      </div>
      {asTable ? (
        <UsageTable title={title} measure={measure} points={points ?? []} />
      ) : (
        <Plot title={title} measure={measure} points={points} />
      )}
      <Button
        className="chart-toggle"
        variant="subtle"
        color="gray"
        size="compact-xs"
        aria-label={text(
          asTable ? 'page.partition.chart.as-curve.what' : 'page.partition.chart.as-table.what',
          {
            title,
          },
        )}
        onClick={() => setAsTable(!asTable)}
      >
        {text(asTable ? 'page.partition.chart.as-curve' : 'page.partition.chart.as-table')}
      </Button>
    </section>
  );
}

function Plot({ title, measure, points }: Drawn & { points: readonly Point[] | null }): ReactNode {
  const known = (points ?? []).filter(({ value }) => value !== null);
  const last = known.at(-1);
  if (last === undefined) {
    return (
      <div className="plot empty">
        <p>{text(points === null ? 'page.partition.chart.reading' : 'page.partition.chart.empty')}</p>
      </div>
    );
  }
  const values = known.map(({ value }) => value);
  const maximum = axisMaximum(values, measure.least);
  const from = last.at - HISTORY_MINUTES * 60_000;
  const frame = { from, to: last.at, maximum, width: WIDTH, height: HEIGHT };
  const { line, area } = curveOf(points ?? [], frame, SAMPLE_MILLISECONDS);
  return (
    <div className="plot">
      <div className="plot-values" aria-hidden="true">
        {[maximum, maximum / 2, 0].map((value) => (
          <span key={value}>{measure.format(value)}</span>
        ))}
      </div>
      <svg
        className="plot-area"
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={summary({ title, measure }, known)}
      >
        {[0, HEIGHT / 2, HEIGHT].map((height) => (
          <path
            key={height}
            className="plot-grid"
            d={`M0 ${height}H${WIDTH}`}
            vectorEffect="non-scaling-stroke"
          />
        ))}
        <path className="curve-area" d={area} />
        <path className="curve-line" d={line} vectorEffect="non-scaling-stroke" />
      </svg>
      <div className="plot-times" aria-hidden="true">
        {[from, (from + last.at) / 2, last.at].map((at) => (
          <span key={at}>{timeText(at)}</span>
        ))}
      </div>
    </div>
  );
}

/** The curve in a sentence. */
function summary({ title, measure: { format } }: Drawn, known: readonly Point[]): string {
  const values = known.map(({ value }) => value ?? 0);
  const [first] = known;
  return text('page.partition.chart.summary', {
    title,
    since: timeText(first?.at ?? 0),
    lowest: format(Math.min(...values)),
    highest: format(Math.max(...values)),
  });
}

function UsageTable({ title, measure, points }: Drawn & { points: readonly Point[] }): ReactNode {
  const rows = perMinute(points);
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard
    <section className="chart-table" tabIndex={0} aria-label={title}>
      <table>
        <thead>
          <tr>
            <th scope="col">{text('page.partition.chart.time')}</th>
            <th scope="col">{title}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(({ at, value }) => (
            <tr key={at}>
              <td>{timeText(at)}</td>
              <td>{value === null ? text('page.unknown-value') : measure.format(value)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
