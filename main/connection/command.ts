/**
 * Has the agent running, by the command: it finds one, starts one, or replaces an older one, and no instance notices.
 */
import { execFile } from 'node:child_process';
import process from 'node:process';
import { z } from 'zod';
import type { ErrorView } from '../../agent/api/contract.ts';
import { text } from '../words.ts';
import type { AgentAddress } from './address.ts';

/** Tells the command how this application is started, for a login to do the same (`agent/application/remembered.ts`). */
const APPLICATION_VARIABLE = 'SLAPGRID_APPLICATION';

/** A first start copies the runtime and makes keys; a clone is built before that. */
const START_MILLISECONDS = 300_000;

const answerSchema = z.union([
  z.object({ agent: z.object({ socket: z.string(), tokenFile: z.string() }) }),
  z.object({ error: z.object({ code: z.string(), sentence: z.string(), nextStep: z.string() }) }),
]);

/** The agent could not be started; the command says why. */
export class StartFailure extends Error {
  readonly view: ErrorView;

  constructor(view: ErrorView, options?: { cause?: unknown }) {
    super(view.sentence, options);
    this.view = view;
  }
}

/**
 * @param program the `slapgrid` command.
 * @param application what opens this application again: a program and its arguments.
 * @throws StartFailure
 */
export async function ensureAgent(program: string, application: readonly string[]): Promise<AgentAddress> {
  const output = await outputOf(program, ['start', '--json'], application);
  const answer = parse(output);
  if ('error' in answer) throw new StartFailure(answer.error);
  const { socket, tokenFile } = answer.agent;
  return { socket, tokenFile };
}

/** What it writes, whether it succeeds or not: its answer says so. */
function outputOf(program: string, args: readonly string[], application: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, [APPLICATION_VARIABLE]: JSON.stringify(application) };
    execFile(program, args, { timeout: START_MILLISECONDS, encoding: 'utf8', env }, (error, stdout) => {
      if (error !== null && stdout === '') reject(damaged(error));
      else resolve(stdout);
    });
  });
}

function parse(output: string): z.infer<typeof answerSchema> {
  try {
    return answerSchema.parse(JSON.parse(output));
  } catch (error) {
    throw damaged(error);
  }
}

function damaged(cause: unknown): StartFailure {
  const view = {
    code: 'command-damaged',
    sentence: text('shell.command.damaged'),
    nextStep: text('shell.command.damaged.next'),
  };
  return new StartFailure(view, { cause });
}
