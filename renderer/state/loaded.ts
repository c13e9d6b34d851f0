/**
 * Something that is asked for once, and again only on purpose.
 */
import type { ErrorView } from '../../agent/api/contract.ts';
import { failureView } from '../connection/failure.ts';

export type Loaded<Value> =
  | { state: 'loading' }
  | { state: 'loaded'; value: Value }
  | { state: 'failed'; reason: ErrorView };

export async function loaded<Value>(
  ask: () => Promise<Value>,
): Promise<Exclude<Loaded<Value>, { state: 'loading' }>> {
  try {
    return { state: 'loaded', value: await ask() };
  } catch (error) {
    return { state: 'failed', reason: failureView(error) };
  }
}
