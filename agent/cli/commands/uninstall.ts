/**
 * `uninstall`: stops everything and removes what was made here. What happens to the data is always somebody's decision.
 */
import { access, mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { InstanceView } from '../../api/contract.ts';
import { diskError } from '../../disk.ts';
import { text } from '../../messages.ts';
import { pathsOf } from '../../paths.ts';
import { openSecrets } from '../../secrets/open.ts';
import { resolveHome } from '../../setup/data-folder.ts';
import { removeInstallation } from '../../setup/uninstall.ts';
import { connectIfRunning } from '../connect.ts';
import type { AgentConnection } from '../connection.ts';
import { answer, type CommandContext } from '../context.ts';
import { CommandError, EXIT, type ExitStatus } from '../exit-status.ts';
import { instancesOf } from '../state-tree.ts';
import { stopAgent } from './lifecycle.ts';

export type UninstallOptions = { keepData?: boolean; export?: string; yes?: boolean };

/** What becomes of the instances' data. */
type Decision = { kind: 'keep' } | { kind: 'export'; folder: string } | { kind: 'delete' };

export async function uninstall(context: CommandContext, options: UninstallOptions): Promise<ExitStatus> {
  const { home, terminal } = context;
  if (!(await exists(pathsOf(home).private))) throw new CommandError(EXIT.failed, 'not-installed', { home });
  const connection = await connectIfRunning(home);
  const state = await connection?.state();
  const instances = state === undefined ? [] : instancesOf(state);
  const decision = await decide(context, options, instances);
  if (decision === undefined) {
    terminal.note(text('cli.uninstall.nothing'));
    return EXIT.failed;
  }
  const exported: string[] = [];
  if (decision.kind === 'export') {
    // Exporting needs the agent, which knows the instances and acts as their users.
    if (connection === undefined) throw new CommandError(EXIT.failed, 'export-needs-agent', { home });
    const folder = await resolveHome(path.resolve(decision.folder));
    if (`${folder}/`.startsWith(`${home}/`))
      throw new CommandError(EXIT.usage, 'export-inside', { folder, home });
    exported.push(...(await exportAll(connection, instances, folder)));
  }
  if (connection !== undefined && state !== undefined) {
    await stopAgent(connection, state.agent.pid, context.now);
  }
  const secrets = openSecrets(pathsOf(home), path.join(context.program, 'agent'));
  const removal = await removeInstallation(home, decision.kind === 'keep', { secrets });
  answer(
    context,
    { ...removal, exported },
    [
      ...exported.map((file) => text('cli.uninstall.exported', { file })),
      text(removal.kept.length === 0 ? 'cli.uninstall.removed' : 'cli.uninstall.removed-but', {
        home,
        kept: removal.kept.join(', '),
      }),
    ].join('\n'),
  );
  return EXIT.done;
}

async function decide(
  context: CommandContext,
  options: UninstallOptions,
  instances: readonly InstanceView[],
): Promise<Decision | undefined> {
  if (options.keepData === true) return { kind: 'keep' };
  if (options.export !== undefined) return { kind: 'export', folder: options.export };
  if (options.yes === true) return { kind: 'delete' };
  const names = instances.map(({ name }) => `“${name}”`).join(', ');
  const reply = await context.terminal.ask(
    text('cli.uninstall.question', { home: context.home, amount: instances.length, names }),
  );
  if (reply === null) throw new CommandError(EXIT.usage, 'uninstall-needs-decision');
  switch (reply.toLowerCase()) {
    case 'keep':
      return { kind: 'keep' };
    case 'delete':
      return { kind: 'delete' };
    default:
      return undefined;
  }
}

/** One tar file for each instance. Nothing is stopped or removed before all are written. */
async function exportAll(
  connection: Pick<AgentConnection, 'exportData'>,
  instances: readonly InstanceView[],
  folder: string,
): Promise<string[]> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw diskError(error, folder);
  }
  const files: string[] = [];
  for (const { name, guid } of instances) {
    // A name may hold what a file name cannot; the guid tells apart names that become the same.
    const file = path.join(folder, `${name.replace(/[^\p{L}\p{N}._-]/gu, '_').slice(0, 80)}-${guid}.tar`);
    await connection.exportData(name, file);
    files.push(file);
  }
  return files;
}

async function exists(folder: string): Promise<boolean> {
  try {
    await access(folder);
    return true;
  } catch {
    return false;
  }
}
