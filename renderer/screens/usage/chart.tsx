/**
 * Who used how much, stacked: how much of it all, and who of it. The table below it is its legend and says it in words.
 */
import type { ReactNode } from 'react';
import type { UsagePeriod, UsageSummary } from '../../../agent/api/contract-usage.ts';
import { axisMaximum } from '../../curves/geometry.ts';
import { bytesText } from '../../words/amounts.ts';
import { axisTimeText } from '../../words/time.ts';
import { cpusText } from '../../words/usage.ts';
import { drawnOf, layersOf, totalsOf, type Measure } from './stack.ts';
import { bordersOf, namedBorders, placeOf } from './time-axis.ts';
import { usageText } from './words.ts';

const WIDTH = 800;
const HEIGHT = 180;
/** Below these an axis would make noise look like work. */
const LEAST: Readonly<Record<Measure, number>> = { cpu: 0.1, memory: 1e7, disk: 1e7, network: 1e4 };

export function Chart({
  summary,
  measure,
  period,
}: {
  summary: UsageSummary;
  measure: Measure;
  period: UsagePeriod;
}): ReactNode {
  const { series, steps } = summary;
  const layers = layersOf(series, measure, steps);
  const totals = totalsOf(layers, steps);
  if (totals.every((total) => total === null)) {
    return <p className="usage-chart nothing">{usageText('page-usage.nothing')}</p>;
  }
  const maximum = axisMaximum(totals, LEAST[measure]);
  const borders = bordersOf(summary);
  return (
    <div className="usage-chart">
      <div className="usage-values" aria-hidden="true">
        {[1, 0.5, 0].map((part) => (
          <span key={part}>{amountText(measure, maximum * part)}</span>
        ))}
      </div>
      <svg
        className="usage-area"
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={usageText('page-usage.chart', {
          measure: usageText(`page-usage.measure.${measure}`),
          period: usageText(`page-usage.period.${period}`),
        })}
      >
        {[0, 0.5, 1].map((part) => (
          <path
            key={part}
            className="usage-grid"
            d={`M0 ${HEIGHT * part}H${WIDTH}`}
            vectorEffect="non-scaling-stroke"
          />
        ))}
        {drawnOf(layers, { borders, maximum, width: WIDTH, height: HEIGHT }).map(({ shade, area, line }) => (
          <g key={shade} className={`layer ${shade}`}>
            <path className="layer-area" d={area} />
            <path className="layer-line" d={line} vectorEffect="non-scaling-stroke" />
          </g>
        ))}
      </svg>
      <div className="usage-times" aria-hidden="true">
        {namedBorders(period, borders).map((at) => (
          // Where its step begins, as far as there is room to write it.
          <span key={at} style={{ left: `min(${placeOf(borders, at) * 100}%, 100% - 6ch)` }}>
            {axisTimeText(at, period === 'day')}
          </span>
        ))}
      </div>
    </div>
  );
}

function amountText(measure: Measure, value: number): string {
  switch (measure) {
    case 'cpu':
      return usageText('page-usage.cpus', { value: Number(cpusText(value)) });
    case 'network':
      return value === 0 ? bytesText(0) : `${bytesText(value)}/s`;
    default:
      return bytesText(value);
  }
}
