/**
 * A recorded session replayed against a running local master, and compared.
 */
import { expect } from 'vitest';
import {
  callerOf,
  type Exchange,
  localised,
  type Recording,
  replay,
  TimestampPairs,
  withoutSeconds,
} from './recordings.ts';
import type { RunningProxy } from './running-proxy.ts';

/** What ours answers instead; a body that is left out is not compared. */
export type Ours = { status: number; body?: string | RegExp; why: string };
/** Every deliberate difference, by recording and number of the exchange (docs/compatibility.md). */
export type Differences = Readonly<Record<string, Ours>>;

export class Session {
  readonly #differences: Differences;
  readonly #used: Set<string>;
  readonly #timestamps = new TimestampPairs();

  readonly #urlOf: (exchange: Exchange) => string;

  /**
   * @param used learns which differences were met.
   * @param urlOf the master URL that a call is sent to; left out: the capability of who makes such calls.
   */
  constructor(
    running: RunningProxy,
    differences: Differences,
    used: Set<string>,
    urlOf = (exchange: Exchange): string => running.server.url(callerOf(exchange)),
  ) {
    this.#differences = differences;
    this.#used = used;
    this.#urlOf = urlOf;
  }

  async replay(recording: Recording): Promise<void> {
    for (const exchange of recording.exchanges) await this.#compare(recording.scenario, exchange);
  }

  async #compare(scenario: string, exchange: Exchange): Promise<void> {
    const url = this.#urlOf(exchange);
    const answer = await replay(url, exchange);
    const name = `${scenario} ${exchange.n}`;
    const where = `${name}: ${exchange.label}`;
    const difference = this.#differences[name];
    if (difference !== undefined) {
      this.#used.add(name);
      expect(answer.status, where).toBe(difference.status);
      if (typeof difference.body === 'string') expect(answer.body, where).toBe(difference.body);
      else if (difference.body !== undefined) expect(answer.body, where).toMatch(difference.body);
      return;
    }
    const { response } = exchange;
    const recorded = this.#timestamps.translate(localised(response.body, url), answer.body);
    expect({ status: answer.status, body: withoutSeconds(answer.body) }, where).toEqual({
      status: response.status,
      body: withoutSeconds(recorded),
    });
    expect(answer.headers['content-type'], where).toBe(response.headers['Content-Type']);
    expect(answer.headers['allow'], where).toBe(response.headers['Allow']);
    const location = response.headers['Location'];
    expect(answer.headers['location'], where).toBe(location && localised(location, url));
  }
}
