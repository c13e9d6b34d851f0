/**
 * Holds back what is hosted, for as long as a person says, or lets it go on.
 */
import { ActionIcon, Button, Menu } from '@mantine/core';
import type { ReactNode } from 'react';
import { announce } from '../../parts/announcer.tsx';
import { Icon } from '../../parts/icons.tsx';
import { Failure } from '../../parts/note.tsx';
import { useAction, usePageState, useStore } from '../../state/hooks.ts';
import { canPause, finish, isAgainstConditions, pause, PAUSES, resume } from './acts.ts';
import './pause.css';
import { pauseText } from './words.ts';

/** Nothing where nothing is hosted. @param labelled with its word, and what went wrong below it. */
export function PauseButton({ labelled = false }: { labelled?: boolean }): ReactNode {
  const { client } = useStore();
  const conditions = usePageState(({ agent }) =>
    agent !== null && canPause(agent) ? agent.conditions : null,
  );
  const { busy, failure, run } = useAction();
  if (conditions === null) return null;
  const act = async (work: () => Promise<void>): Promise<void> => {
    await run(async () => {
      try {
        await work();
      } catch (error) {
        // Where there is no room for why, it is said at least.
        if (!labelled) announce(pauseText('page-pause.refused'), 'assertive');
        throw error;
      }
    });
  };
  const running = conditions.state === 'running';
  const anyway = isAgainstConditions(conditions);
  const label = running
    ? pauseText('page-pause.now')
    : pauseText(anyway ? 'page-pause.resume.anyway' : 'page-pause.resume');
  const properties = {
    variant: 'default',
    loading: busy,
    ...(running ? {} : { onClick: () => void act(() => resume(client, conditions)) }),
  } as const;
  const icon = <Icon name={running ? 'pause' : 'resume'} />;
  const button = labelled ? (
    <Button {...properties} leftSection={icon}>
      {label}
    </Button>
  ) : (
    <ActionIcon {...properties} className="pause-button" size={32} aria-label={label} title={label}>
      {icon}
    </ActionIcon>
  );
  return (
    <>
      {running ? (
        <Menu
          position={labelled ? 'bottom-start' : 'top-end'}
          // Inside the part of the page that it belongs to, for those who hear it.
          withinPortal={false}
          withInitialFocusPlaceholder={false}
          transitionProps={{ duration: 120 }}
        >
          <Menu.Target>{button}</Menu.Target>
          <Menu.Dropdown>
            {PAUSES.map((how, index) => (
              <Menu.Item
                key={how}
                {...(index === 0 ? { 'data-autofocus': true } : {})}
                onClick={() => void act(() => pause(client, how))}
              >
                {pauseText(`page-pause.for.${how}`)}
              </Menu.Item>
            ))}
            <Menu.Divider />
            <Menu.Item onClick={() => void act(() => finish(client))}>
              {pauseText('page-pause.finish')}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      ) : (
        button
      )}
      {labelled && failure !== null && <Failure failure={failure} />}
    </>
  );
}
