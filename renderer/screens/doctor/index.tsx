/**
 * Whether this computer has what is needed: what needs somebody first, each with its way out.
 */
import { Button } from '@mantine/core';
import { useEffect, useState, type ReactNode } from 'react';
import type { AgentState } from '../../../agent/api/contract.ts';
import { useShortcut } from '../../frame/shortcuts.ts';
import { text } from '../../messages.ts';
import { announce } from '../../parts/announcer.tsx';
import { Fix } from '../../parts/fix.tsx';
import { Icon } from '../../parts/icons.tsx';
import { Failure } from '../../parts/note.tsx';
import { ScreenTitle } from '../../parts/screen-title.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { timeText } from '../../words/time.ts';
import { DiagnosticsDialog } from './diagnostics-dialog.tsx';
import './doctor.css';
import { useChecks, type Check, type Checks } from './use-checks.ts';

export function Doctor({ agent }: { agent: AgentState }): ReactNode {
  const { again, ...state } = useChecks();
  const { checks, endedAt, failure } = state;
  const [exporting, setExporting] = useState(false);
  useShortcut('check', again);
  useResultNews(state);
  const needy = (checks ?? []).filter(({ result }) => result !== null && !result.passed);
  const others = (checks ?? []).filter(({ result }) => result === null || result.passed);
  return (
    <>
      <div className="doctor-head">
        <div>
          <ScreenTitle>{text('page.frame.nav.doctor')}</ScreenTitle>
          <p className="under">{summary(state)}</p>
        </div>
        <div className="buttons">
          <Button variant="default" onClick={again}>
            {text('page.doctor.again')}
          </Button>
          <Button variant="default" disabled={endedAt === null} onClick={() => setExporting(true)}>
            {text('page.doctor.export')}
          </Button>
        </div>
      </div>
      {failure !== null && <Failure failure={failure} />}
      {checks === null && failure === null && <Waiting rows={9}>{text('page.doctor.asking')}</Waiting>}
      <CheckList title={text('page.doctor.needs-you')} checks={needy} />
      <CheckList title={text('page.doctor.fine.section')} checks={others} />
      <DiagnosticsDialog
        agent={agent}
        checks={(checks ?? []).flatMap(({ result }) => result ?? [])}
        opened={exporting}
        onClose={() => setExporting(false)}
      />
    </>
  );
}

function summary({ checks, endedAt, failure }: Checks): string {
  if (failure !== null) return '';
  if (checks === null) return text('page.doctor.asking');
  const done = checks.filter(({ result }) => result !== null).length;
  if (endedAt === null) return text('page.doctor.checking', { done, total: checks.length });
  const needy = checks.filter(({ result }) => result?.passed === false).length;
  const time = timeText(endedAt);
  if (needy === 0) return text('page.doctor.well', { time });
  return text('page.doctor.summary', { count: needy, total: checks.length, time });
}

/** Says how it came out, once all is checked. */
function useResultNews({ checks, endedAt, failure }: Checks): void {
  useEffect(() => {
    if (endedAt === null || failure !== null || checks === null) return;
    const needy = checks.filter(({ result }) => result?.passed === false).length;
    announce(text('page.doctor.news', { count: needy, total: checks.length }));
  }, [checks, endedAt, failure]);
}

function CheckList({ title, checks }: { title: string; checks: readonly Check[] }): ReactNode {
  if (checks.length === 0) return null;
  return (
    <section>
      <h2 className="section">{title}</h2>
      <ul className="checks">
        {checks.map((check) => (
          <CheckRow key={check.id} check={check} />
        ))}
      </ul>
    </section>
  );
}

function CheckRow({ check: { title, result } }: { check: Check }): ReactNode {
  if (result === null) {
    return (
      <li className="check">
        <Icon name="work" />
        <span className="check-title">{title}</span>
        <span className="check-word">{text('page.doctor.checking.one')}</span>
      </li>
    );
  }
  return (
    <li className={result.passed ? 'check' : 'check needy'}>
      <Icon name={result.passed ? 'check' : 'alert'} />
      <div className="check-words">
        <span className="check-title">{result.title}</span>
        <span className="check-detail">{sentence(result.detail)}</span>
        {result.fixes.map((fix) => (
          <div key={fix} className="fix">
            <Fix fix={fix} />
          </div>
        ))}
      </div>
      {result.passed && <span className="check-word">{text('page.doctor.fine')}</span>}
    </li>
  );
}

/** A detail is a clause that starts small; here it stands alone. */
function sentence(detail: string): string {
  const [first = ''] = Array.from(detail);
  // A path or a program’s name is not a word.
  const begun = /^\p{Ll}+[\s,]/u.test(detail) ? first.toUpperCase() + detail.slice(first.length) : detail;
  return /[.!?…]$/u.test(begun) ? begun : `${begun}.`;
}
