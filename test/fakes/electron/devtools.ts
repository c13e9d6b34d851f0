/**
 * Chromium's DevTools protocol over the WebSocket that Node brings.
 */
import { EventEmitter } from 'node:events';

type Answer = {
  id?: number;
  result?: unknown;
  error?: { message: string };
  method?: string;
  params?: unknown;
  sessionId?: string;
};

/** Emits each event of the protocol by its name, with its parameters and the session it belongs to. */
export class DevTools extends EventEmitter {
  readonly #socket: WebSocket;
  readonly #asked = new Map<number, PromiseWithResolvers<unknown>>();
  #last = 0;

  private constructor(socket: WebSocket) {
    super();
    this.#socket = socket;
    socket.addEventListener('message', ({ data }) => this.#receive(JSON.parse(String(data))));
    socket.addEventListener('close', () => this.emit('closed'));
    // Every window listens.
    this.setMaxListeners(0);
  }

  static async connect(url: string): Promise<DevTools> {
    const socket = new WebSocket(url);
    await new Promise((resolve, reject) => {
      socket.addEventListener('open', resolve, { once: true });
      socket.addEventListener('error', reject, { once: true });
    });
    return new DevTools(socket);
  }

  /** @param session of a page; left out: of the browser. */
  async send<Result>(method: string, params: object = {}, session?: string): Promise<Result> {
    this.#last += 1;
    const asked = Promise.withResolvers<unknown>();
    this.#asked.set(this.#last, asked);
    this.#socket.send(JSON.stringify({ id: this.#last, method, params, sessionId: session }));
    return (await asked.promise) as Result;
  }

  #receive({ id, result, error, method, params, sessionId }: Answer): void {
    if (id === undefined) {
      if (method !== undefined) this.emit(method, params, sessionId);
      return;
    }
    const asked = this.#asked.get(id);
    this.#asked.delete(id);
    if (error === undefined) asked?.resolve(result);
    else asked?.reject(new Error(error.message));
  }
}
