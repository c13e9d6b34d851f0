/**
 * A master that was just joined: what this computer is called there, and what happens from now on.
 */
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import type { AgentState } from '../../../agent/api/contract.ts';
import { BackLink } from '../../parts/back-link.tsx';
import { CopyIcon } from '../../parts/copy-button.tsx';
import { ScreenTitle } from '../../parts/screen-title.tsx';
import { StateLabel } from '../../parts/state-label.tsx';
import { linkTo } from '../../state/route.ts';
import { mastersText, masterStateText, masterTone } from '../../words/masters.ts';
import { isLent } from '../../words/sharing.ts';
import './masters.css';

export function Joined({ agent, id }: { agent: AgentState; id: string }): ReactNode {
  const master = agent.masters.find((each) => each.id === id);
  if (master === undefined) {
    return (
      <>
        <BackLink to="settings" />
        <ScreenTitle>{mastersText('masters.joined.gone')}</ScreenTitle>
      </>
    );
  }
  const lent = isLent(agent.lending);
  return (
    <div className="joined">
      <BackLink to="settings" />
      <ScreenTitle className="sentence">{mastersText('masters.joined', { name: master.title })}</ScreenTitle>
      <p className="under">{mastersText('masters.joined.under', { id: master.computerId })}</p>
      <dl className="pairs joined-facts">
        <div className="pair">
          <dt>{mastersText('masters.joined.state')}</dt>
          <dd>
            <StateLabel tone={masterTone(master)}>{masterStateText(master)}</StateLabel>
          </dd>
        </div>
        <div className="pair">
          <dt>{mastersText('masters.joined.computer')}</dt>
          <dd>
            <span className="mono">{master.computerId}</span>
            <CopyIcon value={master.computerId} what={master.computerId} />
          </dd>
        </div>
        <div className="pair">
          <dt>{mastersText('masters.joined.name')}</dt>
          <dd>
            <bdi>{master.computerName}</bdi>
          </dd>
        </div>
      </dl>
      <h2 className="section">{mastersText('masters.joined.next')}</h2>
      <ul className="joined-next">
        <li>{mastersText('masters.joined.partitions', { count: master.partitionAmount })}</li>
        <li>{mastersText(lent ? 'masters.joined.start' : 'masters.joined.not-lent')}</li>
        <li>{mastersText('masters.joined.local')}</li>
      </ul>
      <div className="buttons">
        {!lent && (
          <Button component="a" href={linkTo({ screen: 'lending' })}>
            {mastersText('masters.joined.lend')}
          </Button>
        )}
        <Button component="a" variant={lent ? 'filled' : 'default'} href={linkTo({ screen: 'overview' })}>
          {mastersText('masters.joined.overview')}
        </Button>
        <Button component="a" variant="default" href={linkTo({ screen: 'settings' })}>
          {mastersText('masters.joined.settings')}
        </Button>
      </div>
    </div>
  );
}
