/**
 * Following one instance or software release until it is what was asked for, drawing the way there.
 */
import type { AgentState, InstanceView, SoftwareView } from '../api/contract.ts';
import { SlapgridError } from '../errors.ts';
import { text } from '../messages.ts';
import type { AgentConnection } from './connection.ts';
import type { CommandContext } from './context.ts';
import { AgentAnswer } from './exit-status.ts';
import { instanceNamed, statesOf } from './state-tree.ts';
import type { Terminal } from './terminal.ts';
import { activityText, masterActivityText, softwareActivityText } from './words.ts';

/** An agent that is being replaced is back in a moment, and what was asked of it goes on. */
const PATIENCE_MILLISECONDS = 10_000;

export type Target = InstanceView['requestedState'];

/** `detached`: the person left with Ctrl-C. */
export type Ending<View> = { kind: 'reached'; view: View | undefined } | { kind: 'detached' };

/** Draws what is under way: one line per step, rewritten while it lasts. */
export function stepDrawer(terminal: Terminal, name: string): (step: string, words: string) => void {
  let present: string | undefined;
  let drawn = '';
  return (step, words) => {
    const line = text('cli.step', { name, words });
    if (!terminal.interactive || line === drawn) return;
    if (present !== undefined && present !== step) terminal.settle();
    present = step;
    drawn = line;
    terminal.draw(line);
  };
}

/**
 * Waits until the instance `name` is in the state `target`.
 * @throws AgentAnswer with the instance's own error when it failed; SlapgridError `instance-gone` when somebody destroyed it,
 *   `agent-left` when the agent ended.
 */
export async function waitForInstance(
  context: Pick<CommandContext, 'terminal' | 'json'>,
  connection: Pick<AgentConnection, 'changes'>,
  options: { name: string; guid?: string; target: Target; interruption: AbortSignal },
): Promise<Ending<InstanceView>> {
  const { name, guid, target, interruption } = options;
  const draw = stepDrawer(context.terminal, name);
  return waitFor(connection, interruption, (state) => {
    const instance = instanceNamed(state, name);
    if (instance === undefined || (guid !== undefined && instance.guid !== guid)) {
      if (target === 'destroyed') return { kind: 'reached', view: undefined };
      context.terminal.settle();
      throw new SlapgridError('instance-gone', { name });
    }
    if (target !== 'destroyed' && instance.state === target) return { kind: 'reached', view: instance };
    if (instance.state === 'failed') {
      context.terminal.settle();
      throw new AgentAnswer(instance.error ?? new SlapgridError('instance-failed', { name }).toView());
    }
    if (!context.json) draw(instance.progress?.step ?? instance.state, activityText(instance));
    return undefined;
  });
}

/** Waits until a software release is ready. Errors as {@link waitForInstance}. */
export async function waitForSoftware(
  context: Pick<CommandContext, 'terminal' | 'json'>,
  connection: Pick<AgentConnection, 'changes'>,
  options: { url: string; interruption: AbortSignal },
): Promise<Ending<SoftwareView>> {
  const { url, interruption } = options;
  const draw = stepDrawer(context.terminal, url);
  return waitFor(connection, interruption, (state) => {
    const software = state.software.find((each) => each.url === url);
    if (software === undefined) return undefined;
    if (software.state === 'available') return { kind: 'reached', view: software };
    if (software.state === 'failed') {
      context.terminal.settle();
      throw new AgentAnswer(software.error ?? new SlapgridError('software-failed', { url }).toView());
    }
    if (!context.json) draw(software.progress?.step ?? software.state, softwareActivityText(software));
    return undefined;
  });
}

/**
 * Waits until a master that is being left is gone.
 * @throws AgentAnswer with what went wrong when it is no longer being left; SlapgridError `agent-left`.
 */
export async function waitForLeaving(
  context: Pick<CommandContext, 'terminal' | 'json'>,
  connection: Pick<AgentConnection, 'changes'>,
  options: { id: string; title: string; interruption: AbortSignal },
): Promise<Ending<never>> {
  const { id, title, interruption } = options;
  const draw = stepDrawer(context.terminal, title);
  let isLeaving = false;
  return waitFor(connection, interruption, (state) => {
    const master = state.masters.find((each) => each.id === id);
    if (master === undefined) return { kind: 'reached', view: undefined };
    if (isLeaving && master.state !== 'leaving') {
      context.terminal.settle();
      throw new AgentAnswer(master.error ?? new SlapgridError('leaving-failed', { title }).toView());
    }
    isLeaving = master.state === 'leaving';
    if (!context.json) draw(master.state, masterActivityText(master));
    return undefined;
  });
}

async function waitFor<View>(
  connection: Pick<AgentConnection, 'changes'>,
  interruption: AbortSignal,
  reached: (state: AgentState) => Ending<View> | undefined,
): Promise<Ending<View>> {
  const done = new AbortController();
  const signal = AbortSignal.any([interruption, done.signal]);
  try {
    for await (const state of statesOf(
      connection.changes(signal, { patienceMilliseconds: PATIENCE_MILLISECONDS }),
    )) {
      const ending = reached(state);
      if (ending !== undefined) return ending;
    }
  } finally {
    done.abort();
  }
  if (interruption.aborted) return { kind: 'detached' };
  throw new SlapgridError('agent-left');
}
