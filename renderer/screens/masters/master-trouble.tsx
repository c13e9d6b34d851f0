/**
 * The masters that do not answer as they should: why, when they are asked again, and asking them now. One box for each.
 */
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import type { MasterView } from '../../../agent/api/contract.ts';
import { announce } from '../../parts/announcer.tsx';
import { Failure, Note } from '../../parts/note.tsx';
import { useAction, useStore } from '../../state/hooks.ts';
import { linkTo } from '../../state/route.ts';
import { mastersText, nextTryText } from '../../words/masters.ts';

/** The rest is in Settings. */
const MOST_SHOWN = 2;

export function MasterTrouble({ masters }: { masters: readonly MasterView[] }): ReactNode {
  return (
    <>
      {masters.slice(0, MOST_SHOWN).map((master) => (
        <Trouble key={master.id} master={master} />
      ))}
      {masters.length > MOST_SHOWN && (
        <p className="more">
          <a href={linkTo({ screen: 'settings' })}>{mastersText('masters.trouble.see')}</a>
        </p>
      )}
    </>
  );
}

function Trouble({ master }: { master: MasterView }): ReactNode {
  const when = nextTryText(master);
  const { error, reportsWaiting, title } = master;
  return (
    <Note tone="paused" action={<AskNow master={master} />}>
      <b>{error?.sentence ?? title}</b> {error?.nextStep}{' '}
      {when !== null && `${mastersText('masters.trouble.next', { when })} `}
      {reportsWaiting > 0 && mastersText('masters.trouble.kept')}
    </Note>
  );
}

export function AskNow({ master: { id, title } }: { master: MasterView }): ReactNode {
  const { client } = useStore();
  const { busy, failure, run } = useAction();
  const ask = async (): Promise<void> => {
    if (await run(() => client.askMaster.mutate({ id })))
      announce(mastersText('masters.asked', { name: title }), 'answer');
  };
  return (
    <>
      <Button
        variant="default"
        loading={busy}
        aria-label={mastersText('masters.ask.what', { name: title })}
        onClick={() => void ask()}
      >
        {mastersText('masters.ask')}
      </Button>
      {failure !== null && <Failure failure={failure} />}
    </>
  );
}
