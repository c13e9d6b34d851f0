/**
 * One partition: its instance on its way, ready, or in need of somebody.
 */
import { useEffect, useRef, type ReactNode } from 'react';
import type { InstanceView, PartitionView, PromiseView } from '../../agent/api/contract.ts';
import { text } from '../messages.ts';
import { announce } from '../parts/announcer.tsx';
import { BackLink } from '../parts/back-link.tsx';
import { ConnectionParameters } from '../parts/connection-parameters.tsx';
import { Tile } from '../parts/glyph.tsx';
import { Icon } from '../parts/icons.tsx';
import { InstanceActions } from '../parts/instance-actions.tsx';
import { CancelButton, Installing } from '../parts/installing.tsx';
import { Failure } from '../parts/note.tsx';
import { ScreenTitle } from '../parts/screen-title.tsx';
import { InstanceState, ToneIcon } from '../parts/state-label.tsx';
import { useCategories } from '../state/categories.ts';
import { isComing, promisesText } from '../words/instance.ts';

export function Partition({
  id,
  partition,
}: {
  id: string;
  partition: PartitionView | undefined;
}): ReactNode {
  const instance = partition?.instance ?? null;
  if (instance === null) {
    return (
      <>
        <BackLink />
        <ScreenTitle>{text('page.partition.free', { id })}</ScreenTitle>
        <p className="under">{text('page.partition.free.under')}</p>
      </>
    );
  }
  return <Instance key={instance.guid} id={id} instance={instance} />;
}

function Instance({ id, instance }: { id: string; instance: InstanceView }): ReactNode {
  const categoryOf = useCategories();
  const coming = isComing(instance);
  const title = titleOf(instance);
  useNews(instance, title);
  return (
    <>
      <BackLink />
      <div className="heading">
        <Tile category={categoryOf(instance.softwareUrl)} big />
        <div className="heading-words">
          <InstanceState instance={instance} />
          <ScreenTitle>{title}</ScreenTitle>
          <p className="under">
            {text('page.partition.what', { software: instance.softwareTitle, id })}
            {coming && ` ${text('page.partition.close')}`}
          </p>
        </div>
        <div className="heading-actions">
          {coming ? <CancelButton name={instance.name} /> : <InstanceActions instance={instance} />}
        </div>
      </div>
      {instance.error !== null && <Failure failure={instance.error} />}
      {coming && <Installing instance={instance} />}
      <div className="details">
        <ConnectionParameters instance={instance} />
        <Promises instance={instance} />
      </div>
    </>
  );
}

function titleOf(instance: InstanceView): string {
  const { name, state } = instance;
  if (isComing(instance)) return text('page.partition.coming', { name });
  if (state === 'started') return text('page.partition.ready', { name });
  return name;
}

/** Says once that it became ready, or that it needs somebody; that it is still so is no news. */
function useNews(instance: InstanceView, title: string): void {
  const { name, state } = instance;
  const before = useRef(state);
  useEffect(() => {
    if (before.current === state) return;
    before.current = state;
    if (state === 'failed') announce(text('page.partition.failed', { name }), 'assertive');
    else if (state === 'started') announce(title);
  }, [name, state, title]);
}

function Promises({ instance }: { instance: InstanceView }): ReactNode {
  if (instance.promises.length === 0) return null;
  return (
    <section>
      <h2 className="section">{promisesText(instance)}</h2>
      <ul className="promises">
        {instance.promises.map((promise) => (
          <li key={promise.name} className={promise.state}>
            <PromiseIcon state={promise.state} />
            <span>{promise.name}</span>
            <span className="dim">{promise.message}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function PromiseIcon({ state }: { state: PromiseView['state'] }): ReactNode {
  if (state === 'kept') return <Icon name="check" />;
  if (state === 'failed') return <ToneIcon tone="problem" />;
  return <Icon name="circle" />;
}
