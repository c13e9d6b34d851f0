/**
 * EventSource over fetch, because the browser's own cannot send an `Authorization` header and cookies are not an option.
 * Behaves as the HTML standard's (9.2): same events, `Last-Event-ID` when it reconnects, except that it waits longer each
 * time it fails.
 */

export type FetchEventSourceInit = {
  fetch: typeof fetch;
  withCredentials?: boolean;
};

const FIRST_RETRY_MILLISECONDS = 250;
const LONGEST_RETRY_MILLISECONDS = 5000;
/** What is there already is read for so long at a time: a stream that never pauses must not keep the page from everything else. */
const TURN_MILLISECONDS = 10;

export class FetchEventSource extends EventTarget {
  readonly CONNECTING = 0;
  readonly OPEN = 1;
  readonly CLOSED = 2;

  readyState = 0;
  readonly #url: string;
  readonly #fetch: typeof fetch;
  readonly #ended = new AbortController();
  #lastEventId = '';
  #retry = FIRST_RETRY_MILLISECONDS;

  constructor(url: string, init: FetchEventSourceInit) {
    super();
    this.#url = url;
    this.#fetch = init.fetch;
    void this.#run();
  }

  close(): void {
    this.readyState = this.CLOSED;
    this.#ended.abort();
  }

  async #run(): Promise<void> {
    // Whoever made it adds its listeners first.
    await Promise.resolve();
    while (this.readyState !== this.CLOSED) {
      const refused = await this.#connect();
      if (this.#ended.signal.aborted) return;
      this.readyState = refused ? this.CLOSED : this.CONNECTING;
      this.dispatchEvent(new Event('error'));
      if (!refused) await this.#pause();
    }
  }

  /** One connection from its request to its end. @returns whether asking again is of no use. */
  async #connect(): Promise<boolean> {
    try {
      const response = await this.#fetch(this.#url, {
        headers: {
          accept: 'text/event-stream',
          ...(this.#lastEventId === '' ? {} : { 'last-event-id': this.#lastEventId }),
        },
        cache: 'no-store',
        signal: this.#ended.signal,
      });
      if (response.status >= 400 && response.status < 500) return true;
      if (!response.ok || response.body === null) return false;
      this.readyState = this.OPEN;
      this.#retry = FIRST_RETRY_MILLISECONDS;
      this.dispatchEvent(new Event('open'));
      await this.#read(response.body);
    } catch {
      // The connection was refused or cut: the caller announces it and tries again.
    }
    return false;
  }

  async #read(body: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    let block: string[] = [];
    let turn = performance.now();
    for (;;) {
      if (performance.now() - turn > TURN_MILLISECONDS) {
        await nextTask();
        turn = performance.now();
      }
      const { done, value } = await reader.read();
      if (done) return;
      const lines = (rest + value).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line !== '') block.push(line);
        else if (block.length > 0) {
          this.#dispatch(block);
          block = [];
        }
      }
    }
  }

  #dispatch(block: readonly string[]): void {
    let type = 'message';
    const data: string[] = [];
    for (const line of block) {
      const [, name, value = ''] = /^([^:]*):? ?(.*)$/u.exec(line) ?? [];
      if (name === 'event') type = value;
      else if (name === 'data') data.push(value);
      else if (name === 'id') this.#lastEventId = value;
    }
    if (this.readyState === this.CLOSED || data.length === 0) return;
    this.dispatchEvent(new MessageEvent(type, { data: data.join('\n'), lastEventId: this.#lastEventId }));
  }

  /** Ends early when the computer is back on a network or the event source is closed. */
  #pause(): Promise<void> {
    return new Promise((resolve) => {
      const waited = AbortSignal.any([this.#ended.signal, AbortSignal.timeout(this.#retry)]);
      this.#retry = Math.min(this.#retry * 2, LONGEST_RETRY_MILLISECONDS);
      waited.addEventListener('abort', () => resolve(), { once: true });
      globalThis.addEventListener('online', () => resolve(), { once: true, signal: waited });
    });
  }
}

/** Lets everything else that waits have its turn. A timer would be late in a tab that nobody looks at. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.addEventListener('message', () => {
      port1.close();
      resolve();
    });
    port1.start();
    port2.postMessage(null);
  });
}
