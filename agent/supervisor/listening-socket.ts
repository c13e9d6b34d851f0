/**
 * A listening socket that the agent makes for a process which cannot: made in the host's network, used in a partition's.
 */
import { once } from 'node:events';
import { type Server, createServer } from 'node:net';
import { SlapgridError, systemErrorCode } from '../errors.ts';
import { whoListens } from '../gate/listener.ts';

export type ListenAddress = {
  /** An IP address. */
  host: string;
  port: number;
};

/**
 * Binds, listens, and lends the descriptor to `use` while it runs; then closes it here.
 *
 * No connection is ever accepted in this process: Node accepts when its event loop waits, and it does not wait between
 * listening and the end of `use`, which is synchronous. What connects meanwhile stays in the kernel's queue for whoever
 * inherited the descriptor.
 *
 * @throws SlapgridError `address-taken` naming the holder, or `address-unusable`.
 */
export async function withListeningSocket<Result>(
  address: ListenAddress,
  use: (descriptor: number) => Result,
): Promise<Result> {
  const server = createServer();
  server.listen({ host: address.host, port: address.port, exclusive: true });
  try {
    await once(server, 'listening');
  } catch (error) {
    throw await listenError(error, address);
  }
  try {
    const handle = handleOf(server);
    sendAtOnce(handle);
    return use(descriptorOf(handle));
  } finally {
    server.close();
  }
}

/** Node shows the descriptor of a server, and takes options for its socket, on its handle only. */
function handleOf(server: Server): object {
  const handle: unknown = Reflect.get(server, '_handle');
  if (typeof handle !== 'object' || handle === null) throw new Error('a listening server without a handle');
  return handle;
}

function descriptorOf(handle: object): number {
  const descriptor: unknown = Reflect.get(handle, 'fd');
  if (typeof descriptor !== 'number' || descriptor < 0)
    throw new Error('a listening server without a descriptor');
  return descriptor;
}

/**
 * Sets TCP_NODELAY, which Linux hands on to every accepted connection. A forwarder sets no options of its own; without this one
 * the second part of a small answer waits until the client has acknowledged the first: 40 ms (RFC 1122 §4.2.3.2).
 */
function sendAtOnce(handle: object): void {
  const setNoDelay: unknown = Reflect.get(handle, 'setNoDelay');
  if (typeof setNoDelay !== 'function') throw new Error('a listening server without options');
  Reflect.apply(setNoDelay, handle, [true]);
}

async function listenError(error: unknown, { host, port }: ListenAddress): Promise<unknown> {
  switch (systemErrorCode(error)) {
    case 'EADDRINUSE': {
      const holder = await whoListens(port, host);
      return new SlapgridError('address-taken', { address: host, port, holder }, { cause: error });
    }
    case 'EADDRNOTAVAIL':
    case 'EACCES':
    case 'EPERM':
    case 'EAFNOSUPPORT':
      return new SlapgridError('address-unusable', { address: host, port }, { cause: error });
    default:
      return error;
  }
}
