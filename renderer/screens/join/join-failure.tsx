/**
 * Why this computer could not be joined, in the agent's words, whether the token still works, and what to do next.
 */
import { Button } from '@mantine/core';
import type { ReactNode } from 'react';
import type { ErrorView } from '../../../agent/api/contract.ts';
import type { JoinField } from '../../form/master-fields.ts';
import { Note } from '../../parts/note.tsx';
import { linkTo } from '../../state/route.ts';
import { mastersText } from '../../words/masters.ts';

type Properties = {
  failure: ErrorView;
  unused: boolean;
  onField: (field: JoinField) => void;
  /** To go on without a master; null where that is how it is already. */
  onLocal: (() => void) | null;
};

export function JoinFailure(properties: Properties): ReactNode {
  const { failure, unused } = properties;
  return (
    <div role="alert">
      <Note tone="problem" action={<Way {...properties} />}>
        <b>{failure.sentence}</b> {failure.nextStep} {unused && mastersText('masters.join.unused')}
      </Note>
    </div>
  );
}

/** The next step of what is not mended by trying again. */
function Way({ failure, onField, onLocal }: Properties): ReactNode {
  switch (failure.code) {
    case 'token-refused':
      return (
        <Button variant="default" onClick={() => onField('token')}>
          {mastersText('masters.join.token.again')}
        </Button>
      );
    case 'computer-name-in-use':
    case 'computer-name-invalid':
      return (
        <Button variant="default" onClick={() => onField('name')}>
          {mastersText('masters.join.name.again')}
        </Button>
      );
    case 'already-joined':
      return onLocal === null ? (
        <Button component="a" variant="default" href={linkTo({ screen: 'settings' })}>
          {mastersText('masters.join.joined')}
        </Button>
      ) : null;
    case 'master-no-network':
      return onLocal === null ? null : (
        <Button variant="default" onClick={onLocal}>
          {mastersText('masters.join.first')}
        </Button>
      );
    default:
      return null;
  }
}
