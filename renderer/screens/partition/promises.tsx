/**
 * What the instance promises, and whether it is kept.
 */
import type { ReactNode } from 'react';
import type { InstanceView, PromiseView } from '../../../agent/api/contract.ts';
import { text } from '../../messages.ts';
import { Icon } from '../../parts/icons.tsx';
import { ToneIcon } from '../../parts/state-label.tsx';

export function Promises({ instance: { promises } }: { instance: InstanceView }): ReactNode {
  if (promises.length === 0) return null;
  return (
    <section>
      <h2 className="section">{text('page.partitions.promises')}</h2>
      <ul className="promises">
        {promises.map(({ name, state, message }) => (
          <li key={name} className={state}>
            <PromiseIcon state={state} />
            <span>
              {name} <span className="visually-hidden">{text(`page.partition.promise.${state}`)}</span>
            </span>
            <span className="dim">{message}</span>
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
