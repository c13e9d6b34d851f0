/**
 * One partition: who lives in it, how it is, what it takes, what it says, and what can be done with it.
 */
import { Button } from '@mantine/core';
import { useEffect, useRef, type ReactNode } from 'react';
import type { InstanceView, PartitionView } from '../../../agent/api/contract.ts';
import { LogView } from '../../log/log-view.tsx';
import { text } from '../../messages.ts';
import { announce } from '../../parts/announcer.tsx';
import { BackLink } from '../../parts/back-link.tsx';
import { ConnectionParameters } from '../../parts/connection-parameters.tsx';
import { Tile } from '../../parts/glyph.tsx';
import { Icon } from '../../parts/icons.tsx';
import { Failure, Note } from '../../parts/note.tsx';
import { OwnerMark } from '../../parts/owner.tsx';
import { ScreenTitle } from '../../parts/screen-title.tsx';
import { InstanceState } from '../../parts/state-label.tsx';
import { useCategories } from '../../state/categories.ts';
import { useMomentText } from '../../state/moment.ts';
import { linkTo } from '../../state/route.ts';
import { isComing, nextStartText, promisesText, stateText } from '../../words/instance.ts';
import { amountText, stepText } from '../../words/progress.ts';
import { failedPromisesText } from '../../words/promises.ts';
import { Actions } from './actions.tsx';
import { Curves } from './curves.tsx';
import { Parameters } from './parameters.tsx';
import './partition.css';
import { Promises } from './promises.tsx';

export function Partition({
  id,
  partition,
}: {
  id: string;
  partition: PartitionView | undefined;
}): ReactNode {
  const instance = partition?.instance ?? null;
  if (instance !== null) return <Instance key={instance.guid} id={id} instance={instance} />;
  return (
    <>
      <BackLink to="partitions" />
      <ScreenTitle>
        {text(partition === undefined ? 'page.partition.unknown' : 'page.partition.free', { id })}
      </ScreenTitle>
      <p className="under">{text('page.partition.free.under')}</p>
      <div className="buttons partition-free">
        <Button component="a" href={linkTo({ screen: 'services' })}>
          {text('page.partitions.see-services')}
        </Button>
      </div>
    </>
  );
}

function Instance({ id, instance }: { id: string; instance: InstanceView }): ReactNode {
  const categoryOf = useCategories();
  useNews(instance);
  return (
    <>
      <BackLink to="partitions" />
      <div className="heading partition-heading">
        <Tile category={categoryOf(instance.softwareUrl)} big />
        <div className="heading-words">
          <ScreenTitle>{instance.name}</ScreenTitle>
          <p className="partition-about">
            <OwnerMark owner={instance.owner} />
            <span>{instance.softwareTitle}</span>
            <span>{id}</span>
            <Since instance={instance} />
          </p>
        </div>
        <Actions id={id} instance={instance} />
      </div>
      <Status instance={instance} />
      <Trouble id={id} instance={instance} />
      <Curves id={id} />
      <div className="partition-details">
        <div>
          <ConnectionParameters instance={instance} />
        </div>
        <div>
          <Promises instance={instance} />
          <Parameters instance={instance} />
        </div>
      </div>
      <LogView name={instance.name} />
    </>
  );
}

function Since({ instance: { state, changedAt } }: { instance: InstanceView }): ReactNode {
  const when = useMomentText(changedAt);
  if (when === null) return null;
  return (
    <time dateTime={changedAt}>
      {text(state === 'started' ? 'page.partition.running-since' : 'page.partition.so-since', { when })}
    </time>
  );
}

function Status({ instance }: { instance: InstanceView }): ReactNode {
  const promises = promisesText(instance);
  const failed = failedPromisesText(instance);
  return (
    <p className="partition-status">
      <InstanceState instance={instance} />
      {promises !== '' && (
        <span className={failed === '' ? 'partition-kept' : 'partition-kept problem'}>
          {failed === '' && <Icon name="check" />}
          {promises}
          {failed !== '' && `: ${failed}`}
        </span>
      )}
    </p>
  );
}

/** Why it is not simply running, and what comes next. */
function Trouble({ id, instance }: { id: string; instance: InstanceView }): ReactNode {
  const { state, error, progress } = instance;
  if (error !== null) return <Failure failure={error} {...(state === 'failed' ? {} : { tone: 'paused' })} />;
  if (isComing(instance)) {
    const step =
      progress === null ? stateText(instance) : `${stepText(progress.step)} ${amountText(progress)}`;
    return (
      <Note
        tone="local"
        action={
          <Button component="a" variant="default" href={linkTo({ screen: 'installation', id })}>
            {text('page.partition.watch')}
          </Button>
        }
      >
        <b>{step.trim()}.</b> {text('page.partition.coming.under')}
      </Note>
    );
  }
  if (state === 'restarting') return <Note tone="paused">{restartingText(instance)}</Note>;
  return null;
}

function restartingText(instance: InstanceView): ReactNode {
  const ended = instance.services.find((service) => service.state === 'restarting');
  const time = nextStartText(instance);
  return (
    <>
      <b>
        {text('page.partition.ended', {
          service: ended?.name ?? instance.name,
          status: ended?.lastExitStatus ?? 'unknown',
          times: ended?.restarts ?? 0,
        })}
      </b>{' '}
      {time === null ? text('page.partition.ended.again') : text('page.partition.ended.again-at', { time })}{' '}
      {text('page.partition.ended.next')}
    </>
  );
}

/** Says what became of it; that it is still so is no news. */
function useNews(instance: InstanceView): void {
  const { name, state } = instance;
  const said = stateText(instance);
  const before = useRef(state);
  useEffect(() => {
    if (before.current === state) return;
    before.current = state;
    announce(
      text('page.partitions.news', { name, state: said }),
      state === 'failed' ? 'assertive' : 'polite',
    );
  }, [name, state, said]);
}
