/**
 * What an instance publishes: the address large, the rest below; secrets stay dots until they are asked for.
 */
import { Button } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import type { ConnectionParameter, InstanceView } from '../../agent/api/contract.ts';
import { text } from '../messages.ts';
import { addressOf } from '../words/instance.ts';
import { CopyButton } from './copy-button.tsx';
import { Icon } from './icons.tsx';

const DOTS = '••••••••••••';

export function ConnectionParameters({ instance }: { instance: InstanceView }): ReactNode {
  const address = addressOf(instance);
  const others = instance.connection.filter(({ value, secret }) => secret || value !== address);
  return (
    <>
      {address !== null && (
        <section>
          <h2 className="section">{text('page.address')}</h2>
          <div className="address">
            <span className="mono">{address}</span>
            <CopyButton value={address} what={text('page.address')} />
          </div>
          <p className="under small">{text('page.address.reach')}</p>
        </section>
      )}
      {others.length > 0 && (
        <section>
          <h2 className="section">{text('page.connection')}</h2>
          <dl className="pairs">
            {others.map((parameter) => (
              <Parameter key={parameter.key} parameter={parameter} />
            ))}
          </dl>
        </section>
      )}
    </>
  );
}

function Parameter({ parameter: { key, value, secret } }: { parameter: ConnectionParameter }): ReactNode {
  const [shown, setShown] = useState(!secret);
  return (
    <div className="pair">
      <dt>{key}</dt>
      <dd>
        {shown ? <span className="mono">{value}</span> : <Hidden />}
        {secret && (
          <Button
            variant="subtle"
            color="gray"
            size="compact-sm"
            leftSection={<Icon name={shown ? 'hide' : 'show'} />}
            aria-label={text(shown ? 'page.hide.what' : 'page.show.what', { what: key })}
            onClick={() => setShown(!shown)}
          >
            {text(shown ? 'page.hide' : 'page.show')}
          </Button>
        )}
        <CopyButton variant="subtle" color="gray" size="compact-sm" value={value} what={key} />
      </dd>
    </div>
  );
}

function Hidden(): ReactNode {
  return (
    <span className="mono">
      <span aria-hidden="true">{DOTS}</span>
      <span className="visually-hidden">{text('page.hidden')}</span>
    </span>
  );
}
