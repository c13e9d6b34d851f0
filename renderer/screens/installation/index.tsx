/**
 * A new instance from its request to its first use: on its way, stuck, or ready.
 */
import { useEffect, useRef, type ReactNode } from 'react';
import type { AgentState, InstanceView } from '../../../agent/api/contract.ts';
import { text } from '../../messages.ts';
import { announce } from '../../parts/announcer.tsx';
import { BackLink } from '../../parts/back-link.tsx';
import { ScreenTitle } from '../../parts/screen-title.tsx';
import { isComing, wasNeverReady } from '../../words/instance.ts';
import './installation.css';
import { Installing } from './installing.tsx';
import { Result } from './result.tsx';
import { Stuck } from './stuck.tsx';
import { useLastDownload } from './last-download.ts';

export function Installation({ id, agent }: { id: string; agent: AgentState }): ReactNode {
  const instance = agent.partitions.find((partition) => partition.id === id)?.instance ?? null;
  return (
    <>
      <BackLink to="services" />
      {instance === null ? <Nothing id={id} /> : <Instance key={instance.guid} id={id} instance={instance} />}
    </>
  );
}

function Nothing({ id }: { id: string }): ReactNode {
  return (
    <>
      <ScreenTitle>{text('page.installation.nothing', { id })}</ScreenTitle>
      <p className="under">{text('page.installation.nothing.under')}</p>
    </>
  );
}

function Instance({ id, instance }: { id: string; instance: InstanceView }): ReactNode {
  const downloaded = useLastDownload(instance);
  useNews(instance);
  if (instance.state === 'failed' && wasNeverReady(instance)) {
    return <Stuck instance={instance} downloaded={downloaded} />;
  }
  if (isComing(instance)) return <Installing instance={instance} />;
  return <Result id={id} instance={instance} />;
}

/** Says once that it became ready, or that it cannot go on; that it is still so is no news. */
function useNews({ name, softwareTitle, state }: InstanceView): void {
  const before = useRef(state);
  useEffect(() => {
    if (before.current === state) return;
    before.current = state;
    if (state === 'failed')
      announce(text('page.installation.stuck', { software: softwareTitle }), 'assertive');
    else if (state === 'started') announce(text('page.installation.ready', { name }), 'answer');
  }, [name, softwareTitle, state]);
}
