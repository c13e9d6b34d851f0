/**
 * The software of this computer, as several grids share it: one record, one tree and one line on the page for a URL that two
 * masters list. What one of them no longer wants goes only when no other wants it.
 */
import type { SoftwareView } from '../api/contract.ts';
import type { StateStore } from '../state.ts';

/** One grid, as the others must know it. */
export interface SoftwareUser {
  /** Whether its master supplies the software, or an instance holds it. */
  wants(url: string): Promise<boolean>;
  /** Trees that its instances may be running from. */
  treesInUse(): Promise<readonly string[]>;
  /** false: its master did not speak since the agent began, so what it supplies is not known. */
  readonly isHeard: boolean;
}

type Store = Pick<StateStore, 'setSoftware' | 'removeSoftware'>;

export class SharedSoftware {
  readonly #store: Store;
  /** What each user shows, by URL. */
  readonly #users = new Map<SoftwareUser, Map<string, SoftwareView>>();

  #isComplete = false;

  constructor(store: Store) {
    this.#store = store;
  }

  join(user: SoftwareUser): void {
    this.#users.set(user, new Map());
  }

  leave(user: SoftwareUser): void {
    const shown = this.#users.get(user) ?? new Map<string, SoftwareView>();
    this.#users.delete(user);
    for (const url of shown.keys()) this.#showBest(url);
  }

  /** Every grid there is has joined: from now on software may go. Before, each would take from those that come after it. */
  complete(): void {
    this.#isComplete = true;
  }

  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** Whether every master spoke, so that what none lists is wanted by none. */
  get allHeard(): boolean {
    return this.#isComplete && [...this.#users.keys()].every((user) => user.isHeard);
  }

  async isWantedByOthers(user: SoftwareUser, url: string): Promise<boolean> {
    const others = [...this.#users.keys()].filter((other) => other !== user);
    const wants = await Promise.all(others.map((other) => other.wants(url)));
    return wants.includes(true);
  }

  async treesInUse(): Promise<string[]> {
    const trees = await Promise.all([...this.#users.keys()].map((user) => user.treesInUse()));
    return trees.flat();
  }

  show(user: SoftwareUser, view: SoftwareView): void {
    this.#users.get(user)?.set(view.url, view);
    this.#showBest(view.url);
  }

  hide(user: SoftwareUser, url: string): void {
    this.#users.get(user)?.delete(url);
    this.#showBest(url);
  }

  /** Of two that differ, the one that wants it: the other has no say in whether it is here. */
  #showBest(url: string): void {
    const views = [...this.#users.values()]
      .map((shown) => shown.get(url))
      .filter((view) => view !== undefined);
    const best = views.find((view) => view.requestedState === 'available') ?? views[0];
    if (best === undefined) this.#store.removeSoftware(url);
    else this.#store.setSoftware(best);
  }
}
