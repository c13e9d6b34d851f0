/**
 * The same in numbers, one line for each person or partition, and the legend of the chart.
 */
import type { ReactNode } from 'react';
import type {
  UsageByInput,
  UsageSeries,
  UsageSummary,
  UsageTotals,
} from '../../../agent/api/contract-usage.ts';
import { bytesText } from '../../words/amounts.ts';
import type { Measure, Shade } from './stack.ts';
import { timeSpentText, usageText } from './words.ts';

const COLUMNS = ['cpu', 'memory', 'peak', 'disk', 'network', 'run'] as const;

export function UsageTable({
  summary,
  by,
  measure,
  shades,
}: {
  summary: UsageSummary;
  by: UsageByInput['by'];
  /** The one that is drawn: it is in the table where there is no room for all. */
  measure: Measure;
  shades: ReadonlyMap<string, Shade>;
}): ReactNode {
  return (
    <table className="usage-table" data-measure={measure}>
      <thead>
        <tr>
          <th scope="col">{usageText(`page-usage.column.${by}`)}</th>
          {COLUMNS.map((column) => (
            <th key={column} scope="col" className={column}>
              {usageText(`page-usage.column.${column}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {ordered(summary.series, shades).map((series) => (
          <Row key={series.key} series={series} shade={shades.get(series.key) ?? 'rest'} />
        ))}
      </tbody>
      <tfoot>
        <tr>
          <th scope="row">{usageText('page-usage.all')}</th>
          <Cells totals={allOf(summary)} />
        </tr>
      </tfoot>
    </table>
  );
}

/** As in the chart: what is at its top stands first, the person's own last. */
function ordered(series: readonly UsageSeries[], shades: ReadonlyMap<string, Shade>): UsageSeries[] {
  const place = ({ key }: UsageSeries): number => {
    const shade = shades.get(key) ?? 'rest';
    if (shade === 'me') return Number.MAX_SAFE_INTEGER;
    return shade === 'rest' ? 1000 : Number(shade.slice('other-'.length));
  };
  return series.toSorted((one, other) => place(one) - place(other));
}

function Row({ series, shade }: { series: UsageSeries; shade: Shade }): ReactNode {
  const { title, detail, owner, totals } = series;
  return (
    <tr>
      {/* oxlint-disable-next-line jsx-a11y/control-has-associated-label -- the name is inside */}
      <th scope="row">
        <span className="usage-who">
          <i className={`shade ${shade}`} />
          <span className="usage-name">
            {owner.kind === 'me' && detail === '' ? usageText('page-usage.you') : <bdi>{title}</bdi>}
            {detail !== '' && <span className="small dim usage-detail">{detail}</span>}
          </span>
        </span>
      </th>
      <Cells totals={totals} />
    </tr>
  );
}

type Shown = Omit<UsageTotals, 'memoryPeakBytes' | 'runSeconds' | 'memoryBytes'> & {
  memoryBytes: number | null;
  /** null: a sum of it means nothing, because not all of them were at once. */
  memoryPeakBytes: number | null;
  runSeconds: number | null;
};

function Cells({ totals }: { totals: Shown }): ReactNode {
  const { cpuSeconds, memoryBytes, memoryPeakBytes, diskBytes, networkBytes, runSeconds } = totals;
  return (
    <>
      <td className="cpu">{timeSpentText(cpuSeconds)}</td>
      <td className="memory">{bytesOrUnknown(memoryBytes)}</td>
      <td className="peak">{memoryPeakBytes === null ? '' : bytesText(memoryPeakBytes)}</td>
      <td className="disk">{bytesOrUnknown(diskBytes)}</td>
      <td className="network">{bytesOrUnknown(networkBytes)}</td>
      <td className="run">{runSeconds === null ? '' : timeSpentText(runSeconds)}</td>
    </>
  );
}

function bytesOrUnknown(bytes: number | null): ReactNode {
  return bytes === null ? <span className="dim">{usageText('page-usage.unknown')}</span> : bytesText(bytes);
}

/** Of all together: a mean of memory is no sum of means, so the agent tells it. */
function allOf({ series, together }: UsageSummary): Shown {
  return {
    cpuSeconds: series.reduce((sum, { totals }) => sum + totals.cpuSeconds, 0),
    memoryBytes: together?.memoryBytes ?? null,
    diskBytes: sumOf(series.map(({ totals }) => totals.diskBytes)),
    networkBytes: sumOf(series.map(({ totals }) => totals.networkBytes)),
    memoryPeakBytes: null,
    runSeconds: null,
  };
}

/** Of what is known; null when nothing of it is. */
function sumOf(values: readonly (number | null)[]): number | null {
  return values.reduce((sum, value) => (value === null ? sum : (sum ?? 0) + value), null);
}
