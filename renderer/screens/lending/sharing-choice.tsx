/**
 * To whom this computer is lent: one group of three. What is not possible yet is dashed, and choosing it says what is missing.
 */
import { useState, type ReactNode } from 'react';
import type { LendingView, Sharing } from '../../../agent/api/contract-lending.ts';
import type { MasterView } from '../../../agent/api/contract.ts';
import { announce } from '../../parts/announcer.tsx';
import { Failure } from '../../parts/note.tsx';
import { useAction, useStore } from '../../state/hooks.ts';
import { namesText } from '../../words/owner.ts';
import { isWithin, missingFor } from '../../words/sharing.ts';
import { lendingText } from './words.ts';

const CHOICES = ['me', 'people', 'everyone'] as const satisfies readonly Sharing[];
type Choice = (typeof CHOICES)[number];

export function SharingChoice({
  lending,
  masters,
  looked,
  onLook,
}: {
  lending: LendingView;
  masters: readonly MasterView[];
  /** What was chosen though it is not possible: what it lacks is shown below. */
  looked: Sharing | null;
  onLook: (sharing: Sharing | null) => void;
}): ReactNode {
  const { client } = useStore();
  const { failure, run } = useAction();
  const [wanted, setWanted] = useState<Sharing | null>(null);
  const { verdict, protections } = lending;
  const chosen = wanted ?? lending.sharing;
  const choose = async (sharing: Choice): Promise<void> => {
    const name = lendingText(`page-lending.sharing.${sharing}`);
    if (!isWithin(sharing, verdict)) {
      const count = missingFor(sharing, protections).length;
      onLook(sharing);
      announce(lendingText('page-lending.missing.looked', { sharing: name, count }), 'answer');
      return;
    }
    onLook(null);
    setWanted(sharing);
    if (await run(() => client.setSharing.mutate({ sharing })))
      announce(lendingText('page-lending.sharing.now', { sharing: name }), 'answer');
    setWanted(null);
  };
  return (
    <>
      <div role="radiogroup" aria-label={lendingText('page-lending.sharing')} className="sharing">
        {CHOICES.map((sharing) => (
          <label
            key={sharing}
            className={`sharing-box ${sharing}${isWithin(sharing, verdict) ? '' : ' not-yet'}${sharing === looked ? ' looked' : ''}`}
          >
            <input
              type="radio"
              name="sharing"
              className="visually-hidden"
              checked={sharing === chosen}
              aria-label={lendingText(`page-lending.sharing.${sharing}`)}
              aria-describedby={`sharing-${sharing}`}
              onChange={() => void choose(sharing)}
              onClick={() => {
                // One that is chosen already says nothing of a change.
                if (sharing === chosen) onLook(null);
              }}
            />
            <span className="sharing-name">{lendingText(`page-lending.sharing.${sharing}`)}</span>
            <span id={`sharing-${sharing}`} className="sharing-detail">
              {detailOf(sharing, lending, masters)}
            </span>
          </label>
        ))}
      </div>
      {failure !== null && <Failure failure={failure} />}
    </>
  );
}

function detailOf(sharing: Choice, lending: LendingView, masters: readonly MasterView[]): string {
  const { verdict, protections } = lending;
  if (!isWithin(sharing, verdict)) {
    return lendingText('page-lending.missing.for', { count: missingFor(sharing, protections).length });
  }
  if (sharing === 'me') {
    return lendingText(verdict === 'me' ? 'page-lending.sharing.far' : 'page-lending.sharing.me.detail');
  }
  if (sharing === 'everyone') return lendingText('page-lending.sharing.everyone.detail');
  return masters.length === 0
    ? lendingText('page-lending.sharing.people.none')
    : lendingText('page-lending.sharing.people.detail', {
        names: namesText(masters.map(({ title }) => title)),
      });
}
