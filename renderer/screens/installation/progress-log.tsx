/**
 * The log of what is being started, one click away.
 */
import { UnstyledButton } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import type { InstanceView } from '../../../agent/api/contract.ts';
import { LogView } from '../../log/log-view.tsx';
import { text } from '../../messages.ts';

/** @param opened from the start, where it is what to look at. */
export function ProgressLog({
  instance,
  opened = false,
}: {
  instance: InstanceView;
  opened?: boolean;
}): ReactNode {
  const [shown, setShown] = useState(opened);
  return (
    <div className="progress-log">
      <UnstyledButton className="link-button" aria-expanded={shown} onClick={() => setShown(!shown)}>
        {text(shown ? 'page.installation.log.hide' : 'page.installation.log.show')}
      </UnstyledButton>
      {shown && <LogView name={instance.name} />}
    </div>
  );
}
