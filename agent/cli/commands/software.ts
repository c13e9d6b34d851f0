/**
 * `supply`, `remove` and `software list`.
 */
import process from 'node:process';
import { text } from '../../messages.ts';
import type { AgentConnection } from '../connection.ts';
import { answer, type CommandContext } from '../context.ts';
import { softwareDocument, type SoftwareRow } from '../documents.ts';
import { CommandError, EXIT, type ExitStatus } from '../exit-status.ts';
import { softwareReference } from '../parameters.ts';
import { waitForSoftware } from '../waiting.ts';
import { table } from '../words.ts';

export type SupplyOptions = { software: string; node: string | undefined; detach?: boolean };

/** `supply SOFTWARE [NODE]`: has a software release ready before somebody asks for it. */
export async function supply(context: CommandContext, options: SupplyOptions): Promise<ExitStatus> {
  const connection = await context.connect();
  await checkNode(connection, options.node);
  const { url } = await connection.supply(softwareReference(options.software, process.cwd()));
  if (options.detach === true) {
    answer(context, { url, accepted: 'available' }, text('cli.supply.accepted', { url }));
    return EXIT.done;
  }
  const ending = await waitForSoftware(context, connection, { url, interruption: context.interruption() });
  if (ending.kind === 'detached') {
    context.terminal.note(text('cli.supply.detached', { url }));
    return EXIT.notReady;
  }
  answer(context, { url, state: 'available' }, text('cli.supply.ready', { url }));
  return EXIT.done;
}

/** `remove SOFTWARE [NODE]`: it goes when no instance uses it any more. */
export async function remove(context: CommandContext, options: SupplyOptions): Promise<ExitStatus> {
  const connection = await context.connect();
  await checkNode(connection, options.node);
  const { url } = await connection.remove(softwareReference(options.software, process.cwd()));
  answer(context, { url, accepted: 'destroyed' }, text('cli.remove.accepted', { url }));
  return EXIT.done;
}

/** Upstream's second argument: the computer. There is only this one. */
async function checkNode(connection: AgentConnection, node: string | undefined): Promise<void> {
  if (node === undefined) return;
  const { agent } = await connection.state();
  if (node !== agent.computerId) {
    throw new CommandError(EXIT.failed, 'unknown-computer', { node, computer: agent.computerId });
  }
}

/** `software list`. */
export async function softwareList(context: CommandContext): Promise<ExitStatus> {
  const connection = await context.connect();
  const [catalogue, state] = await Promise.all([connection.catalogue(), connection.state()]);
  const document = softwareDocument(catalogue, state.software);
  answer(context, document, softwareTable(document.software));
  return EXIT.done;
}

function softwareTable(rows: readonly SoftwareRow[]): string {
  return table([
    [
      text('cli.column.name'),
      text('cli.column.title'),
      text('cli.column.here'),
      text('cli.column.description'),
    ],
    ...rows.map((row) => [
      row.name ?? row.url,
      row.title,
      row.state === null ? '–' : text(`cli.software-state.${row.state}`),
      row.description,
    ]),
  ]);
}
