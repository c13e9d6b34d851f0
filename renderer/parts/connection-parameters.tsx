/**
 * What an instance publishes: the address large, the rest below; secrets stay dots until they are asked for. Links are opened
 * only where a browser shows a page, and say where they lead.
 */
import { Button } from '@mantine/core';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import type { ConnectionParameter, InstanceView } from '../../agent/api/contract.ts';
import { text } from '../messages.ts';
import { addressOf } from '../words/instance.ts';
import { isThisComputer, webAddressOf, type WebAddress } from '../words/web-address.ts';
import { CopyButton } from './copy-button.tsx';
import { Icon } from './icons.tsx';

const DOTS = '••••••••••••';

/** @param copyFocused whether copying the address is what to do first. */
export function ConnectionParameters({
  instance,
  copyFocused = false,
}: {
  instance: InstanceView;
  copyFocused?: boolean;
}): ReactNode {
  const address = addressOf(instance);
  const others = instance.connection.filter(({ value, secret }) => secret || value !== address);
  return (
    <>
      {address !== null && <Address address={address} copyFocused={copyFocused} />}
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

function Address({ address, copyFocused }: { address: string; copyFocused: boolean }): ReactNode {
  const web = webAddressOf(address);
  const copy = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (copyFocused) copy.current?.focus({ preventScroll: true });
  }, [copyFocused]);
  return (
    <section>
      <h2 className="section">{text('page.address')}</h2>
      <div className="address">
        <bdi className="mono">{address}</bdi>
        <div className="buttons">
          {web !== null && <OpenLink web={web} />}
          <CopyButton
            ref={copy}
            variant={copyFocused ? 'filled' : 'default'}
            value={address}
            what={text('page.address')}
          />
        </div>
      </div>
      <p className="under small">{reachText(web)}</p>
    </section>
  );
}

/** Who reaches it; where its link leads, when that is elsewhere. */
function reachText(web: WebAddress | null): string {
  if (web === null) return text('page.address.reach');
  if (isThisComputer(web)) return text('page.address.reach.web', { host: web.host });
  return text('page.address.elsewhere', { host: web.host });
}

function OpenLink({ web, compact = false }: { web: WebAddress; compact?: boolean }): ReactNode {
  const words = text('page.open.what', { host: web.host });
  return (
    <Button
      component="a"
      href={web.href}
      target="_blank"
      rel="noopener noreferrer"
      variant={compact ? 'subtle' : 'default'}
      {...(compact ? { size: 'compact-sm', color: 'gray' } : {})}
      leftSection={<Icon name="open" />}
      aria-label={words}
      title={words}
    >
      {compact ? web.host : text('page.open')}
    </Button>
  );
}

function Parameter({ parameter: { key, value, secret } }: { parameter: ConnectionParameter }): ReactNode {
  const [shown, setShown] = useState(!secret);
  const web = secret ? null : webAddressOf(value);
  return (
    <div className="pair">
      <dt>
        <bdi>{key}</bdi>
      </dt>
      <dd>
        {shown ? <bdi className="mono">{value}</bdi> : <Hidden />}
        {web !== null && <OpenLink web={web} compact />}
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
