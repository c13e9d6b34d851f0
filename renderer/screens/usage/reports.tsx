/**
 * What each master was told of what was used: acknowledged, waiting, and sent without an answer, which a person decides.
 */
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import type { ResolveReportInput, UsageReports } from '../../../agent/api/contract-usage.ts';
import { announce } from '../../parts/announcer.tsx';
import { Failure, Note } from '../../parts/note.tsx';
import { useAction, useStore } from '../../state/hooks.ts';
import { useMomentText } from '../../state/moment.ts';
import { usageText } from './words.ts';

export function Reports({
  reports,
  onResolved,
}: {
  reports: readonly UsageReports[];
  onResolved: () => void;
}): ReactNode {
  if (reports.length === 0) return null;
  return (
    <section className="usage-reports" aria-label={usageText('page-usage.reports')}>
      {reports.map((report) => (
        <div key={report.master}>
          <p className="small usage-report">
            <Acknowledged report={report} />{' '}
            {usageText('page-usage.report.waiting', { count: report.waiting })}
          </p>
          {report.uncertain.map(({ period, sentAt }) => (
            <Uncertain key={period} report={report} period={period} sentAt={sentAt} onResolved={onResolved} />
          ))}
        </div>
      ))}
    </section>
  );
}

function Acknowledged({ report: { title, acknowledgedUntil } }: { report: UsageReports }): ReactNode {
  const when = useMomentText(acknowledgedUntil ?? '');
  return when === null
    ? usageText('page-usage.report.none', { master: title })
    : usageText('page-usage.report.until', { master: title, when });
}

function Uncertain({
  report: { master, title },
  period,
  sentAt,
  onResolved,
}: {
  report: UsageReports;
  period: string;
  sentAt: string;
  onResolved: () => void;
}): ReactNode {
  const { client } = useStore();
  const { busy, failure, run } = useAction();
  const when = useMomentText(sentAt) ?? sentAt;
  const resolve = async (as: ResolveReportInput['as']): Promise<void> => {
    if (!(await run(() => client.resolveReport.mutate({ master, period, as })))) return;
    announce(usageText(`page-usage.report.${as}.done`), 'answer');
    onResolved();
  };
  return (
    <>
      <Note
        tone="paused"
        action={
          <div className="buttons usage-resolve">
            <Button
              variant="default"
              loading={busy}
              aria-label={usageText('page-usage.report.one', { when })}
              onClick={() => void resolve('again')}
            >
              {usageText('page-usage.report.again')}
            </Button>
            <Button
              variant="default"
              disabled={busy}
              aria-label={usageText('page-usage.report.one.done', { master: title, when })}
              onClick={() => void resolve('done')}
            >
              {usageText('page-usage.report.has')}
            </Button>
          </div>
        }
      >
        <b>{usageText('page-usage.report.uncertain', { master: title })}</b>{' '}
        {usageText('page-usage.report.uncertain.under', { when })}{' '}
        <span className="mono usage-period">{period}</span>
      </Note>
      {failure !== null && <Failure failure={failure} />}
    </>
  );
}
