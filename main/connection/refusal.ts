/**
 * What the agent refuses, in its own words: read from an answer, and given to the page where there is no agent to answer.
 */
import { TRPCClientError } from '@trpc/client';
import type { ErrorView } from '../../agent/api/contract.ts';
import { text } from '../words.ts';

/** Why a call was not done; the agent's words, or that it did not answer. null for a fault of the application itself. */
export function refusalOf(error: unknown): ErrorView | null {
  if (!(error instanceof TRPCClientError)) return null;
  const view = property(property(error.shape, 'data'), 'slapgrid');
  const [code, sentence, nextStep] = ['code', 'sentence', 'nextStep'].map((name) => property(view, name));
  if (typeof code === 'string' && typeof sentence === 'string' && typeof nextStep === 'string') {
    return { code, sentence, nextStep };
  }
  return { code: 'agent-unreachable', sentence: text('shell.agent.lost'), nextStep: '' };
}

function property(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  const found: unknown = Reflect.get(value, name);
  return found;
}

/** The answer to a page when no agent can be started: as the agent itself refuses (`agent/api/failures.ts`). */
export function refusedBy(view: ErrorView): Response {
  const data = { code: 'SERVICE_UNAVAILABLE', httpStatus: 503, slapgrid: view };
  return Response.json(
    { error: { message: view.sentence, code: -32_603, data } },
    { status: 503, headers: { 'cache-control': 'no-store' } },
  );
}
