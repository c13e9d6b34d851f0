/**
 * One HTTP client after the other on plain sockets, as cheap as Node allows, because it shares the processor with what it measures.
 * A connection is used again when the server leaves it open.
 */
import { connect, type Socket } from 'node:net';

export type Call = { url: URL; method: 'GET' | 'POST'; contentType: string; body: string };

const END_OF_HEAD = Buffer.from('\r\n\r\n');

export class Caller {
  readonly #reuse: boolean;
  #socket: Socket | null = null;

  /** @param reuse false: a connection for each call, as SLAP clients do. */
  constructor(reuse: boolean) {
    this.#reuse = reuse;
  }

  /** @returns the length of the answer's body. @throws Error for any status but 200. */
  async call(bytes: Buffer, { url }: Call): Promise<number> {
    const socket = this.#socket ?? connect({ host: url.hostname, port: Number(url.port), noDelay: true });
    this.#socket = null;
    const { length, isOpen } = await answer(socket, bytes);
    if (this.#reuse && isOpen) this.#socket = socket;
    else socket.destroy();
    return length;
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = null;
  }
}

export function bytesOf({ url, method, contentType, body }: Call, reuse: boolean): Buffer {
  const content = Buffer.from(body);
  const head = [
    `${method} ${url.pathname}${url.search} HTTP/1.1`,
    `Host: ${url.host}`,
    'User-Agent: slapgrid-bench',
    'Accept: */*',
    `Connection: ${reuse ? 'keep-alive' : 'close'}`,
    ...(method === 'POST' ? [`Content-Type: ${contentType}`, `Content-Length: ${content.length}`] : []),
  ];
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`), content]);
}

function answer(socket: Socket, request: Buffer): Promise<{ length: number; isOpen: boolean }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ length: number; isOpen: boolean }>();
  const pieces: Buffer[] = [];
  let received = 0;
  /** Of the whole answer; null until the head is complete. */
  let end: { total: number; length: number; isOpen: boolean } | null = null;
  const done = (): void => {
    socket.removeAllListeners();
    // A server may end a connection that nobody uses.
    socket.on('error', () => undefined);
    if (end === null) reject(new Error('the connection ended before the answer'));
    else resolve({ length: end.length, isOpen: end.isOpen });
  };
  socket.on('data', (piece) => {
    received += piece.length;
    if (end === null) {
      pieces.push(piece);
      end = headOf(Buffer.concat(pieces));
      if (end !== null && end.total < 0) {
        socket.removeAllListeners();
        reject(new Error(`refused: ${Buffer.concat(pieces).toString('latin1', 0, 200)}`));
        return;
      }
    }
    if (end !== null && received >= end.total) done();
  });
  socket.on('error', reject);
  socket.on('end', done);
  socket.write(request);
  return promise;
}

/** null while it is incomplete; a negative total for any status but 200. */
function headOf(seen: Buffer): { total: number; length: number; isOpen: boolean } | null {
  const at = seen.indexOf(END_OF_HEAD);
  if (at === -1) return null;
  const head = seen.toString('latin1', 0, at).toLowerCase();
  const length = Number(/\r\ncontent-length: *(\d+)/u.exec(head)?.[1] ?? Number.NaN);
  const isSound = /^http\/1\.\d 200 /u.test(head) && Number.isFinite(length);
  const isOpen = head.startsWith('http/1.1') && !/\r\nconnection: *close/u.test(head);
  return { total: isSound ? at + END_OF_HEAD.length + length : -1, length, isOpen };
}
