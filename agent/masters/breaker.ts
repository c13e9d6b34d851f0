/**
 * A master that does not answer makes nobody wait: after the first call without an answer the others fail at once, until it was
 * heard of again. Who needs the call repeats it then.
 */
import { SlapError } from '../../slap/errors.ts';
import type { SlapTransport } from '../../slap/http.ts';

export class Breaker {
  #isOpen = true;
  readonly #lost: () => void;

  /** @param lost called when a master that answered does so no longer. */
  constructor(lost: () => void) {
    this.#lost = lost;
  }

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
        if (!this.#isOpen) {
          this.#isOpen = true;
          this.#lost();
        }
        throw error;
      }
    };
  }
}
