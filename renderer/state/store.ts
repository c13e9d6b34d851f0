/**
 * The one store of the page: fed by the one subscription, read by every part. Nothing asks again what it can be told.
 */
import type {
  AgentState,
  CatalogueEntry,
  Change,
  ErrorView,
  Settings,
  UsageRecord,
} from '../../agent/api/contract.ts';
import { createAgentClient, type AgentClient } from '../connection/client.ts';
import { authorizedFetch, exchangeCode, forgetToken, hasToken } from '../connection/session.ts';
import { text } from '../messages.ts';
import { painted } from '../parts/painted.ts';
import { applyChange, applyUsage } from './changes.ts';
import { loaded, type Loaded } from './loaded.ts';

export type Connection =
  | { state: 'connecting' }
  | { state: 'connected' }
  /** What is shown is what was known at `since` (ISO 8601). `reason`: why no agent can be started, where that is known. */
  | { state: 'lost'; since: string; reason: ErrorView | null }
  | { state: 'signed-out'; reason: ErrorView }
  /** The agent has taken itself away. `kept` is still there: absolute paths. */
  | { state: 'uninstalled'; kept: readonly string[] };

export type PageState = {
  connection: Connection;
  agent: AgentState | null;
  /** By partition; apart from `agent`, because it changes every second and the rest does not. */
  usage: UsageRecord;
  catalogue: Loaded<readonly CatalogueEntry[]>;
  settings: Loaded<Settings>;
  /** Whether all of this is sample data. */
  tour: boolean;
};

const NOTHING: Omit<PageState, 'tour'> = {
  connection: { state: 'connecting' },
  agent: null,
  usage: {},
  catalogue: { state: 'loading' },
  settings: { state: 'loading' },
};

export class PageStore {
  readonly #agentClient: AgentClient;
  #client: AgentClient;
  readonly #listeners = new Set<() => void>();
  #followed: { unsubscribe(): void } | null = null;
  #state: PageState = { ...NOTHING, tour: false };

  constructor() {
    this.#agentClient = createAgentClient(
      authorizedFetch(
        () => this.#signOut(),
        (reason) => this.#lose(reason),
      ),
    );
    this.#client = this.#agentClient;
  }

  /** Of the agent, or of the sample data while the tour lasts. */
  get client(): AgentClient {
    return this.#client;
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

  /** Resolves when it is known what to show first, or why nothing; at the latest after so many milliseconds. */
  settled(patience: number): Promise<void> {
    const isSettled = (): boolean => {
      const { connection, agent } = this.#state;
      return connection.state === 'signed-out' || connection.state === 'lost' || agent !== null;
    };
    return new Promise((resolve) => {
      const look = (): void => {
        if (isSettled()) end();
      };
      const unsubscribe = this.subscribe(look);
      const end = (): void => {
        clearTimeout(timer);
        unsubscribe();
        resolve();
      };
      const timer = setTimeout(end, patience);
      look();
    });
  }

  async loadCatalogue(): Promise<void> {
    this.#update({ catalogue: { state: 'loading' } });
    const catalogue = await loaded(() => this.#client.catalogue.query());
    this.#update({ catalogue });
  }

  /** Keeps what is shown until the answer is there. */
  async loadSettings(): Promise<void> {
    const settings = await loaded(() => this.#client.settings.query());
    this.#update({ settings });
  }

  async finishFirstRun(): Promise<void> {
    await this.#client.finishFirstRun.mutate();
  }

  /** Has the agent take itself away; from then on nothing is asked of it. */
  async uninstall(keepData: boolean): Promise<void> {
    const { kept } = await this.#client.uninstall.mutate({ keepData });
    this.#followed?.unsubscribe();
    forgetToken();
    this.#update({ connection: { state: 'uninstalled', kept } });
  }

  /** Shows sample data instead; the agent is not asked anything until the tour is left. */
  async openTour(): Promise<void> {
    const { createTourClient } = await import('../tour/client.ts');
    this.#switchTo(createTourClient(), true);
  }

  leaveTour(): void {
    this.#switchTo(this.#agentClient, false);
  }

  #switchTo(client: AgentClient, tour: boolean): void {
    this.#followed?.unsubscribe();
    this.#client = client;
    this.#update({ ...NOTHING, tour });
    this.#follow();
  }

  #follow(): void {
    this.#followed?.unsubscribe();
    this.#update({ connection: { state: 'connecting' } });
    // The stream alone says what comes first on the page.
    void painted().then(() => Promise.all([this.loadSettings(), this.loadCatalogue()]));
    this.#followed = this.#client.changes.subscribe(undefined, {
      onData: ({ data: change }) => this.#apply(change),
      onConnectionStateChange: ({ state, error }) => {
        if (state === 'pending') this.#connected();
        else if (error !== null) this.#lose();
      },
      onError: () => this.#lose(),
    });
  }

  #apply(change: Change): void {
    if (change.kind === 'usage') {
      this.#update({ usage: applyUsage(this.#state.usage, change.usage) });
      return;
    }
    const agent = applyChange(this.#state.agent, change);
    this.#update(change.kind === 'snapshot' ? { agent, usage: change.state.usage } : { agent });
  }

  #connected(): void {
    if (this.#state.connection.state === 'signed-out') return;
    this.#update({ connection: { state: 'connected' } });
    if (this.#state.catalogue.state === 'failed') void this.loadCatalogue();
    if (this.#state.settings.state === 'failed') void this.loadSettings();
  }

  #lose(reason: ErrorView | null = null): void {
    const { connection } = this.#state;
    if (connection.state === 'signed-out') return;
    if (connection.state !== 'lost') {
      this.#update({ connection: { state: 'lost', since: new Date().toISOString(), reason } });
    } else if (reason !== null && reason.code !== connection.reason?.code) {
      this.#update({ connection: { ...connection, reason } });
    }
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
