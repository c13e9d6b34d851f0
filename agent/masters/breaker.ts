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

  /** For callers that must not be able to open it: what gets no answer is of no matter to the others. */
  check(transport: SlapTransport): SlapTransport {
    return (request) => (this.#isOpen ? Promise.reject(silent()) : transport(request));
  }

  guard(transport: SlapTransport): SlapTransport {
    return async (request) => {
      if (this.#isOpen) throw silent();
      try {
        return await transport(request);
      } catch (error) {
        this.#isOpen = true;
        throw error;
      }
    };
  }
}

function silent(): UnreachableError {
  return new UnreachableError('silent', 'the master did not answer before', { wasSent: false });
}
