/** Small real clients of the catalogue's services. */
import { connect } from 'node:net';

export type Connection = Readonly<Record<string, string>>;

/** A connection parameter that must be there. */
export function valueOf(connection: Connection, key: string): string {
  const value = connection[key];
  if (value === undefined) throw new Error(`no ${key} in ${Object.keys(connection).join(', ')}`);
  return value;
}

/** Sends lines of a text protocol and returns everything that comes until `end` has been seen. */
export function converse(host: string, port: number, lines: readonly string[], end: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port }, () => socket.write(lines.map((line) => `${line}\r\n`).join('')));
    let answer = '';
    socket.setTimeout(10_000, () => socket.destroy(new Error(`no answer: ${answer}`)));
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
      if (!answer.includes(end)) return;
      socket.destroy();
      resolve(answer);
    });
    socket.once('error', reject);
    socket.once('close', () => resolve(answer));
  });
}

/** Signs in to a memcached, stores a value and reads it back. @returns what it answers. */
export function tryMemcached(connection: Connection): Promise<string> {
  const credentials = `${valueOf(connection, 'user')} ${valueOf(connection, 'password')}`;
  return converse(
    valueOf(connection, 'host'),
    Number(valueOf(connection, 'port')),
    [`set auth 0 0 ${credentials.length}`, credentials, 'set a 0 0 5', 'hello', 'get a'],
    'END',
  );
}

/** What {@link tryMemcached} answers when all is well. */
export const STORED = 'VALUE a 0 5\r\nhello';

/** Whether anything accepts a connection there. */
export function accepts(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
