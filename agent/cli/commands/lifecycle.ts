/**
 * `start NAME`, `stop NAME`, `stop --all`, `bang NAME`, `destroy NAME`: what is done to an instance that exists.
 */
import { SlapgridError } from '../../errors.ts';
import { text } from '../../messages.ts';
import { waitForEnd } from '../../setup/agent-process.ts';
import type { AgentConnection } from '../connection.ts';
import { answer, type CommandContext } from '../context.ts';
import { CommandError, EXIT, type ExitStatus } from '../exit-status.ts';
import { instancesOf } from '../state-tree.ts';
import { waitForInstance, type Target } from '../waiting.ts';

export type LifecycleOptions = { name: string; detach?: boolean };

/** `start NAME`. */
export async function startInstance(context: CommandContext, options: LifecycleOptions): Promise<ExitStatus> {
  const connection = await context.connect();
  await connection.start(options.name);
  return reach(context, connection, options, 'started');
}

/** `stop NAME`. */
export async function stopInstance(context: CommandContext, options: LifecycleOptions): Promise<ExitStatus> {
  const connection = await context.connect();
  await connection.stop(options.name);
  return reach(context, connection, options, 'stopped');
}

/** How long a clean end of everything may take: a database flushes what it holds. */
const STOP_SECONDS = 120;

/** `stop --all`: every instance, then the agent. What is requested stays requested. */
export async function stopEverything(context: CommandContext): Promise<ExitStatus> {
  const connection = await context.connect();
  const state = await connection.state();
  await stopAgent(connection, state.agent.pid, context.now);
  const amount = instancesOf(state).length;
  answer(context, { stopped: true, instances: amount }, text('cli.stop.all', { amount }));
  return EXIT.done;
}

/** Stops every instance and ends the agent; resolves when both are gone. */
export async function stopAgent(
  connection: Pick<AgentConnection, 'stopAll' | 'shutdown'>,
  pid: number,
  now: () => number,
): Promise<void> {
  await connection.stopAll();
  await connection.shutdown();
  await waitForEnd(pid, { timeoutSeconds: STOP_SECONDS, now });
}

/** `bang NAME`: process it again now. */
export async function bang(context: CommandContext, options: { name: string }): Promise<ExitStatus> {
  const connection = await context.connect();
  await connection.bang(options.name);
  answer(context, { name: options.name, bang: true }, text('cli.bang', { name: options.name }));
  return EXIT.done;
}

/** `destroy NAME`: asks first, because the data is lost. */
export async function destroy(
  context: CommandContext,
  options: LifecycleOptions & { yes?: boolean },
): Promise<ExitStatus> {
  const { name } = options;
  const connection = await context.connect();
  const state = await connection.state();
  const partition = state.partitions.find(({ instance }) => instance?.name === name);
  if (partition === undefined) throw new SlapgridError('unknown-instance', { name });
  if (options.yes !== true) {
    const reply = await context.terminal.ask(
      text('cli.destroy.question', { name, address: partition.address }),
    );
    if (reply === null) throw new CommandError(EXIT.usage, 'destroy-needs-yes', { name });
    if (!isYes(reply)) {
      context.terminal.note(text('cli.destroy.kept', { name }));
      return EXIT.failed;
    }
  }
  await connection.destroy(name);
  return reach(context, connection, options, 'destroyed');
}

/** Whether a reply agrees. Nothing at all does not: the question was about a loss. */
export function isYes(reply: string): boolean {
  return ['y', 'yes'].includes(reply.toLowerCase());
}

async function reach(
  context: CommandContext,
  connection: AgentConnection,
  { name, detach }: LifecycleOptions,
  target: Target,
): Promise<ExitStatus> {
  if (detach === true) {
    answer(context, { name, accepted: target }, text('cli.lifecycle.accepted', { name, target }));
    return EXIT.done;
  }
  const ending = await waitForInstance(context, connection, {
    name,
    target,
    interruption: context.interruption(),
  });
  if (ending.kind === 'detached') {
    context.terminal.note(text('cli.lifecycle.detached', { name, target }));
    return EXIT.notReady;
  }
  answer(context, { name, state: target }, text('cli.lifecycle.done', { name, target }));
  return EXIT.done;
}
