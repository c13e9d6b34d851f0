/**
 * The instances that need somebody: what is wrong, and the way to it. One box, however many there are.
 */
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import type { InstanceView, PartitionView } from '../../../agent/api/contract.ts';
import { text } from '../../messages.ts';
import { Note } from '../../parts/note.tsx';
import { linkTo, type Route } from '../../state/route.ts';
import { wasNeverReady } from '../../words/instance.ts';
import { isHosted } from '../../words/owner.ts';

type Failed = { id: string; instance: InstanceView };

/** The sentence above says how many there are. */
const MOST_SHOWN = 3;

export function NeedsYou({ partitions }: { partitions: readonly PartitionView[] }): ReactNode {
  const failed = partitions.flatMap(({ id, instance }) =>
    instance?.state === 'failed' && !isHosted(instance) ? [{ id, instance }] : [],
  );
  const [first] = failed;
  if (first === undefined) return null;
  return failed.length === 1 ? <One failed={first} /> : <Several failed={failed} />;
}

function One({ failed }: { failed: Failed }): ReactNode {
  const { name, error } = failed.instance;
  return (
    <Note
      tone="problem"
      action={
        <Button
          component="a"
          variant="default"
          href={linkTo(placeOf(failed))}
          aria-label={text('page.overview.look.what', { name })}
        >
          {text('page.overview.look')}
        </Button>
      }
    >
      <b>{error?.sentence ?? text('page.overview.unknown')}</b> {error?.nextStep}
    </Note>
  );
}

function Several({ failed }: { failed: readonly Failed[] }): ReactNode {
  return (
    <Note
      tone="problem"
      action={
        <Button component="a" variant="default" href={linkTo({ screen: 'partitions' })}>
          {text('page.overview.look-all', { count: failed.length })}
        </Button>
      }
    >
      <ul className="needs-you">
        {failed.slice(0, MOST_SHOWN).map((each) => (
          <li key={each.id}>
            <a href={linkTo(placeOf(each))}>
              <b>{each.instance.name}</b>
            </a>{' '}
            {each.instance.error?.sentence ?? text('page.overview.unknown')}
          </li>
        ))}
      </ul>
    </Note>
  );
}

/** What was never ready is on the screen of its installation, where it can be tried again or removed. */
function placeOf({ id, instance }: Failed): Route {
  return wasNeverReady(instance) ? { screen: 'installation', id } : { screen: 'partition', id };
}
