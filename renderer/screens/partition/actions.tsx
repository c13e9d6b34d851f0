/**
 * What can be done with the instance: the common things as buttons, the rest behind “More”.
 */
import { Button } from '@mantine/core';
import { useRef, useState, type ReactNode } from 'react';
import type { InstanceView } from '../../../agent/api/contract.ts';
import { text } from '../../messages.ts';
import { ActionMenu } from '../../parts/action-menu.tsx';
import { Icon, type IconName } from '../../parts/icons.tsx';
import { Failure } from '../../parts/note.tsx';
import { useAction } from '../../state/hooks.ts';
import { goTo } from '../../state/route.ts';
import { commandsOf } from '../../words/commands.ts';
import { DestroyDialog } from './destroy-dialog.tsx';
import { useCommands, type DirectCommand } from './use-commands.ts';
import { useExport } from './use-export.ts';

const ICONS: Readonly<Record<DirectCommand, IconName>> = {
  'try-again': 'restart',
  start: 'start',
  stop: 'stop',
  restart: 'restart',
  cancel: 'cross',
};

export function Actions({ id, instance }: { id: string; instance: InstanceView }): ReactNode {
  const commands = useCommands();
  const exporting = useAction();
  const [destroying, setDestroying] = useState(false);
  const more = useRef<HTMLButtonElement>(null);
  const { name } = instance;
  const exportData = useExport(name, exporting);
  const possible = commandsOf(instance);
  const direct = possible.filter((command) => command !== 'destroy');
  const failure = commands.failure ?? exporting.failure;

  return (
    <div className="heading-actions">
      {direct.map((command) => (
        <Button
          key={command}
          variant={command === 'try-again' || command === 'start' ? 'filled' : 'default'}
          leftSection={<Icon name={ICONS[command]} />}
          disabled={commands.busy || (command === 'start' && instance.state === 'stopping')}
          onClick={() => commands.give(command, name)}
        >
          {text(`page.partition.command.${command}`)}
        </Button>
      ))}
      {possible.includes('destroy') && (
        <ActionMenu
          buttonRef={more}
          label={text('page.partitions.actions', { name })}
          loading={exporting.busy}
          actions={[
            { key: 'export', label: text('page.partition.export'), act: exportData },
            {
              key: 'destroy',
              label: text('page.partition.command.destroy'),
              grave: true,
              act: () => setDestroying(true),
            },
          ]}
        />
      )}
      {failure !== null && <Failure failure={failure} />}
      <DestroyDialog
        instance={instance}
        partition={id}
        opened={destroying}
        onClose={() => setDestroying(false)}
        onClosed={() => more.current?.focus()}
        onAccepted={() => goTo({ screen: 'partitions' })}
      />
    </div>
  );
}
