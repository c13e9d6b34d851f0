/**
 * The masters that this computer joined: how each is, asking it now, leaving it, and joining another.
 */
import { Button } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import type { AgentState, MasterView } from '../../../agent/api/contract.ts';
import { announce } from '../../parts/announcer.tsx';
import { Failure, Note } from '../../parts/note.tsx';
import { StateLabel } from '../../parts/state-label.tsx';
import { useAction, useStore } from '../../state/hooks.ts';
import { useMomentText } from '../../state/moment.ts';
import { linkTo } from '../../state/route.ts';
import { mastersText, masterStateText, masterTone, nextTryText } from '../../words/masters.ts';
import { dayText } from '../../words/time.ts';
import { AskNow } from '../masters/master-trouble.tsx';
import '../masters/masters.css';
import { LeaveDialog } from './leave-dialog.tsx';

export function Masters({ agent }: { agent: AgentState }): ReactNode {
  const { masters } = agent;
  return (
    <section>
      <h2 className="section">{mastersText('masters.known')}</h2>
      {masters.length === 0 ? (
        <div className="masters-empty">
          <p>{mastersText('masters.empty')}</p>
          <p className="setting-detail">{mastersText('masters.empty.under')}</p>
        </div>
      ) : (
        <ul className="masters-list">
          {masters.map((master) => (
            <Master key={master.id} master={master} agent={agent} />
          ))}
        </ul>
      )}
      <div className="buttons masters-join">
        <Button component="a" variant="default" href={linkTo({ screen: 'join' })}>
          {mastersText(masters.length === 0 ? 'masters.join' : 'masters.join.another')}
        </Button>
      </div>
    </section>
  );
}

function Master({ master, agent }: { master: MasterView; agent: AgentState }): ReactNode {
  const [leaving, setLeaving] = useState(false);
  const { title, state, error, computerId } = master;
  const waits = state === 'leaving' && error !== null;
  const asked = state === 'connected' || state === 'connecting' || state === 'failing' || waits;
  return (
    <li className="master">
      <div>
        <div className="master-head">
          <span className="master-title">{title}</span>
          <StateLabel tone={masterTone(master)}>{masterStateText(master)}</StateLabel>
        </div>
        {computerId !== '' && <Facts master={master} />}
      </div>
      <div className="master-buttons">
        {asked && <AskNow master={master} />}
        {master.canStay === true && <Stay master={master} />}
        {(state !== 'leaving' || waits) && state !== 'aside' && (
          <Button
            variant="default"
            aria-label={mastersText('masters.leave.what', { name: title })}
            onClick={() => setLeaving(true)}
          >
            {mastersText(waits ? 'masters.leave.anyway' : 'masters.leave')}
          </Button>
        )}
      </div>
      {error !== null && (
        <Note tone="paused">
          <b>{error.sentence}</b> {error.nextStep}
        </Note>
      )}
      <LeaveDialog master={master} agent={agent} opened={leaving} onClose={() => setLeaving(false)} />
    </li>
  );
}

/** Cancels leaving. */
function Stay({ master }: { master: MasterView }): ReactNode {
  const { client } = useStore();
  const { busy, failure, run } = useAction();
  const { id, title: name } = master;
  const stay = async (): Promise<void> => {
    if (await run(() => client.stayWithMaster.mutate({ id })))
      announce(mastersText('masters.leave.stays', { name }), 'answer');
  };
  return (
    <>
      <Button
        variant="default"
        aria-label={mastersText('masters.leave.stay.what', { name })}
        loading={busy}
        onClick={() => void stay()}
      >
        {mastersText('masters.leave.stay')}
      </Button>
      {failure !== null && <Failure failure={failure} />}
    </>
  );
}

function Facts({ master }: { master: MasterView }): ReactNode {
  const { answeredAt, certificateExpiresAt, computerId, computerName, partitionAmount, reportsWaiting } =
    master;
  const answered = useMomentText(answeredAt ?? '');
  const next = nextTryText(master);
  const ends = Date.parse(certificateExpiresAt ?? '');
  return (
    <p className="master-facts">
      <bdi>{computerName}</bdi>
      <span className="mono">{computerId}</span>
      <span>{mastersText('masters.count', { count: partitionAmount })}</span>
      <span>
        {answered === null
          ? mastersText('masters.answered.never')
          : mastersText('masters.answered', { when: answered })}
      </span>
      {next !== null && <span>{mastersText('masters.next', { when: next })}</span>}
      {reportsWaiting > 0 && <span>{mastersText('masters.reports', { count: reportsWaiting })}</span>}
      {!Number.isNaN(ends) && <span>{mastersText('masters.certificate', { when: dayText(ends) })}</span>}
    </p>
  );
}
