/**
 * A screen that cannot be drawn takes nothing else with it: the navigation goes on, and the screen can be tried again.
 */
import { Button } from '@mantine/core';
import { Component, type ReactNode } from 'react';
import { text } from '../messages.ts';
import { Note } from '../parts/note.tsx';
import { ScreenTitle } from '../parts/screen-title.tsx';

type State = { failed: boolean };

export class ErrorBoundary extends Component<{ children: ReactNode }, State> {
  override state: State = { failed: false };

  static getDerivedStateFromError(): State {
    return { failed: true };
  }

  override render(): ReactNode {
    return this.state.failed ? <Broken /> : this.props.children;
  }
}

function Broken(): ReactNode {
  return (
    <>
      <ScreenTitle>{text('page.frame.broken')}</ScreenTitle>
      <Note
        tone="problem"
        action={
          // Trying to draw the same again is of no use; a part that could not be loaded is loaded by a new page only.
          <Button variant="default" onClick={() => location.reload()}>
            {text('page.frame.version.reload')}
          </Button>
        }
      >
        {text('page.frame.broken.next')}
      </Note>
    </>
  );
}
