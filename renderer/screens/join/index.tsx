/**
 * Joining a master: what is given, who answers, and what became of it. The same before the first run is over and after.
 */
import { Button } from '@mantine/core';
import { useEffect, useState, type ReactNode } from 'react';
import type { AgentState, MasterView } from '../../../agent/api/contract.ts';
import { takeInvitation } from '../../connection/invitation.ts';
import { parseJoinLink } from '../../form/join-link.ts';
import { proposedComputerName, understoodUrl, type JoinValues } from '../../form/master-fields.ts';
import { AgentBanner } from '../../frame/agent-banner.tsx';
import { text } from '../../messages.ts';
import { announce } from '../../parts/announcer.tsx';
import { BackLink } from '../../parts/back-link.tsx';
import { Icon } from '../../parts/icons.tsx';
import { Note } from '../../parts/note.tsx';
import { ScreenTitle } from '../../parts/screen-title.tsx';
import { usePageState, useStore } from '../../state/hooks.ts';
import { goTo } from '../../state/route.ts';
import { mastersText } from '../../words/masters.ts';
import { Compare } from './compare.tsx';
import { JoinForm } from './join-form.tsx';
import './join.css';
import { useJoining } from './use-joining.ts';

/** As a screen of the window. */
export function Join({
  agent,
  invitation,
}: {
  agent: AgentState;
  invitation: string | undefined;
}): ReactNode {
  const store = useStore();
  const tour = usePageState((state) => state.tour);
  return (
    <>
      <BackLink to="settings" byEscape={false} />
      {tour ? (
        <>
          <ScreenTitle>{mastersText('masters.join.title')}</ScreenTitle>
          <Note
            tone="local"
            action={
              <Button variant="default" onClick={() => store.leaveTour()}>
                {text('page.first.tour.leave')}
              </Button>
            }
          >
            <b>{text('page.tour.refused')}</b> {mastersText('masters.join.tour')}
          </Note>
        </>
      ) : (
        <Joining agent={agent} invitation={invitation} />
      )}
    </>
  );
}

/** Alone, as the first thing that is done. */
export function FirstJoin({ invitation }: { invitation: string | undefined }): ReactNode {
  const agent = usePageState((state) => state.agent);
  return (
    <main className="first-join">
      <div>
        <AgentBanner />
        <a className="back" href="#/">
          <Icon name="back" />
          {mastersText('masters.join.back')}
        </a>
        {agent !== null && <Joining agent={agent} invitation={invitation} first />}
      </div>
    </main>
  );
}

function Joining({
  agent,
  invitation,
  first = false,
}: {
  agent: AgentState;
  invitation: string | undefined;
  first?: boolean;
}): ReactNode {
  const store = useStore();
  const [values, setValues] = useState<JoinValues>(() => ({
    token: '',
    name: proposedComputerName(agent),
    master: '',
    web: '',
    partitions: 10,
  }));
  const change = (over: Partial<JoinValues>): void => setValues((before) => ({ ...before, ...over }));
  const joining = useJoining(async ({ id, title }: MasterView) => {
    announce(mastersText('masters.joined', { name: title }), 'answer');
    // The token has done what it is for.
    change({ token: '' });
    if (first) await store.finishFirstRun();
    goTo({ screen: 'joined', id });
  });
  const fill = useFilling(change);
  useInvitation(invitation, fill);
  const { phase } = joining;
  if (phase.step === 'comparing')
    return <Compare unknown={phase.unknown} onAccept={joining.accept} onBack={joining.stop} />;
  return (
    <>
      <ScreenTitle focused={false}>{mastersText('masters.join.title')}</ScreenTitle>
      <p className="under">{mastersText('masters.join.under')}</p>
      <JoinForm values={values} joining={joining} first={first} onChange={change} onPasted={fill} />
    </>
  );
}

/** @returns what takes a link apart into the fields; false for what is no such link. */
function useFilling(change: (over: Partial<JoinValues>) => void): (pasted: string) => boolean {
  return (pasted) => {
    const link = parseJoinLink(pasted.trim());
    if (link === null) return false;
    const { master, web, name, token } = link;
    change({
      master: understoodUrl(master),
      web: understoodUrl(web),
      ...(name === '' ? {} : { name }),
      ...(token === '' ? {} : { token }),
    });
    announce(mastersText('masters.join.filled'), 'answer');
    return true;
  };
}

function useInvitation(invitation: string | undefined, fill: (link: string) => boolean): void {
  useEffect(() => {
    const take = async (name: string): Promise<void> => {
      const link = await takeInvitation(name);
      if (link !== null) fill(link);
    };
    if (invitation !== undefined) void take(invitation);
    // oxlint-disable-next-line react/exhaustive-deps -- it is given once, whoever draws meanwhile
  }, [invitation]);
}
