/**
 * What is here, one line each: whose it is, how it is, what it takes, and its address to copy.
 */
import { memo, type ReactNode } from 'react';
import type { InstanceView, PartitionView } from '../../../agent/api/contract.ts';
import { text } from '../../messages.ts';
import { CopyIcon } from '../../parts/copy-button.tsx';
import { Tile } from '../../parts/glyph.tsx';
import { OwnerMark } from '../../parts/owner.tsx';
import { InstanceState } from '../../parts/state-label.tsx';
import { arrowKeys } from '../../parts/arrow-keys.ts';
import { linkTo } from '../../state/route.ts';
import { useUsage } from '../../state/usage.ts';
import { addressOf, isComing, wasNeverReady } from '../../words/instance.ts';
import { isHosted } from '../../words/owner.ts';
import { amountText, stepText } from '../../words/progress.ts';
import { bytesOrUnknown, cpusText } from '../../words/usage.ts';

/** More are on their own screen. */
const MOST_SHOWN = 8;

export function ServiceRows({
  partitions,
  categoryOf,
}: {
  partitions: readonly PartitionView[];
  categoryOf: (softwareUrl: string) => string;
}): ReactNode {
  return (
    <section>
      <div className="service-head">
        <h2 className="section">
          {text(
            partitions.every(({ instance }) => instance === null || !isHosted(instance))
              ? 'page.overview.services'
              : 'page.overview.services.all',
          )}
        </h2>
        <span aria-hidden="true">{text('page.overview.cpu')}</span>
        <span aria-hidden="true">{text('page.overview.memory')}</span>
      </div>
      <ul className="lines" ref={arrowKeys}>
        {partitions
          .slice(0, MOST_SHOWN)
          .map(
            ({ id, instance }) =>
              instance !== null && (
                <ServiceRow
                  key={id}
                  id={id}
                  instance={instance}
                  category={categoryOf(instance.softwareUrl)}
                />
              ),
          )}
      </ul>
      <p className="more">
        <a href={linkTo({ screen: 'partitions' })}>
          {partitions.length > MOST_SHOWN
            ? text('page.overview.all-partitions-of', { count: partitions.length })
            : text('page.overview.all-partitions')}
        </a>
      </p>
    </section>
  );
}

type RowProperties = { id: string; instance: InstanceView; category: string };

const ServiceRow = memo(function ServiceRow({ id, instance, category }: RowProperties): ReactNode {
  // That of another's service is of no use here.
  const address = isHosted(instance) ? null : addressOf(instance);
  const screen =
    !isHosted(instance) && (isComing(instance) || wasNeverReady(instance)) ? 'installation' : 'partition';
  return (
    <li className="line service" data-copies={address ?? undefined}>
      <Tile category={category} />
      <div className="row-words">
        <a className="row-title" href={linkTo({ screen, id })}>
          {instance.name}
        </a>
        <span className="row-under service-under">
          {instance.state !== 'started' && <InstanceState instance={instance} />}
          {(instance.state === 'started' || isHosted(instance)) && <OwnerMark owner={instance.owner} />}
          <span>{instance.softwareTitle}</span>
        </span>
      </div>
      <Figures id={id} instance={instance} />
      {address === null ? (
        <span />
      ) : (
        <CopyIcon value={address} what={text('page.overview.address-of', { name: instance.name })} />
      )}
    </li>
  );
});

/** What it takes now; what is being done, while that is more to the point. */
function Figures({ id, instance }: { id: string; instance: InstanceView }): ReactNode {
  const usage = useUsage(id);
  const { progress } = instance;
  if (progress !== null) {
    const amount = amountText(progress);
    return <span className="service-progress">{amount === '' ? stepText(progress.step) : amount}</span>;
  }
  if (usage === null) return <span className="service-progress" />;
  return (
    <>
      <span className="figure">
        <span className="visually-hidden">{text('page.overview.cpu')} </span>
        {cpusText(usage.cpu)}
      </span>
      <span className="figure">
        <span className="visually-hidden">{text('page.overview.memory')} </span>
        {bytesOrUnknown(usage.memoryBytes)}
      </span>
    </>
  );
}
