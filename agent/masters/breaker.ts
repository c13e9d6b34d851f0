/**
 * A master that does not answer makes nobody wait: after the first call without an answer the others fail at once, until it was
 * heard of again: at its next turn, and no sooner. Who needs the call repeats it then.
 */
import type { SlapTransport } from '../../slap/http.ts';
import { UnreachableError } from '../../slap/unreachable.ts';

export class Breaker {
  #isOpen = true;

  /** It was heard of, or not. */
  set(answers: boolean): void {
    this.#isOpen = !answers;
  }

  guard(transport: SlapTransport): SlapTransport {
    return async (request) => {
      if (this.#isOpen)
        throw new UnreachableError('silent', 'the master did not answer before', { wasSent: false });
      try {
        return await transport(request);
      } catch (error) {
        this.#isOpen = true;
        throw error;
      }
    };
  }
}
