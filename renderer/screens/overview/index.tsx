/**
 * The first screen: one sentence, the windows, what needs somebody, and what runs now.
 */
import { lazy, Suspense, useEffect, type ReactNode } from 'react';
import type { AgentState } from '../../../agent/api/contract.ts';
import { announce } from '../../parts/announcer.tsx';
import { Failure } from '../../parts/note.tsx';
import { painted } from '../../parts/painted.ts';
import { ScreenTitle } from '../../parts/screen-title.tsx';
import { StateLabel } from '../../parts/state-label.tsx';
import { useCategories } from '../../state/categories.ts';
import { haltOf } from '../../words/pause.ts';
import { isLent } from '../../words/sharing.ts';
import { failingOf, headlineOf, isShared } from '../../words/sentence.ts';
import { FirstServices } from './first-services.tsx';
import { NeedsYou } from './needs-you.tsx';
import './overview.css';
import { Resources } from './resources.tsx';
import { ServiceRows } from './service-rows.tsx';
import { Windows } from './windows.tsx';

/** They bring their own sentences, and what is read first does not need them. */
const masters = async () => {
  await painted();
  return import('../masters/index.ts');
};
const ModeSwitch = lazy(async () => ({ default: (await masters()).ModeSwitch }));
const pause = async () => {
  await painted();
  return import('../pause/index.ts');
};
const Halted = lazy(async () => ({ default: (await pause()).Halted }));
const PauseButton = lazy(async () => ({ default: (await pause()).PauseButton }));
const MasterTrouble = lazy(async () => ({ default: (await masters()).MasterTrouble }));

export function Overview({ agent }: { agent: AgentState }): ReactNode {
  const categoryOf = useCategories();
  const { tone, label, sentence, under } = headlineOf(agent);
  useEffect(() => announce(sentence), [sentence]);
  const used = agent.partitions.filter(({ instance }) => instance !== null);
  const shared = isShared(agent);
  const failing = shared ? failingOf(agent.masters) : [];
  const halt = haltOf(agent, shared);
  return (
    <>
      <div className="overview-top">
        <StateLabel tone={tone}>{label}</StateLabel>
        <div className={agent.masters.length === 0 ? 'overview-mode unjoined' : 'overview-mode'}>
          <Suspense>
            <ModeSwitch agent={agent} />
          </Suspense>
        </div>
        {shared && halt === null && (
          <div className="overview-pause">
            <Suspense>
              <PauseButton labelled />
            </Suspense>
          </div>
        )}
      </div>
      <ScreenTitle className="sentence">{sentence}</ScreenTitle>
      <p className="under">{under}</p>
      {halt !== null && (
        <Suspense fallback={<HaltedPlace reasons={agent.conditions.reasons.length} />}>
          <Halted conditions={agent.conditions} />
        </Suspense>
      )}
      {agent.agent.notices.map((notice) => (
        <Failure key={notice.id} failure={notice} tone="paused" />
      ))}
      {failing.length > 0 && (
        <Suspense>
          <MasterTrouble masters={failing} />
        </Suspense>
      )}
      <NeedsYou partitions={used} />
      <Windows
        partitions={agent.partitions}
        shared={shared && isLent(agent.lending)}
        paused={halt !== null}
        categoryOf={categoryOf}
      />
      {used.length === 0 ? (
        <FirstServices />
      ) : (
        <div className="two-columns">
          <ServiceRows partitions={used} categoryOf={categoryOf} />
          <Resources agent={agent} />
        </div>
      )}
    </>
  );
}

/** As high as what comes there a moment later, so that nothing moves away from under the pointer. */
function HaltedPlace({ reasons }: { reasons: number }): ReactNode {
  return <div className="halted-place" style={{ height: 72 + (reasons > 0 ? 16 + 45 * reasons : 0) }} />;
}
