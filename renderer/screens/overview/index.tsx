/**
 * The first screen: one sentence, the windows, what needs somebody, and what runs now.
 */
import { useDeferredValue, useEffect, type ReactNode } from 'react';
import type { AgentState } from '../../../agent/api/contract.ts';
import { announce } from '../../parts/announcer.tsx';
import { later } from '../../parts/later.tsx';
import { Failure } from '../../parts/note.tsx';
import { ScreenTitle } from '../../parts/screen-title.tsx';
import { StateLabel } from '../../parts/state-label.tsx';
import { useCategories } from '../../state/categories.ts';
import { haltOf } from '../../words/pause.ts';
import { isLent } from '../../words/sharing.ts';
import { failingOf, headlineOf, isShared } from '../../words/sentence.ts';
import { FirstServices } from './first-services.tsx';
import { NeedsYou } from './needs-you.tsx';
import './overview.css';
import { LentTo, Resources } from './resources.tsx';
import { ServiceRows } from './service-rows.tsx';
import { Windows } from './windows.tsx';

/** They bring their own sentences, and what is read first does not need them. */
const masters = () => import('../masters/index.ts');
const pause = () => import('../pause/index.ts');
const ModeSwitch = later(async () => (await masters()).ModeSwitch);
const MasterTrouble = later(async () => (await masters()).MasterTrouble);
const PauseButton = later(async () => (await pause()).PauseButton);
const Halted = later(
  async () => (await pause()).Halted,
  // As high as what comes there a moment later, so that nothing moves away from under the pointer.
  ({ conditions: { reasons } }) => (
    <div style={{ height: 72 + (reasons.length > 0 ? 16 + 45 * reasons.length : 0) }} />
  ),
);

export function Overview({ agent }: { agent: AgentState }): ReactNode {
  const categoryOf = useCategories();
  // What stands below comes a frame later: the sentence does not wait for it.
  const below = useDeferredValue(agent, null);
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
          <ModeSwitch agent={agent} />
        </div>
        {shared && halt === null && (
          <div className="overview-pause">
            <PauseButton labelled />
          </div>
        )}
      </div>
      <ScreenTitle className="sentence">{sentence}</ScreenTitle>
      <p className="under">{under}</p>
      {halt !== null && <Halted conditions={agent.conditions} />}
      {agent.agent.notices.map((notice) => (
        <Failure key={notice.id} failure={notice} tone="paused" />
      ))}
      {failing.length > 0 && <MasterTrouble masters={failing} />}
      <NeedsYou partitions={used} />
      <Windows
        partitions={agent.partitions}
        shared={shared && isLent(agent.lending)}
        paused={halt !== null}
        categoryOf={categoryOf}
      />
      {below !== null && <Below agent={below} categoryOf={categoryOf} />}
    </>
  );
}

/** What runs and what it takes; without that, what could be started. */
function Below({
  agent,
  categoryOf,
}: {
  agent: AgentState;
  categoryOf: (softwareUrl: string) => string;
}): ReactNode {
  const used = agent.partitions.filter(({ instance }) => instance !== null);
  if (used.length === 0) {
    return (
      <>
        <FirstServices />
        <div className="first-lent">
          <LentTo agent={agent} />
        </div>
      </>
    );
  }
  return (
    <div className="two-columns">
      <ServiceRows partitions={used} categoryOf={categoryOf} />
      <Resources agent={agent} />
    </div>
  );
}
