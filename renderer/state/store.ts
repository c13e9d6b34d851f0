/**
 * The one store of the page: fed by the one subscription, read by every part. Nothing asks again what it can be told.
 */
import type { AgentState, CatalogueEntry, ErrorView } from '../../agent/api/contract.ts';
import { createAgentClient, type AgentClient } from '../connection/client.ts';
import { failureView } from '../connection/failure.ts';
import { authorizedFetch, exchangeCode, forgetToken, hasToken } from '../connection/session.ts';
import { text } from '../messages.ts';
import { applyChange } from './changes.ts';

export type Connection =
  | { state: 'connecting' }
  | { state: 'connected' }
  /** What is shown is what was known last. */
  | { state: 'lost' }
  | { state: 'signed-out'; reason: ErrorView };

export type Catalogue =
  | { state: 'loading' }
  | { state: 'loaded'; entries: readonly CatalogueEntry[] }
  | { state: 'failed'; reason: ErrorView };

export type PageState = {
  connection: Connection;
  agent: AgentState | null;
  catalogue: Catalogue;
};

export class PageStore {
  readonly client: AgentClient;
  readonly #listeners = new Set<() => void>();
  #followed: { unsubscribe(): void } | null = null;
  #state: PageState = {
    connection: { state: 'connecting' },
    agent: null,
    catalogue: { state: 'loading' },
  };

  constructor() {
    this.client = createAgentClient(authorizedFetch(() => this.#signOut()));
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly snapshot = (): PageState => this.#state;

  /**
   * Lets the page in and follows the agent from then on.
   * @param code of the one-time link, when the page was opened by one.
   */
  async open(code: string | null): Promise<void> {
    const refused = code === null ? null : await exchangeCode(code);
    // An old link in a tab that was let in before changes nothing.
    if (refused === null || hasToken()) this.#follow();
    else this.#update({ connection: { state: 'signed-out', reason: refused } });
  }

  async loadCatalogue(): Promise<void> {
    this.#update({ catalogue: { state: 'loading' } });
    try {
      this.#update({ catalogue: { state: 'loaded', entries: await this.client.catalogue.query() } });
    } catch (error) {
      this.#update({ catalogue: { state: 'failed', reason: failureView(error) } });
    }
  }

  #follow(): void {
    this.#followed?.unsubscribe();
    this.#update({ connection: { state: 'connecting' } });
    this.#followed = this.client.changes.subscribe(undefined, {
      onData: ({ data: change }) => this.#update({ agent: applyChange(this.#state.agent, change) }),
      onConnectionStateChange: ({ state, error }) => {
        if (this.#state.connection.state === 'signed-out') return;
        if (state === 'pending') this.#connected();
        else if (error !== null) this.#update({ connection: { state: 'lost' } });
      },
      onError: () => {
        if (this.#state.connection.state !== 'signed-out') this.#update({ connection: { state: 'lost' } });
      },
    });
  }

  #connected(): void {
    this.#update({ connection: { state: 'connected' } });
    if (this.#state.catalogue.state !== 'loaded') void this.loadCatalogue();
  }

  #signOut(): void {
    const reason = {
      code: 'not-signed-in',
      sentence: text(hasToken() ? 'page.session.ended' : 'page.session.none'),
      nextStep: text('page.session.next'),
    };
    forgetToken();
    if (this.#state.connection.state !== 'signed-out') {
      this.#update({ connection: { state: 'signed-out', reason } });
    }
  }

  #update(change: Partial<PageState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}
