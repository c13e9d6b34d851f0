/**
 * A connection to a bus (D-Bus specification): asks, and hears signals. Small, because a few questions are all that anybody here has.
 */
import { connect, type Socket } from 'node:net';
import process from 'node:process';
import { messageLength, readMessage, writeCall, type MethodCall, type ReceivedMessage } from './message.ts';

/** As the libraries for D-Bus wait: at a login everything is slow. */
const ANSWER_MILLISECONDS = 25_000;

export const BUS = {
  destination: 'org.freedesktop.DBus',
  path: '/org/freedesktop/DBus',
  interface: 'org.freedesktop.DBus',
} as const;

export class Bus {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, PromiseWithResolvers<ReceivedMessage>>();
  readonly #listeners = new Set<(signal: ReceivedMessage) => void>();
  #serial = 0;
  #received: Buffer = Buffer.alloc(0);
  #ended = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (bytes: Buffer) => this.#take(bytes));
    socket.once('error', () => this.#end());
    socket.once('close', () => this.#end());
    // Nobody's reason to go on.
    socket.unref();
  }

  /** The first of these that answers; null when none does. An abstract socket's name begins with a zero. */
  static async connect(addresses: readonly string[]): Promise<Bus | null> {
    for (const address of addresses) {
      try {
        const bus = new Bus(await signedIn(address));
        await bus.call({ ...BUS, member: 'Hello', arguments: [] });
        return bus;
      } catch {
        // The next one is as good.
      }
    }
    return null;
  }

  /** @throws Error when it answers by an error, not in time, or not at all. */
  async call(call: MethodCall): Promise<ReceivedMessage> {
    if (this.#ended) throw new Error('the bus is gone');
    this.#serial += 1;
    const serial = this.#serial;
    const answer = Promise.withResolvers<ReceivedMessage>();
    this.#waiting.set(serial, answer);
    const timer = setTimeout(() => answer.reject(new Error('the bus does not answer')), ANSWER_MILLISECONDS);
    this.#socket.write(writeCall(call, serial));
    try {
      return await answer.promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(serial);
    }
  }

  /** Has the signals sent here that `rule` chooses (D-Bus specification, “Match Rules”). */
  async match(rule: string): Promise<void> {
    await this.call({ ...BUS, member: 'AddMatch', arguments: [rule] });
  }

  onSignal(listener: (signal: ReceivedMessage) => void): void {
    this.#listeners.add(listener);
  }

  /** Whether it went away. */
  get ended(): boolean {
    return this.#ended;
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(bytes: Buffer): void {
    this.#received = Buffer.concat([this.#received, bytes]);
    try {
      for (;;) {
        const length = messageLength(this.#received);
        if (length === 0 || this.#received.length < length) return;
        const message = readMessage(this.#received.subarray(0, length));
        this.#received = this.#received.subarray(length);
        this.#deliver(message);
      }
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.close();
    }
  }

  #deliver(message: ReceivedMessage): void {
    if (message.type === 'signal') for (const listener of this.#listeners) listener(message);
    const asked = this.#waiting.get(message.replyTo);
    if (message.type === 'return') asked?.resolve(message);
    else if (message.type === 'error') asked?.reject(new Error('the bus refuses'));
  }

  #end(): void {
    this.#ended = true;
    for (const { reject } of this.#waiting.values()) reject(new Error('the bus is gone'));
  }
}

/**
 * Where the session's bus listens, best first: what the environment says (D-Bus specification, “Server Addresses”), else the place of
 * a user's bus.
 */
export function sessionAddresses(environment: NodeJS.ProcessEnv = process.env): string[] {
  const said = environment['DBUS_SESSION_BUS_ADDRESS'] ?? '';
  const runtime = environment['XDG_RUNTIME_DIR'] ?? '';
  if (said === '') return runtime === '' ? [] : [`${runtime}/bus`];
  return socketsOf(said);
}

/** Where the bus of the whole computer listens. */
export function systemAddresses(environment: NodeJS.ProcessEnv = process.env): string[] {
  return socketsOf(environment['DBUS_SYSTEM_BUS_ADDRESS'] ?? 'unix:path=/run/dbus/system_bus_socket');
}

function socketsOf(addresses: string): string[] {
  return addresses.split(';').flatMap((address) => {
    const [, keys = ''] = /^unix:(.*)$/u.exec(address) ?? [];
    return keys.split(',').flatMap((each) => {
      const [, key = '', value = ''] = /^([a-z]+)=(.*)$/u.exec(each) ?? [];
      if (key !== 'path' && key !== 'abstract') return [];
      const place = unescaped(value);
      return [key === 'path' ? place : `\0${place}`];
    });
  });
}

function unescaped(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

/** Connects, and says who we are: the kernel confirms it (“EXTERNAL”). */
async function signedIn(address: string): Promise<Socket> {
  const socket = connect({ path: address });
  try {
    const said = answerOf(socket);
    const user = Buffer.from(String(process.getuid?.() ?? 0)).toString('hex');
    socket.write(`\0AUTH EXTERNAL ${user}\r\n`);
    if (!(await said).startsWith('OK ')) throw new Error('the bus refuses us');
    socket.write('BEGIN\r\n');
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

/** The line that comes; nothing follows it before it is answered. */
function answerOf(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (): void => reject(new Error('the bus does not answer'));
    const timer = setTimeout(fail, ANSWER_MILLISECONDS);
    socket.once('error', fail);
    socket.once('close', fail);
    socket.once('data', (bytes) => {
      clearTimeout(timer);
      socket.off('error', fail).off('close', fail);
      resolve(bytes.toString('latin1'));
    });
  });
}
