/**
 * The agent as it is: not answering, of another version than this page, or only sample data.
 */
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import { text } from '../messages.ts';
import { Note } from '../parts/note.tsx';
import { usePageState, useStore } from '../state/hooks.ts';
import { CONTRACT_VERSION } from '../state/version.ts';
import { clockText } from '../words/time.ts';

export function AgentBanner(): ReactNode {
  const lost = usePageState((state) => state.connection.state === 'lost');
  const tour = usePageState((state) => state.tour);
  const theirs = usePageState((state) => state.agent?.agent.contractVersion ?? CONTRACT_VERSION);
  if (tour) return <TourBanner />;
  if (lost) return <LostBanner />;
  if (theirs !== CONTRACT_VERSION) return <VersionBanner older={theirs > CONTRACT_VERSION} />;
  return null;
}

/** What is shown below it is what was known last. */
function LostBanner(): ReactNode {
  const since = usePageState(({ connection }) => (connection.state === 'lost' ? connection.since : null));
  const reason = usePageState(({ connection }) => (connection.state === 'lost' ? connection.reason : null));
  const known = usePageState(({ agent }) => agent !== null);
  return (
    <div role="alert">
      <Note tone="paused">
        <b>{reason === null ? text('page.frame.lost') : reason.sentence}</b> {reason?.nextStep}{' '}
        {known &&
          since !== null &&
          `${text('page.frame.lost.as-of', { time: clockText(Date.parse(since)) })} `}
        {text('page.frame.lost.again')}
        {reason !== null && (
          <div className="small">{text('page.frame.lost.code', { code: reason.code })}</div>
        )}
      </Note>
    </div>
  );
}

/** @param older whether the page is the older of the two; it loads itself anew only when asked to. */
function VersionBanner({ older }: { older: boolean }): ReactNode {
  return (
    <Note
      tone="paused"
      action={
        <Button variant="default" onClick={() => location.reload()}>
          {text('page.frame.version.reload')}
        </Button>
      }
    >
      <b>{text(older ? 'page.frame.version.page-older' : 'page.frame.version.page-newer')}</b>{' '}
      {text('page.frame.version.next')}
    </Note>
  );
}

function TourBanner(): ReactNode {
  const store = useStore();
  return (
    <Note
      tone="local"
      action={
        <Button variant="default" onClick={() => store.leaveTour()}>
          {text('page.first.tour.leave')}
        </Button>
      }
    >
      <b>{text('page.first.tour')}</b> {text('page.first.tour.safe')}
    </Note>
  );
}
