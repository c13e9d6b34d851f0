/**
 * Runs one command line to its exit status: reads it, does it, and says what went wrong.
 */
import type { CommandContext } from './context.ts';
import { errorText, jsonText } from './context.ts';
import { errorDocument } from './documents.ts';
import { outcomeOf, EXIT, type ExitStatus } from './exit-status.ts';
import { HelpShown, parseLine } from './program.ts';

/** @param surroundings everything of the context but what the line itself decides. */
export async function runLine(
  argv: readonly string[],
  surroundings: Omit<CommandContext, 'json'>,
): Promise<ExitStatus> {
  // A line that cannot be read still says how its errors are wanted.
  let json = argv.includes('--json');
  const { terminal } = surroundings;
  try {
    const line = parseLine(argv, (help) => terminal.result(help.trimEnd()));
    ({ json } = line);
    return await line.perform({ ...surroundings, json });
  } catch (error) {
    if (error instanceof HelpShown) return EXIT.done;
    const { view, status } = outcomeOf(error);
    if (json) terminal.result(jsonText(errorDocument(view)));
    else terminal.note(errorText(view));
    return status;
  }
}
