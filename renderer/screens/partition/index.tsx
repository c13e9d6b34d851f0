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
import { usePageState } from '../../state/hooks.ts';
import { useMomentText } from '../../state/moment.ts';
import { linkTo } from '../../state/route.ts';
import { addressOf, isComing, nextStartText, promisesText, stateText } from '../../words/instance.ts';
import { mastersText } from '../../words/masters.ts';
import { isHosted, masterTitle } from '../../words/owner.ts';
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
  const masters = usePageState((state) => state.agent?.masters) ?? [];
  if (partition !== undefined && instance !== null) {
    const master = masterTitle(partition, masters);
    return <Instance key={instance.guid} id={id} instance={instance} master={master} />;
  }
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

/** @param master for which it is hosted; null for what is of this computer. */
function Instance({
  id,
  instance,
  master,
}: {
  id: string;
  instance: InstanceView;
  master: string | null;
}): ReactNode {
  const categoryOf = useCategories();
  useNews(instance);
  const limits = usePageState(({ agent }) => agent?.lending.limits.each ?? null);
  const hosted = isHosted(instance);
  return (
    <>
      <BackLink to="partitions" />
      <div className="heading partition-heading">
        <Tile category={categoryOf(instance.softwareUrl)} big />
        <div className="heading-words">
          <ScreenTitle>{instance.name}</ScreenTitle>
          <p className="partition-about">
            <OwnerMark owner={instance.owner} />
            {master !== null && master !== instance.owner.name && (
              <span>{mastersText('masters.for', { master })}</span>
            )}
            <span>{instance.softwareTitle}</span>
            <span>{id}</span>
            <Since instance={instance} />
          </p>
        </div>
        {hosted ? null : <Actions id={id} instance={instance} />}
      </div>
      <Status instance={instance} />
      {hosted && (
        <p className="under small partition-hosted">
          {mastersText('masters.hosted', { master: master ?? instance.owner.name })}
        </p>
      )}
      <Trouble id={id} instance={instance} />
      <div className={hosted ? 'for-others' : undefined}>
        <Curves id={id} limits={hosted ? limits : null} />
      </div>
      <div className="partition-details">
        {/* What it publishes and with what it was asked for is theirs who asked. */}
        {!hosted && (
          <div>
            <ConnectionParameters instance={instance} />
          </div>
        )}
        <div>
          <Promises instance={instance} />
          {!hosted && <Parameters instance={instance} />}
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
  const address = isHosted(instance) ? addressOf(instance) : null;
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
      {address !== null && <bdi className="mono">{address}</bdi>}
    </p>
  );
}

/** Why it is not simply running, and what comes next. */
function Trouble({ id, instance }: { id: string; instance: InstanceView }): ReactNode {
  const { state, error, progress } = instance;
  if (error !== null) {
    const grave = state === 'failed' && !isHosted(instance);
    return <Failure failure={error} {...(grave ? {} : { tone: 'paused' })} />;
  }
  if (isComing(instance) && !isHosted(instance)) {
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
  if (state === 'frozen') return <Frozen />;
  if (state === 'restarting') return <Note tone="paused">{restartingText(instance)}</Note>;
  return null;
}

/** Why it is held back, and until when. */
function Frozen(): ReactNode {
  const conditions = usePageState(({ agent }) => agent?.conditions ?? null);
  const reasons = (conditions?.reasons ?? []).map(({ sentence, ends }) =>
    text('page.partition.frozen.reason', { sentence, ends }),
  );
  return (
    <Note
      tone="paused"
      action={
        <Button component="a" variant="default" href={linkTo({ screen: 'conditions' })}>
          {text('page.partition.frozen.see')}
        </Button>
      }
    >
      <b>{text('page.partition.frozen')}</b>{' '}
      {reasons.length > 0 && text('page.partition.frozen.why', { reasons: reasons.join(', ') })}
    </Note>
  );
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
