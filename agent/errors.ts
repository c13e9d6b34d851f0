/**
 * Errors as values a person can act on.
 *
 * Every failure that can reach a person is a {@link SlapgridError}: a stable code, parameters for the sentence, and
 * the cause. The sentence and its next step live in the message catalogue under `error.<code>` and
 * `error.<code>.next` (`assets/messages/<language>/*.json`), so that no layer writes English into an exception.
 */
import { text, type MessageParameters } from './messages.ts';

/** What crosses the API: plain data, ready to be shown. `nextStep` is empty when there is nothing to do. */
export type ErrorView = {
  code: string;
  sentence: string;
  nextStep: string;
};

export class SlapgridError extends Error {
  readonly code: string;
  readonly parameters: MessageParameters;

  /**
   * @param code kebab-case, stable, one per cause; must exist in the catalogue as `error.<code>`.
   * @param parameters values of the placeholders of the sentence. Never a secret.
   */
  constructor(code: string, parameters: MessageParameters = {}, options?: { cause?: unknown }) {
    super(text(`error.${code}`, parameters), options);
    this.name = 'SlapgridError';
    this.code = code;
    this.parameters = parameters;
  }

  /** One thing the reader can do next; empty when nothing helps. */
  get nextStep(): string {
    return text(`error.${this.code}.next`, this.parameters);
  }

  toView(): ErrorView {
    return { code: this.code, sentence: this.message, nextStep: this.nextStep };
  }
}

/** Any thrown value as an {@link ErrorView}; what is not a SlapgridError becomes `internal` with its message. */
export function errorView(error: unknown): ErrorView {
  if (error instanceof SlapgridError) return error.toView();
  const message = error instanceof Error ? error.message : String(error);
  return new SlapgridError('internal', { message }).toView();
}

/** The `code` of a Node.js system error (`ENOENT`, `ENOSPC`, …), if it is one. */
export function systemErrorCode(error: unknown): string | undefined {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return undefined;
}
