/**
 * How a failure crosses the API: every error carries an {@link ErrorView} under `data.slapgrid`, and what nobody foresaw goes
 * to the log under a reference while the other side learns the reference only.
 */
import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { TRPCError } from '@trpc/server';
import { getHTTPStatusCodeFromError } from '@trpc/server/http';
import { TRPC_ERROR_CODES_BY_KEY, type TRPC_ERROR_CODE_KEY } from '@trpc/server/rpc';
import { ZodError } from 'zod';
import { SlapgridError, type ErrorView } from '../errors.ts';
import { redactSecrets } from '../gate/redact.ts';

/** Writes one line (or a few, for a stack) to the agent's log. */
export type Log = (line: string) => void;

/** A failure of the agent as tRPC wants it. What is not a SlapgridError is logged without secrets and becomes `internal`. */
export function trpcErrorOf(error: unknown, path: string, log: Log): TRPCError {
  const cause = error instanceof TRPCError && error.cause !== undefined ? error.cause : error;
  if (cause instanceof SlapgridError) {
    const code = error instanceof TRPCError && isRefusal(error.code) ? error.code : 'UNPROCESSABLE_CONTENT';
    return new TRPCError({ code, message: cause.message, cause });
  }
  // tRPC's own refusals: an unknown procedure, an input that does not parse.
  if (error instanceof TRPCError && error.code !== 'INTERNAL_SERVER_ERROR') return error;
  const reference = randomBytes(4).toString('hex');
  const stack = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  log(redactSecrets(`${path} failed (${reference}): ${stack}`));
  const shown = new SlapgridError('internal', { message: `${path}, ${reference}` }, { cause });
  return new TRPCError({ code: 'INTERNAL_SERVER_ERROR', message: shown.message, cause: shown });
}

function isRefusal(code: TRPC_ERROR_CODE_KEY): boolean {
  return code === 'FORBIDDEN' || code === 'UNAUTHORIZED';
}

/** What is shown of a tRPC error. */
export function viewOf(error: TRPCError): ErrorView {
  if (error.cause instanceof SlapgridError) return error.cause.toView();
  if (error.code === 'NOT_FOUND') return new SlapgridError('not-found').toView();
  if (error.code === 'INTERNAL_SERVER_ERROR') {
    return new SlapgridError('internal', { message: error.name }).toView();
  }
  return new SlapgridError('request-invalid', { problem: problemOf(error) }).toView();
}

/** The first thing that is wrong with an input, with its place. zod's own message is a list of all, as JSON. */
function problemOf(error: TRPCError): string {
  const issue = error.cause instanceof ZodError ? error.cause.issues[0] : undefined;
  if (issue === undefined) return error.message;
  return issue.path.length === 0 ? issue.message : `${issue.path.map(String).join('.')}: ${issue.message}`;
}

/** Refuses a request before it reaches a procedure, in the form in which a procedure would. */
export function refuse(response: ServerResponse, code: TRPC_ERROR_CODE_KEY, error: SlapgridError): void {
  const httpStatus = getHTTPStatusCodeFromError(new TRPCError({ code }));
  const body = {
    error: {
      message: error.message,
      code: TRPC_ERROR_CODES_BY_KEY[code],
      data: { code, httpStatus, slapgrid: error.toView() },
    },
  };
  // Whoever is refused starts over: nothing more is read from this connection.
  response.writeHead(httpStatus, { 'content-type': 'application/json', connection: 'close' });
  response.end(JSON.stringify(body));
}
