/**
 * The kernel's tables of TCP sockets (`/proc/net/tcp` and `tcp6`, proc_net(5)): which user made each socket.
 */
import { readFile } from 'node:fs/promises';
import { isIPv4 } from 'node:net';
import { endianness } from 'node:os';

/** An end of a connection; the address is IPv4, `::1` or `::`. */
export type End = { address: string; port: number };

/** Addresses as the kernel prints them: `0100007F:1F90`. */
export type SocketRecord = {
  local: string;
  remote: string;
  /** `01` established, `0A` listening. */
  state: string;
  uid: number;
  /** `0` when no process has the socket any more. */
  inode: string;
};

const TABLES = ['tcp', 'tcp6'] as const;
type TableName = (typeof TABLES)[number];

/**
 * The first TCP socket of this network namespace that `matches`. Sockets that were there before the call are not missed.
 */
export async function findSocket(
  matches: (record: SocketRecord) => boolean,
): Promise<SocketRecord | undefined> {
  for (const name of TABLES) {
    for (const line of (await nextTable(name)).split('\n').slice(1)) {
      const record = recordOf(line);
      if (record !== undefined && matches(record)) return record;
    }
  }
  return undefined;
}

/**
 * The socket of one end of a connection that a process has. Thousands of ended connections may stand in the table, so only the line that
 * counts is taken apart.
 */
export async function findConnection(local: End, remote: End): Promise<SocketRecord | null> {
  const locals = printedEnds(local.address, local.port);
  const remotes = printedEnds(remote.address, remote.port);
  for (const name of TABLES) {
    const table = await nextTable(name);
    for (const own of locals) {
      for (const other of remotes) {
        const at = table.indexOf(`: ${own} ${other} `);
        if (at === -1) continue;
        const record = recordOf(table.slice(table.lastIndexOf('\n', at) + 1, table.indexOf('\n', at)));
        // The other table may show one that is not ended.
        if (record !== undefined && record.inode !== '0') return record;
      }
    }
  }
  return null;
}

/** The last read of each table, and the one after it while nobody has begun it. */
const reads = new Map<TableName, { last: Promise<string>; next: Promise<string> | null }>();

/**
 * A read that begins after the call. The kernel walks all its buckets to print a table (5 ms), so those who ask while one
 * is being read share the next: many connections at once cost two reads.
 */
function nextTable(name: TableName): Promise<string> {
  const read = reads.get(name) ?? { last: Promise.resolve(''), next: null };
  reads.set(name, read);
  read.next ??= read.last.then(() => {
    read.last = readTable(name);
    read.next = null;
    return read.last;
  });
  return read.next;
}

async function readTable(name: TableName): Promise<string> {
  try {
    return await readFile(`/proc/self/net/${name}`, 'latin1');
  } catch {
    // A kernel without IPv6 has no tcp6.
    return '';
  }
}

function recordOf(line: string): SocketRecord | undefined {
  const [, local, remote, state, , , , uid, , inode] = line.trim().split(/\s+/u);
  if (local === undefined || remote === undefined || state === undefined) return undefined;
  if (uid === undefined || inode === undefined) return undefined;
  return { local, remote, state, uid: Number(uid), inode };
}

const MAPPED = '::ffff:';

/** An address without the IPv6 mapping that a dual-stack socket shows. */
export function plainAddress(address: string): string {
  const plain = address.toLowerCase().startsWith(MAPPED) ? address.slice(MAPPED.length) : address;
  return isIPv4(plain) ? plain : address;
}

/** The kernel prints an address as 32-bit words in the machine's own byte order. */
function word(bytes: readonly number[]): string {
  const ordered = endianness() === 'LE' ? bytes.toReversed() : bytes;
  return ordered.map((byte) => byte.toString(16).toUpperCase().padStart(2, '0')).join('');
}

const ZERO = word([0, 0, 0, 0]);

/**
 * How an end of a connection may be printed. An IPv4 end stands in `tcp`, or mapped in `tcp6`.
 * @param address IPv4, `::1` or `::`; those are all that a loopback connection can have.
 */
export function printedEnds(address: string, port: number): string[] {
  const printedPort = port.toString(16).toUpperCase().padStart(4, '0');
  const plain = plainAddress(address);
  if (isIPv4(plain)) {
    const four = word(plain.split('.').map(Number));
    return [`${four}:${printedPort}`, `${ZERO}${ZERO}${word([0, 0, 255, 255])}${four}:${printedPort}`];
  }
  return [`${ZERO}${ZERO}${ZERO}${plain === '::' ? ZERO : word([0, 0, 0, 1])}:${printedPort}`];
}
