/** When what is hosted may run. */
import type { ConditionsService, Preview, Rules } from '../api/contract-conditions.ts';
import type { StateStore } from '../state.ts';

export class Conditions implements ConditionsService {
  readonly #store: StateStore;

  constructor(store: StateStore) {
    this.#store = store;
  }

  async pause(): Promise<void> {
    this.#store.setConditions({ ...this.#store.conditions, state: 'paused' });
  }

  async finish(): Promise<void> {
    this.#store.setConditions({ ...this.#store.conditions, state: 'finishing' });
  }

  async resume(): Promise<void> {
    this.#store.setConditions({ ...this.#store.conditions, state: 'running' });
  }

  async setRules(rules: Rules): Promise<void> {
    this.#store.setConditions({ ...this.#store.conditions, rules });
  }

  async preview(): Promise<Preview> {
    return { knownFrom: null, days: [], sentence: '', never: null };
  }

  async tellDesktop(): Promise<void> {
    // Nothing depends on it yet.
  }
}
