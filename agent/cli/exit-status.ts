/**
 * How the command ends: upstream's numbers (SLAP protocol §13.2), and the error that carries one.
 */
import { errorView, SlapgridError, type ErrorView } from '../errors.ts';
import type { MessageParameters } from '../messages.ts';

export const EXIT = {
  done: 0,
  failed: 1,
  /** Wrong usage; unknown instance of `service info`; accepted, but not ready yet. */
  usage: 2,
  notReady: 2,
  unknownCommand: 5,
} as const;

export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];

/** A failure with an exit status of its own. Every other error ends with {@link EXIT.failed}. */
export class CommandError extends SlapgridError {
  readonly status: ExitStatus;

  constructor(status: ExitStatus, code: string, parameters: MessageParameters = {}) {
    super(code, parameters);
    this.status = status;
  }
}

/** An error that the agent answered with: it brings its own sentence. */
export class AgentAnswer extends Error {
  readonly view: ErrorView;

  constructor(view: ErrorView, options?: { cause?: unknown }) {
    super(view.sentence, options);
    this.view = view;
  }
}

/** Anything thrown, as what a person is told and the status to end with. */
export function outcomeOf(error: unknown): { view: ErrorView; status: ExitStatus } {
  if (error instanceof AgentAnswer) return { view: error.view, status: EXIT.failed };
  return { view: errorView(error), status: error instanceof CommandError ? error.status : EXIT.failed };
}
