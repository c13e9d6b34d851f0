/**
 * What the application may tell, each turned off alone. The agent keeps it, so that the tray and every window show the same.
 */
import { Switch } from '@mantine/core';
import { useId, type ReactNode } from 'react';
import { NOTIFICATION_KINDS } from '../../../assets/notification-kinds.ts';
import english from '../../../assets/messages/en/page-notifications.json' with { type: 'json' };
import type { AgentState, NotificationKind } from '../../../agent/api/contract.ts';
import { text, textOf } from '../../messages.ts';
import { announce } from '../../parts/announcer.tsx';
import { Failure } from '../../parts/note.tsx';
import { useAction, useStore } from '../../state/hooks.ts';
import { SettingRow } from './setting-row.tsx';

const notificationsText = textOf({ en: english });

export function Notifications({ agent: { agent } }: { agent: AgentState }): ReactNode {
  return (
    <section>
      <h2 className="section">{notificationsText('page-notifications.title')}</h2>
      <p className="setting-detail">{notificationsText('page-notifications.detail')}</p>
      {NOTIFICATION_KINDS.map((kind) => (
        <Kind key={kind} kind={kind} wanted={agent.notifications[kind]} />
      ))}
    </section>
  );
}

function Kind({ kind, wanted }: { kind: NotificationKind; wanted: boolean }): ReactNode {
  const { client } = useStore();
  const { busy, failure, run } = useAction();
  const id = useId();
  const choose = async (chosen: boolean): Promise<void> => {
    const done = await run(() => client.setNotification.mutate({ kind, wanted: chosen }));
    if (done) announce(text('page.settings.saved'), 'answer');
  };
  return (
    <>
      <SettingRow title={notificationsText(`page-notifications.kind.${kind}`)} labels={id}>
        <Switch
          id={id}
          withThumbIndicator={false}
          checked={wanted}
          disabled={busy}
          onChange={(event) => void choose(event.currentTarget.checked)}
        />
      </SettingRow>
      {failure !== null && <Failure failure={failure} />}
    </>
  );
}
