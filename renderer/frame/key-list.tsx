/**
 * The keys that work, and the switch for those that are a single key.
 */
import { Button, Modal, Switch } from '@mantine/core';
import type { ReactNode } from 'react';
import { text } from '../messages.ts';
import { inOwnWindow, setSingleKeys, SHORTCUTS, useSingleKeys, type Shortcut } from './shortcuts.ts';

export function KeyList({ opened, onClose }: { opened: boolean; onClose: () => void }): ReactNode {
  const single = useSingleKeys();
  return (
    <Modal.Root opened={opened} onClose={onClose} size={460} radius="lg" centered>
      <Modal.Overlay backgroundOpacity={0.45} />
      <Modal.Content className="dialog">
        <Modal.Body>
          <Modal.Title className="dialog-title">{text('page.frame.keys')}</Modal.Title>
          <dl className="keys">
            {[...rowsOf(single)].map(([what, keys]) => (
              <div key={what}>
                <dt>{what}</dt>
                <dd>
                  {keys.map((key) => (
                    <kbd key={key}>{key}</kbd>
                  ))}
                </dd>
              </div>
            ))}
          </dl>
          <Switch
            label={text('page.frame.keys.single')}
            description={text('page.frame.keys.single.help')}
            withThumbIndicator={false}
            checked={single}
            onChange={(event) => setSingleKeys(event.currentTarget.checked)}
          />
          <div className="buttons end">
            <Button variant="default" onClick={onClose} data-autofocus>
              {text('page.frame.keys.done')}
            </Button>
          </div>
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

/** What can be done → the keys that do it here and now. */
function rowsOf(single: boolean): Map<string, string[]> {
  const rows = new Map<string, string[]>();
  const add = (what: string, keys: string[]): void => {
    if (keys.length > 0) rows.set(what, [...(rows.get(what) ?? []), ...keys]);
  };
  for (const shortcut of SHORTCUTS) add(text(shortcut.what), keysOf(shortcut, single));
  add(text('page.frame.keys.rows'), ['↑', '↓', 'Enter', 'C']);
  return rows;
}

function keysOf({ name, key, always, heldOnly = false }: Shortcut, single: boolean): string[] {
  if (name === 'back') return ['Esc'];
  const shown = key.toUpperCase();
  const held = always || inOwnWindow() ? [`${onMac() ? '⌘' : 'Ctrl'} ${shown}`] : [];
  return single && !heldOnly && !(always && held.length > 0) ? [...held, shown] : held;
}

function onMac(): boolean {
  return navigator.userAgent.includes('Mac OS');
}
