/**
 * `completion SHELL`: prints the script that a shell reads; `completion names KIND` is what those scripts ask.
 */
import type { Command as Program } from 'commander';
import { CommandError, EXIT, type ExitStatus } from '../exit-status.ts';
import { bashScript } from '../completion/bash.ts';
import { fishScript } from '../completion/fish.ts';
import { describeProgram } from '../completion/description.ts';
import { zshScript } from '../completion/zsh.ts';
import type { AgentConnection } from '../connection.ts';
import type { CommandContext } from '../context.ts';
import { instancesOf } from '../state-tree.ts';

const SHELLS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

/** @param program the whole command line, which the script describes. */
export async function completion(
  context: CommandContext,
  options: { shell: string; kind: string | undefined },
  program: Program,
): Promise<ExitStatus> {
  const { shell, kind } = options;
  if (shell === 'names') return names(context, kind);
  if (shell !== 'bash' && shell !== 'zsh' && shell !== 'fish') {
    throw new CommandError(EXIT.usage, 'unknown-shell', { shell });
  }
  context.terminal.result(SHELLS[shell](describeProgram(program)));
  return EXIT.done;
}

/** One name a line: of the instances, of the software that can be requested, or of the masters that were joined. */
async function names(context: CommandContext, kind: string | undefined): Promise<ExitStatus> {
  const connection = await context.connect();
  for (const found of await namesOf(connection, kind)) context.terminal.result(found);
  return EXIT.done;
}

async function namesOf(
  connection: Pick<AgentConnection, 'catalogue' | 'state'>,
  kind: string | undefined,
): Promise<string[]> {
  if (kind === 'software') return (await connection.catalogue()).map(({ name }) => name);
  const state = await connection.state();
  if (kind === 'masters') return state.masters.map(({ title }) => title);
  return instancesOf(state).map(({ name }) => name);
}
