/**
 * How far this computer is lent: to whom, how much, to where; what holds that, and what was decided.
 */
import { useState, type ReactNode } from 'react';
import type { Sharing } from '../../../agent/api/contract-lending.ts';
import type { AgentState } from '../../../agent/api/contract.ts';
import { ScreenTitle } from '../../parts/screen-title.tsx';
import { Note } from '../../parts/note.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { text } from '../../messages.ts';
import { bytesText } from '../../words/amounts.ts';
import { namesText } from '../../words/owner.ts';
import { isLent, isWithin, sharingInForce } from '../../words/sharing.ts';
import { Audit } from './audit.tsx';
import { Cannot } from './cannot.tsx';
import { DoorChoice } from './door-choice.tsx';
import { EgressChoice } from './egress-choice.tsx';
import './lending.css';
import { LimitTable } from './limit-table.tsx';
import { Missing, Protections } from './protections.tsx';
import { SharingChoice } from './sharing-choice.tsx';
import { lendingText } from './words.ts';

export function Lending({ agent }: { agent: AgentState }): ReactNode {
  const { lending, masters } = agent;
  const { sharing, verdict, protections } = lending;
  const [looked, setLooked] = useState<Sharing | null>(null);
  if (protections.length === 0) {
    return (
      <>
        <ScreenTitle>{text('page.frame.nav.lending')}</ScreenTitle>
        <p className="under">{lendingText('page-lending.trying')}</p>
        <Waiting rows={6}>{lendingText('page-lending.trying')}</Waiting>
      </>
    );
  }
  const lendable = isWithin('people', verdict);
  // What was looked at is possible by now, or what was chosen is not any more.
  const lacking = [looked, sharing].find((each) => each !== null && !isWithin(each, verdict)) ?? null;
  return (
    <div className="lending">
      <ScreenTitle>{text('page.frame.nav.lending')}</ScreenTitle>
      <p className="under">
        {lendable ? sentenceOf(agent) : lendingText('page-lending.cannot')}
        {lendable && isLent(lending) && agent.conditions.state === 'paused' && (
          <> {lendingText('page-lending.sentence.paused')}</>
        )}
      </p>
      <SharingChoice
        lending={lending}
        masters={masters}
        looked={lacking === looked ? looked : null}
        onLook={setLooked}
      />
      {!isWithin(sharing, verdict) && (
        <Note tone="paused">
          {lendingText('page-lending.narrower', {
            sharing: lendingText(`page-lending.sharing.${sharing}`),
            verdict: lendingText(`page-lending.sharing.${verdict}`),
          })}
        </Note>
      )}
      {lendable ? (
        <>
          {lacking !== null && <Missing lending={lending} sharing={lacking} />}
          <LimitTable agent={agent} />
          <EgressChoice lending={lending} />
          <DoorChoice lending={lending} />
          <Protections protections={protections} />
        </>
      ) : (
        <Cannot lending={lending} sharing={lacking ?? 'everyone'} />
      )}
      <Audit agent={agent} />
    </div>
  );
}

/** Who could start something now, and how much of the computer they get at most. */
function sentenceOf({ agent, masters, lending }: AgentState): string {
  const sharing = sharingInForce(lending);
  if (sharing === 'nobody' || sharing === 'me') return lendingText(`page-lending.sentence.${sharing}`);
  if (masters.length === 0) return lendingText('page-lending.sentence.no-master');
  if (agent.mode === 'local') return lendingText('page-lending.sentence.local');
  const { cpus, memoryBytes, diskBytes } = lending.limits.together;
  const amount = (bytes: number | null): string =>
    bytes === null ? lendingText('page-lending.unlimited') : bytesText(bytes);
  const limits = lendingText('page-lending.sentence.limits', {
    cpus: cpus ?? -1,
    memory: amount(memoryBytes),
    disk: amount(diskBytes),
  });
  return lendingText(`page-lending.sentence.${sharing}`, {
    names: namesText(masters.map(({ title }) => title)),
    limits,
  });
}
