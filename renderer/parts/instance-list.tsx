/**
 * The partitions in use, one row each: what it is, how it is, where it is, and what can be done with it.
 */
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import type { InstanceView, PartitionView } from '../../agent/api/contract.ts';
import { text } from '../messages.ts';
import { linkTo } from '../state/route.ts';
import { addressOf, isComing } from '../words/instance.ts';
import { amountText, stepText } from '../words/progress.ts';
import { CopyButton } from './copy-button.tsx';
import { Tile } from './glyph.tsx';
import { InstanceActions } from './instance-actions.tsx';
import { InstanceState } from './state-label.tsx';

export function InstanceList({
  partitions,
  categoryOf,
}: {
  partitions: readonly PartitionView[];
  categoryOf: (softwareUrl: string) => string;
}): ReactNode {
  return (
    <ul className="rows">
      {partitions.map(
        ({ id, instance }) =>
          instance !== null && (
            <li key={id} className="row">
              <Tile category={categoryOf(instance.softwareUrl)} />
              <div className="row-words">
                <a className="row-title" href={linkTo({ screen: 'partition', id })}>
                  {instance.name}
                </a>
                <div className="row-under">
                  {instance.softwareTitle} · {id}
                </div>
              </div>
              <div className="row-state">
                <InstanceState instance={instance} />
                {whatNow(instance) !== '' && <div className="row-under">{whatNow(instance)}</div>}
              </div>
              <RowAddress instance={instance} />
              <div className="row-actions">
                {isComing(instance) ? (
                  <Button variant="default" component="a" href={linkTo({ screen: 'partition', id })}>
                    {text('page.watch')}
                  </Button>
                ) : (
                  <InstanceActions instance={instance} />
                )}
              </div>
            </li>
          ),
      )}
    </ul>
  );
}

function whatNow({ state, progress, error }: InstanceView): string {
  if (state === 'failed') return error?.sentence ?? '';
  if (progress === null) return '';
  return [stepText(progress.step), amountText(progress)].filter((part) => part !== '').join(' ');
}

function RowAddress({ instance }: { instance: InstanceView }): ReactNode {
  const address = addressOf(instance);
  if (address === null) return <div className="row-address" />;
  return (
    <div className="row-address">
      <span className="mono">{address}</span>
      <CopyButton
        variant="subtle"
        color="gray"
        size="compact-sm"
        value={address}
        what={text('page.address')}
      />
    </div>
  );
}
