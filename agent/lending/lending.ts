/** How far this computer is lent, and what is refused for it. */
import type { AuditEntry, Egress, LendingLimits, LendingService, Sharing } from '../api/contract-lending.ts';
import type { StateStore } from '../state.ts';

export class Lending implements LendingService {
  readonly #store: StateStore;

  constructor(store: StateStore) {
    this.#store = store;
  }

  async setSharing(sharing: Sharing): Promise<void> {
    this.#store.setLending({ ...this.#store.lending, sharing });
  }

  async setLimits(limits: LendingLimits): Promise<void> {
    this.#store.setLending({ ...this.#store.lending, limits });
  }

  async setEgress(egress: Egress): Promise<void> {
    this.#store.setLending({ ...this.#store.lending, egress });
  }

  async audit(): Promise<AuditEntry[]> {
    return [];
  }
}
