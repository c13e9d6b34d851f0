/**
 * What is ready: its address alone and large, then the rest of what it publishes.
 */
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import type { InstanceView } from '../../../agent/api/contract.ts';
import { text } from '../../messages.ts';
import { ConnectionParameters } from '../../parts/connection-parameters.tsx';
import { InstanceState } from '../../parts/state-label.tsx';
import { linkTo } from '../../state/route.ts';
import { promisesText } from '../../words/instance.ts';
import { Heading } from './heading.tsx';

export function Result({ id, instance }: { id: string; instance: InstanceView }): ReactNode {
  const { name, softwareTitle, state } = instance;
  const ready = state === 'started';
  return (
    <>
      <Heading
        instance={instance}
        above={<InstanceState instance={instance} />}
        title={ready ? text('page.installation.ready', { name }) : name}
        under={text('page.installation.ready.under', { software: softwareTitle, id })}
        focused={!ready}
      />
      <div className="result">
        <ConnectionParameters instance={instance} copyFocused={ready} />
        <p className="small dim">{promisesText(instance)}</p>
        <div className="buttons">
          <Button variant="default" component="a" href={linkTo({ screen: 'partition', id })}>
            {text('page.installation.open')}
          </Button>
          <Button variant="subtle" component="a" href={linkTo({ screen: 'services' })}>
            {text('page.installation.another')}
          </Button>
        </div>
      </div>
    </>
  );
}
