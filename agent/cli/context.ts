/**
 * What a command is given instead of reaching for globals.
 */
import type { ErrorView } from '../api/contract.ts';
import type { AgentConnection } from './connection.ts';
import type { ExitStatus } from './exit-status.ts';
import type { Terminal } from './terminal.ts';

export type CommandContext = {
  terminal: Terminal;
  /** One JSON document on standard output instead of words. */
  json: boolean;
  /** Absolute path of the data folder. */
  home: string;
  /** The build this command belongs to: the folder that holds `agent/` and `cli/`. */
  program: string;
  /** @throws SlapgridError `agent-not-running` and its kin. */
  connect: () => Promise<AgentConnection>;
  /** Aborts at the first Ctrl-C (SIGINT) or SIGTERM after this call; until then these end the command as usual. */
  interruption: () => AbortSignal;
  /** All of standard input, as text. */
  readInput: () => Promise<string>;
  environment: NodeJS.ProcessEnv;
  now: () => number;
};

/** A command: does its work, writes its result, and says how it ended. */
export type Command<Options> = (context: CommandContext, options: Options) => Promise<ExitStatus>;

/** Writes `document` when JSON was asked for, else `words`. */
export function answer(
  context: Pick<CommandContext, 'json' | 'terminal'>,
  document: unknown,
  words: string,
): void {
  context.terminal.result(context.json ? jsonText(document) : words);
}

/** JSON as upstream prints it: two spaces, one document. */
export function jsonText(document: unknown): string {
  return JSON.stringify(document, null, 2);
}

/** An error for a person: what happened, then what to do. */
export function errorText(view: ErrorView): string {
  return view.nextStep === '' ? view.sentence : `${view.sentence}\n${view.nextStep}`;
}
