/**
 * `start` without a name: sets everything up, has the agent running, shows the way to the page, and stays as the front. The
 * agent is a process of its own: leaving the front leaves everything running.
 */
import path from 'node:path';
import process from 'node:process';
import type { AgentState } from '../../api/contract.ts';
import { SlapgridError } from '../../errors.ts';
import { text } from '../../messages.ts';
import { isRunning } from '../../runtime/processes.ts';
import { createSandbox } from '../../sandbox/sandbox.ts';
import { openInBrowser } from '../../setup/browser.ts';
import { ensureAgent, type EnsuredAgent } from '../../setup/ensure-agent.ts';
import { agentAddress, connectIfRunning } from '../connect.ts';
import type { AgentConnection } from '../connection.ts';
import { errorText, jsonText, type CommandContext } from '../context.ts';
import { EXIT, outcomeOf, type ExitStatus } from '../exit-status.ts';
import { changeLines } from '../front.ts';
import { instancesOf, statesOf } from '../state-tree.ts';
import { stateSentence } from '../words.ts';

export type StartOptions = { open?: boolean; headless?: boolean; detach?: boolean };

export async function start(context: CommandContext, options: StartOptions): Promise<ExitStatus> {
  const { terminal } = context;
  const ensured = await ensureAgent({
    home: context.home,
    source: {
      agentFolder: path.join(context.program, 'agent'),
      node: process.execPath,
      nodeVersion: process.version,
    },
    dialogue: terminal,
    sandbox: createSandbox(),
    connect: () => connectIfRunning(context.home),
    now: context.now,
  });
  const { connection, outcome } = ensured;
  const state = await connection.state();
  if (context.json) {
    const { pid, version, home } = state.agent;
    terminal.result(
      jsonText({
        agent: { pid, version, home, ...agentAddress(context.home) },
        outcome,
        link: await connection.createLink(),
      }),
    );
    return EXIT.done;
  }
  await introduce(context, ensured, state, options);
  if (options.detach === true) return EXIT.done;
  return follow(context, connection, state);
}

async function introduce(
  context: CommandContext,
  { connection, outcome, toldIsolation }: EnsuredAgent<AgentConnection>,
  state: AgentState,
  options: StartOptions,
): Promise<void> {
  const { terminal } = context;
  terminal.result(text(`cli.start.${outcome}`, { sentence: stateSentence(state) }));
  for (const notice of state.agent.notices) {
    if (!(toldIsolation && notice.code === 'isolation-unavailable')) terminal.note(errorText(notice));
  }
  const { url } = await connection.createLink();
  if (options.open === true && options.headless !== true) {
    try {
      await openInBrowser(context.home, url, context);
      terminal.result(text('cli.start.opened'));
      return;
    } catch (error) {
      // The page is for those who have a browser; everything else works without.
      terminal.note(errorText(outcomeOf(error).view));
    }
  }
  terminal.result(text('cli.start.link', { url }));
}

/** An agent that is being replaced is back in a moment; one that was stopped is not. */
const PATIENCE_MILLISECONDS = 5000;

async function follow(
  context: CommandContext,
  connection: AgentConnection,
  first: AgentState,
): Promise<ExitStatus> {
  const { terminal } = context;
  const interruption = context.interruption();
  terminal.note(text('cli.front.hint'));
  let state = first;
  try {
    const changes = connection.changes(interruption, { patienceMilliseconds: PATIENCE_MILLISECONDS });
    for await (const next of statesOf(changes)) {
      for (const line of changeLines(state, next)) terminal.result(line);
      state = next;
    }
  } catch (error) {
    if (!(error instanceof SlapgridError) || error.code !== 'agent-unreachable') throw error;
  }
  if (interruption.aborted) {
    terminal.note(text('cli.front.left', { amount: instancesOf(state).length }));
    return EXIT.done;
  }
  if (await isRunning(state.agent.pid)) throw new SlapgridError('agent-unreachable');
  terminal.note(text('cli.front.ended'));
  return EXIT.done;
}
