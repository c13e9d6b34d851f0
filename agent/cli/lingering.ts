/**
 * Asks once whether what runs is to go on when its person logs out, where that is theirs to decide.
 */
import { text } from '../messages.ts';
import { isYes } from './commands/lifecycle.ts';
import type { AgentConnection } from './connection.ts';
import { errorText, type CommandContext } from './context.ts';
import { outcomeOf } from './exit-status.ts';

export async function askAboutLingering(
  { terminal }: Pick<CommandContext, 'terminal'>,
  connection: Pick<AgentConnection, 'settings' | 'setLingering'>,
): Promise<void> {
  if (!terminal.interactive) return;
  const { lingering } = await connection.settings();
  if (!lingering.supported || lingering.enabled || lingering.decided) return;
  const reply = await terminal.ask(text('cli.lingering.question'));
  // Who did not answer is asked again.
  if (reply === null) return;
  try {
    const { enabled } = await connection.setLingering(isYes(reply));
    terminal.note(text('cli.lingering.decided', { enabled: enabled ? 'yes' : 'no' }));
  } catch (error) {
    terminal.note(errorText(outcomeOf(error).view));
  }
}
