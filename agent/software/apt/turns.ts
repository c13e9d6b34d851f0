/** Work that must not overlap, in the order it was asked for. */
import { SlapgridError } from '../../errors.ts';

export class Turns {
  #last: Promise<void> = Promise.resolve();

  /**
   * Runs `work` when everything asked for earlier has ended, well or not.
   * @throws SlapgridError `cancelled` when `signal` aborts before its turn comes.
   */
  async take<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const earlier = this.#last;
    this.#last = earlier.then(() => ended);
    try {
      await turnOrAbort(earlier, signal);
      return await work();
    } finally {
      end();
    }
  }
}

async function turnOrAbort(earlier: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise: aborted, resolve: abort } = Promise.withResolvers<void>();
  const onAbort = (): void => abort();
  signal.addEventListener('abort', onAbort, { once: true });
  if (!signal.aborted) await Promise.race([earlier, aborted]);
  signal.removeEventListener('abort', onAbort);
  if (signal.aborted) throw new SlapgridError('cancelled');
}
