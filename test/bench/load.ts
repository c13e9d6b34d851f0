/**
 * A load generator: HTTP GET over plain sockets, as cheap as Node allows, because it shares the processor with what it
 * measures. It knows how long the body is and looks only for the end of the head.
 */
import { connect, type Socket } from 'node:net';

export type Target = { host: string; port: number; path: string; bodyBytes: number };

export type Load = { requests: number; bytes: number; seconds: number };

const END_OF_HEAD = Buffer.from('\r\n\r\n');
const LAST = Buffer.from('Connection: close');
const BUFFER_BYTES = 256 * 1024;

/**
 * Requests over `connections` connections until `seconds` are over.
 * @param keepAlive false: a connection for each request.
 */
export async function load(
  target: Target,
  options: { connections: number; keepAlive: boolean; seconds: number },
): Promise<Load> {
  const began = performance.now();
  const deadline = began + options.seconds * 1000;
  let requests = 0;
  const workers = Array.from({ length: options.connections }, async () => {
    const client = new Client(target, options.keepAlive);
    while (performance.now() < deadline) {
      await client.get();
      requests += 1;
    }
    client.close();
  });
  await Promise.all(workers);
  const seconds = (performance.now() - began) / 1000;
  return { requests, bytes: requests * target.bodyBytes, seconds };
}

/**
 * Milliseconds of each of `times` requests, one after the other on one connection.
 * @param parts 2: the request is sent in two writes, as clients do that send a head and then a body.
 */
export async function latencies(target: Target, times: number, parts: 1 | 2 = 1): Promise<number[]> {
  const client = new Client(target, true, parts);
  const samples: number[] = [];
  for (let index = 0; index < times; index += 1) {
    const began = performance.now();
    await client.get();
    samples.push(performance.now() - began);
  }
  client.close();
  return samples;
}

class Client {
  readonly #target: Target;
  readonly #request: readonly string[];
  readonly #keepAlive: boolean;
  readonly #buffer = Buffer.allocUnsafe(BUFFER_BYTES);
  #socket: Socket | null = null;
  /** What has come of a head that is not complete. */
  #head: Buffer = Buffer.alloc(0);
  /** Bytes of the body still to come; null while in the head. */
  #missing: number | null = null;
  /** nginx ends a connection after a thousand requests, and says so in the last answer. */
  #isLast = false;
  #done: (() => void) | null = null;
  #failed: ((error: Error) => void) | null = null;

  constructor(target: Target, keepAlive: boolean, parts: 1 | 2 = 1) {
    this.#target = target;
    this.#keepAlive = keepAlive;
    const first = `GET ${target.path} HTTP/1.1\r\n`;
    const second = `Host: ${target.host}\r\n${keepAlive ? '' : 'Connection: close\r\n'}\r\n`;
    this.#request = parts === 1 ? [first + second] : [first, second];
  }

  /** One request; resolves when its body has come (and without keep-alive: when the connection has ended). */
  get(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#done = resolve;
      this.#failed = reject;
      this.#socket ??= this.#connect();
      for (const part of this.#request) this.#socket.write(part, 'latin1');
    });
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = null;
  }

  #connect(): Socket {
    const { host, port } = this.#target;
    const socket = connect({
      host,
      port,
      noDelay: true,
      onread: {
        buffer: this.#buffer,
        callback: (length, buffer) => {
          this.#received(Buffer.from(buffer.buffer, buffer.byteOffset, length));
          return true;
        },
      },
    });
    socket.once('error', (error) => this.#failed?.(error));
    socket.once('close', () => this.#closed(socket));
    return socket;
  }

  #received(chunk: Buffer): void {
    let body = chunk.length;
    if (this.#missing === null) {
      const seen = this.#head.length === 0 ? chunk : Buffer.concat([this.#head, chunk]);
      const end = seen.indexOf(END_OF_HEAD);
      if (end === -1) {
        this.#head = Buffer.from(seen);
        return;
      }
      this.#head = Buffer.alloc(0);
      this.#isLast = seen.subarray(0, end).includes(LAST);
      this.#missing = this.#target.bodyBytes;
      body = seen.length - end - END_OF_HEAD.length;
    }
    this.#missing -= body;
    if (this.#missing > 0) return;
    if (this.#missing < 0) this.#failed?.(new Error('more came than was asked for'));
    this.#missing = null;
    if (!this.#keepAlive) return;
    if (this.#isLast) this.close();
    this.#done?.();
  }

  #closed(socket: Socket): void {
    if (this.#socket !== socket) return;
    this.#socket = null;
    if (this.#missing === null && !this.#keepAlive) this.#done?.();
    else this.#failed?.(new Error('the connection ended too early'));
  }
}
