/**
 * `start` without a name: sets everything up, has the agent running, opens the application or shows the way to the page, and stays as
 * the front. Agent and application are processes of their own: leaving the front leaves everything running.
 */
import path from 'node:path';
import process from 'node:process';
import type { AgentState } from '../../api/contract.ts';
import { startApplication } from '../../application/application.ts';
import { APPLICATION_VARIABLE, rememberApplication } from '../../application/remembered.ts';
import { SlapgridError } from '../../errors.ts';
import { text } from '../../messages.ts';
import { pathsOf } from '../../paths.ts';
import { runtimeFor, type RuntimeSource } from '../../runtime/install.ts';
import { isRunning } from '../../runtime/processes.ts';
import { createSandbox } from '../../sandbox/sandbox.ts';
import { UserManager } from '../../service/user-manager.ts';
import { StartAtLogin } from '../../settings/start-at-login.ts';
import { openInBrowser } from '../../setup/browser.ts';
import { ensureAgent, type EnsuredAgent } from '../../setup/ensure-agent.ts';
import { agentAddress, connectIfRunning } from '../connect.ts';
import type { AgentConnection } from '../connection.ts';
import { errorText, jsonText, type CommandContext } from '../context.ts';
import { askAboutLingering } from '../lingering.ts';
import { EXIT, outcomeOf, type ExitStatus } from '../exit-status.ts';
import { changeLines } from '../front.ts';
import { instancesOf, statesOf } from '../state-tree.ts';
import { stateSentence } from '../words.ts';

export type StartOptions = { open?: boolean; headless?: boolean; detach?: boolean };

export async function start(context: CommandContext, options: StartOptions): Promise<ExitStatus> {
  const { terminal } = context;
  const source = {
    agentFolder: path.join(context.program, 'agent'),
    node: process.execPath,
    nodeVersion: process.version,
  };
  const ensured = await ensureAgent({
    home: context.home,
    source,
    dialogue: terminal,
    sandbox: createSandbox(),
    connect: () => connectIfRunning(context.home),
    manager: () => UserManager.find(context.environment),
    now: context.now,
  });
  await noteApplication(context, ensured.outcome === 'newer' ? null : source);
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
  await askAboutLingering(context, connection);
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
  if (options.headless !== true && options.open !== true) {
    const refusal = await startApplication(pathsOf(context.home), {
      ...context,
      platform: process.platform,
      root: process.getuid?.() === 0,
      dialogue: terminal,
    });
    if (refusal === null) {
      terminal.result(text('cli.application.opened'));
      return;
    }
    terminal.note(refusal);
  }
  const { url } = await connection.createLink();
  if (options.open === true) {
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

/** An application that runs this command says how it was started, so that a login can start it, too. */
async function noteApplication(context: CommandContext, source: RuntimeSource | null): Promise<void> {
  if (context.environment[APPLICATION_VARIABLE] === undefined) return;
  const paths = pathsOf(context.home);
  try {
    const isNew = await rememberApplication(paths, context.environment);
    // A newer agent mends its entry itself, with its next start.
    if (isNew && source !== null)
      await new StartAtLogin(context.home).refresh(await runtimeFor(paths, source));
  } catch (error) {
    // Nothing that was asked for now depends on it.
    context.terminal.note(errorText(outcomeOf(error).view));
  }
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
