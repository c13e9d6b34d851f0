/**
 * Follows the agent as long as the application lives: has it running once, then takes its stream up again whenever it is cut.
 *
 * It does not start the agent again by itself: whoever stopped it meant it. A person does, by the tray or by opening the window.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { AgentState, ErrorView } from '../../agent/api/contract.ts';
import { applyChange, CONTRACT_VERSION, type Outlook } from '../outlook.ts';
import type { AgentAddress } from './address.ts';
import type { AgentClient } from './client.ts';
import { StartFailure } from './command.ts';

export type FollowerOptions = {
  /** Has an agent running. @throws StartFailure */
  ensure: () => Promise<AgentAddress>;
  /** Told where the agent is, before `client` is used. */
  onAddress: (address: AgentAddress) => void;
  client: Pick<AgentClient, 'changes'>;
  onOutlook: (outlook: Outlook) => void;
};

const FIRST_RETRY_MILLISECONDS = 50;
const LONGEST_RETRY_MILLISECONDS = 5000;
/** What passes when somebody makes room, or the disk is there again: then nobody should have to start anything. */
const OF_THE_DISK: ReadonlySet<string> = new Set(['disk-full', 'home-no-space', 'no-space', 'read-only']);
const FIRST_START_MILLISECONDS = 10_000;
const LONGEST_START_MILLISECONDS = 60_000;
/** An agent that is replaced is back before anybody needs to know. */
const GRACE_MILLISECONDS = 3000;

export class AgentFollower {
  readonly #options: FollowerOptions;
  readonly #ended = new AbortController();
  #round = new AbortController();
  #outlook: Outlook = { phase: 'starting' };
  #started = false;

  constructor(options: FollowerOptions) {
    this.#options = options;
  }

  get outlook(): Outlook {
    return this.#outlook;
  }

  /** Has the agent running and follows it. Does nothing while that is so, or under way. */
  connect(): void {
    const { phase } = this.#outlook;
    const idle = phase === 'failed' || phase === 'lost';
    if (this.#ended.signal.aborted || (this.#started && !idle)) return;
    this.#started = true;
    this.#round.abort();
    this.#round = new AbortController();
    this.#show({ phase: 'starting' });
    void this.#run(AbortSignal.any([this.#ended.signal, this.#round.signal]));
  }

  close(): void {
    this.#ended.abort();
  }

  async #run(signal: AbortSignal): Promise<void> {
    for (let wait = FIRST_START_MILLISECONDS; !signal.aborted;) {
      const refused = await this.#start(signal);
      if (signal.aborted) return;
      if (refused === null) return this.#follow(signal);
      this.#show({ phase: 'failed', error: refused });
      if (!OF_THE_DISK.has(refused.code)) return;
      await delay(wait, undefined, { signal, ref: false }).catch(() => {});
      wait = Math.min(wait * 2, LONGEST_START_MILLISECONDS);
    }
  }

  /** @returns why there is no agent; null when there is one. */
  async #start(signal: AbortSignal): Promise<ErrorView | null> {
    try {
      const address = await this.#options.ensure();
      if (!signal.aborted) this.#options.onAddress(address);
      return null;
    } catch (error) {
      if (!(error instanceof StartFailure)) throw error;
      return error.view;
    }
  }

  async #follow(signal: AbortSignal): Promise<void> {
    let retry = FIRST_RETRY_MILLISECONDS;
    let lostAt = performance.now();
    while (!signal.aborted) {
      if (await this.#read(signal)) {
        retry = FIRST_RETRY_MILLISECONDS;
        lostAt = performance.now();
      }
      if (signal.aborted) return;
      if (performance.now() - lostAt >= GRACE_MILLISECONDS) this.#show({ phase: 'lost' });
      await delay(retry, undefined, { signal, ref: false }).catch(() => {});
      retry = Math.min(retry * 2, LONGEST_RETRY_MILLISECONDS);
    }
  }

  /** One stream to its end. @returns whether the agent said anything. */
  async #read(signal: AbortSignal): Promise<boolean> {
    let state: AgentState | null = null;
    try {
      for await (const change of this.#options.client.changes(signal)) {
        if (signal.aborted) return true;
        state = applyChange(state, change);
        if (state !== null) this.#show(outlookOn(state));
      }
    } catch {
      // Nobody answers, or the stream was cut: it is taken up again.
    }
    return state !== null;
  }

  #show(outlook: Outlook): void {
    if (outlook.phase === 'lost' && this.#outlook.phase === 'lost') return;
    this.#outlook = outlook;
    this.#options.onOutlook(outlook);
  }
}

function outlookOn(agent: AgentState): Outlook {
  if (agent.agent.contractVersion !== CONTRACT_VERSION) return { phase: 'other-version' };
  return { phase: 'connected', agent };
}
