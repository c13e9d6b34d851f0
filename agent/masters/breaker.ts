/**
 * A master that does not answer makes nobody wait: after the first call without an answer the others fail at once, until it was
 * heard of again: at its next turn, and no sooner. Who needs the call repeats it then.
 */
import { SlapError } from '../../slap/errors.ts';
import type { SlapTransport } from '../../slap/http.ts';

export class Breaker {
  #isOpen = true;

  /** It was heard of, or not. */
  set(answers: boolean): void {
    this.#isOpen = !answers;
  }

  guard(transport: SlapTransport): SlapTransport {
    return async (request) => {
      if (this.#isOpen) throw new SlapError('unreachable', 'the master did not answer before');
      try {
        return await transport(request);
      } catch (error) {
        this.#isOpen = true;
        throw error;
      }
    };
  }
}
