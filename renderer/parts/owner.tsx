/**
 * Whose it is: a square in the owner’s colour, and a word.
 */
import type { ReactNode } from 'react';
import type { Owner } from '../../agent/api/contract.ts';
import { ownerText } from '../words/owner.ts';
import './owner.css';

export function OwnerMark({ owner }: { owner: Owner }): ReactNode {
  return (
    <span className="owner">
      <i className={`owner-square ${owner.kind}`} />
      {ownerText(owner)}
    </span>
  );
}
