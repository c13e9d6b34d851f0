/**
 * What went wrong, as something to show.
 */
import { TRPCClientError } from '@trpc/client';
import type { ErrorView } from '../../agent/api/contract.ts';
import { text } from '../messages.ts';

/** The agent's words for a failed call, or the page's own when the agent could not be asked. */
export function failureView(error: unknown): ErrorView {
  if (error instanceof TRPCClientError && error.shape !== undefined && error.shape !== null) {
    return viewInside({ error: error.shape });
  }
  return {
    code: 'agent-unreachable',
    sentence: text('page.lost.sentence'),
    nextStep: text('page.lost.next'),
  };
}

/** The view that the agent puts into the body of every refusal. */
export function viewInside(body: unknown): ErrorView {
  const view = property(property(property(body, 'error'), 'data'), 'slapgrid');
  const code = property(view, 'code');
  const sentence = property(view, 'sentence');
  const nextStep = property(view, 'nextStep');
  if (typeof code === 'string' && typeof sentence === 'string' && typeof nextStep === 'string') {
    return { code, sentence, nextStep };
  }
  return { code: 'unknown', sentence: text('page.unknown.sentence'), nextStep: text('page.unknown.next') };
}

function property(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  const found: unknown = Reflect.get(value, name);
  return found;
}
