/**
 * What was used over time, by whom, and what masters were told of it.
 */
import { Button, SegmentedControl } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import type { UsageByInput, UsagePeriod, UsageSummary } from '../../../agent/api/contract-usage.ts';
import { fetchText, saveText } from '../../connection/download.ts';
import { text } from '../../messages.ts';
import { announce } from '../../parts/announcer.tsx';
import { Icon } from '../../parts/icons.tsx';
import { Failure } from '../../parts/note.tsx';
import { ScreenTitle } from '../../parts/screen-title.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { useAction, useStore } from '../../state/hooks.ts';
import { useMomentText } from '../../state/moment.ts';
import { Chart } from './chart.tsx';
import { Reports } from './reports.tsx';
import { MEASURES, shadesOf, type Measure } from './stack.ts';
import './usage.css';
import { UsageTable } from './usage-table.tsx';
import { useSummary } from './use-summary.ts';
import { timeSpentText, usageText } from './words.ts';

const PERIODS = ['day', 'week', 'month'] as const satisfies readonly UsagePeriod[];
const BY = ['person', 'partition'] as const satisfies readonly UsageByInput['by'][];

export function Usage(): ReactNode {
  const [period, setPeriod] = useState<UsagePeriod>('month');
  const [by, setBy] = useState<UsageByInput['by']>('person');
  const [measure, setMeasure] = useState<Measure>('cpu');
  const { summary, shown, again } = useSummary({ period, by });
  const say = (chosen: UsageByInput): void =>
    announce(
      usageText('page-usage.news', {
        period: usageText(`page-usage.period.${chosen.period}`),
        by: usageText(`page-usage.by.${chosen.by}`),
      }),
      'answer',
    );
  const known = summary.state === 'loaded' ? summary.value : null;
  const empty = known !== null && (known.knownFrom === null || known.series.length === 0);
  return (
    <>
      <div className="usage-head">
        <ScreenTitle>{text('page.frame.nav.usage')}</ScreenTitle>
        <div className="usage-actions">
          <SegmentedControl
            aria-label={usageText('page-usage.period')}
            data={PERIODS.map((value) => ({ value, label: usageText(`page-usage.period.${value}`) }))}
            value={period}
            onChange={(chosen) => {
              setPeriod(chosen);
              say({ period: chosen, by });
            }}
          />
          <Export period={period} by={by} disabled={known === null || empty} />
        </div>
      </div>
      {known !== null && !empty && <p className="under">{sentenceOf(known, shown.period)}</p>}
      {summary.state === 'failed' && (
        <Failure
          failure={summary.reason}
          action={
            <Button variant="default" onClick={again}>
              {text('page.try-again')}
            </Button>
          }
        />
      )}
      {summary.state === 'loading' && <Waiting rows={6}>{usageText('page-usage.reading')}</Waiting>}
      {empty && (
        <div className="usage-empty">
          <h2>{usageText('page-usage.empty')}</h2>
          <p className="under">{usageText('page-usage.empty.under')}</p>
        </div>
      )}
      {known !== null && !empty && (
        <>
          <div className="usage-choices">
            <SegmentedControl
              size="xs"
              aria-label={usageText('page-usage.measure')}
              data={MEASURES.map((value) => ({ value, label: usageText(`page-usage.measure.${value}`) }))}
              value={measure}
              onChange={setMeasure}
            />
            <SegmentedControl
              size="xs"
              aria-label={usageText('page-usage.by')}
              data={BY.map((value) => ({ value, label: usageText(`page-usage.by.${value}`) }))}
              value={by}
              onChange={(chosen) => {
                setBy(chosen);
                say({ period, by: chosen });
              }}
            />
          </div>
          <Chart summary={known} measure={measure} period={shown.period} />
          <KnownFrom summary={known} />
          <UsageTable
            measure={measure}
            summary={known}
            by={shown.by}
            shades={shadesOf(known.series, measure)}
          />
        </>
      )}
      {known !== null && <Reports reports={known.reports} onResolved={again} />}
    </>
  );
}

function sentenceOf({ series }: UsageSummary, period: UsagePeriod): string {
  const secondsOf = (kind: 'me' | 'other'): number =>
    series.reduce((sum, { owner, totals }) => sum + (owner.kind === kind ? totals.cpuSeconds : 0), 0);
  return usageText(`page-usage.sentence.${period}`, {
    others: timeSpentText(secondsOf('other')),
    mine: timeSpentText(secondsOf('me')),
  });
}

/** Where the records begin after the period does: what was before is unknown, not nothing. */
function KnownFrom({ summary: { knownFrom, from } }: { summary: UsageSummary }): ReactNode {
  const when = useMomentText(knownFrom ?? '');
  if (knownFrom === null || when === null || Date.parse(knownFrom) <= Date.parse(from)) return null;
  return <p className="small dim usage-known">{usageText('page-usage.known', { when })}</p>;
}

function Export({ period, by, disabled }: UsageByInput & { disabled: boolean }): ReactNode {
  const { client } = useStore();
  const { busy, failure, run } = useAction();
  const save = (): Promise<boolean> =>
    run(async () => {
      const { path } = await client.createUsageDownload.mutate({ period, by });
      const { name, content } = await fetchText(path, `usage-${period}.csv`);
      saveText(name, content);
      announce(usageText('page-usage.exported', { name }), 'answer');
    });
  return (
    <>
      <Button
        variant="default"
        leftSection={<Icon name="download" />}
        loading={busy}
        disabled={disabled}
        onClick={() => void save()}
      >
        {usageText('page-usage.export')}
      </Button>
      {failure !== null && <Failure failure={failure} />}
    </>
  );
}
