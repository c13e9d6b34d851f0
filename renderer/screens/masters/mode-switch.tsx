/**
 * Shared or Local. It acts at once; what it stopped can be had back for ten seconds by one press, and always by the switch.
 */
import { Button, SegmentedControl } from '@mantine/core';
import { useEffect, useState, type ReactNode } from 'react';
import type { AgentState, Mode } from '../../../agent/api/contract.ts';
import { announce } from '../../parts/announcer.tsx';
import { Failure } from '../../parts/note.tsx';
import { useAction, useStore } from '../../state/hooks.ts';
import { linkTo } from '../../state/route.ts';
import { mastersText } from '../../words/masters.ts';
import { isHosted } from '../../words/owner.ts';
import { instancesOf } from '../../words/sentence.ts';
import './masters.css';

const UNDO_MILLISECONDS = 10_000;
const MODES = ['shared', 'local'] as const satisfies readonly Mode[];

export function ModeSwitch({ agent }: { agent: AgentState }): ReactNode {
  const { client } = useStore();
  const { failure, run } = useAction();
  // What a person chose is shown until the agent says what is.
  const [wanted, setWanted] = useState<Mode | null>(null);
  const [stopped, setStopped] = useState<number | null>(null);
  useEffect(() => {
    if (stopped === null) return undefined;
    const timer = setTimeout(() => setStopped(null), UNDO_MILLISECONDS);
    return () => clearTimeout(timer);
  }, [stopped]);

  if (agent.masters.length === 0) return <NoMaster />;
  const choose = async (mode: Mode): Promise<void> => {
    const hosted = instancesOf(agent).filter((each) => isHosted(each) && each.state !== 'stopped').length;
    setWanted(mode);
    setStopped(null);
    if (await run(() => client.setMode.mutate({ mode }))) {
      announce(newsOf(mode, hosted), 'answer');
      if (mode === 'local' && hosted > 0) setStopped(hosted);
    }
    setWanted(null);
  };
  const mode = wanted ?? agent.agent.mode;
  return (
    <div className="mode">
      <SegmentedControl
        aria-label={mastersText('masters.mode')}
        data={MODES.map((value) => ({ value, label: mastersText(`masters.mode.${value}`) }))}
        value={mode}
        onChange={(chosen) => void choose(chosen)}
      />
      {failure !== null && <Failure failure={failure} />}
      {stopped !== null && mode === 'local' && (
        <p className="mode-news">
          {mastersText('masters.mode.now.local.stopped', { count: stopped })}
          <Button variant="default" size="compact-sm" onClick={() => void choose('shared')}>
            {mastersText('masters.mode.undo')}
          </Button>
        </p>
      )}
    </div>
  );
}

/** What cannot be chosen yet is there, with the way to it. */
function NoMaster(): ReactNode {
  return (
    <div className="mode">
      <SegmentedControl
        aria-label={mastersText('masters.mode')}
        data={MODES.map((value) => ({
          value,
          label: mastersText(`masters.mode.${value}`),
          disabled: value === 'shared',
        }))}
        value="local"
      />
      <p className="mode-why">
        {mastersText('masters.mode.needs')}{' '}
        <a href={linkTo({ screen: 'join' })}>{mastersText('masters.join')}</a>
      </p>
    </div>
  );
}

function newsOf(mode: Mode, hosted: number): string {
  if (mode === 'shared') return mastersText('masters.mode.now.shared');
  return hosted === 0
    ? mastersText('masters.mode.now.local')
    : mastersText('masters.mode.now.local.stopped', { count: hosted });
}
