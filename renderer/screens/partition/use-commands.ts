/**
 * Doing what can be done with an instance.
 */
import { text } from '../../messages.ts';
import { announce } from '../../parts/announcer.tsx';
import { useAction, useStore, type Action } from '../../state/hooks.ts';
import type { Command } from '../../words/commands.ts';

export type DirectCommand = Exclude<Command, 'destroy'>;

export type Commands = Pick<Action, 'busy' | 'failure' | 'dismiss'> & {
  /** Asks the agent; what comes of it is in the state tree. */
  give: (command: DirectCommand, name: string) => void;
};

export function useCommands(): Commands {
  const { client } = useStore();
  const { busy, failure, dismiss, run } = useAction();
  const give = (command: DirectCommand, name: string): void => {
    void run(async () => {
      switch (command) {
        case 'try-again':
          return client.bang.mutate({ name });
        case 'cancel':
          await client.cancel.mutate({ name });
          return announce(text('page.cancelled', { name }), 'answer');
        default:
          return client[command].mutate({ name });
      }
    });
  };
  return { busy, failure, dismiss, give };
}
