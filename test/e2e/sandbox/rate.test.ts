/** The network rate of a partition: bytes that really went through, by the clock. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDoor } from './door.ts';
import { inMadeUpHome } from './made-up-home.ts';
import { openPartition, programs, sandbox, type TestPartition, until } from './partition.ts';

const MEGABYTE = 1_000_000;
const PORT = 8080;
/** What passes at once after a rest. */
const TOLERANCE = 1.15;

/** Sends so many bytes to whoever connects. */
const source = (bytes: number): string[] => [
  '/usr/bin/perl',
  '-e',
  `use Socket; socket(S, AF_INET, SOCK_STREAM, 0); bind(S, pack_sockaddr_in(${PORT}, inet_aton("127.0.0.1"))) or die "bind: $!"; listen(S, 5);
   $| = 1; print "ready\\n"; while (accept(C, S)) { my $left = ${bytes}; while ($left > 0) { my $n = syswrite(C, "x" x ($left > 65536 ? 65536 : $left)); last unless $n; $left -= $n } close(C) }`,
];

type Sender = { partition: TestPartition; begin: () => Promise<Transfer> };
type Transfer = { received: () => number; ended: Promise<unknown>; seconds: () => number };

/** A partition whose service sends so many bytes through its door. */
async function sender(bytes: number): Promise<Sender> {
  const partition = await openPartition();
  const { lines } = await partition.start(sandbox.plan(partition.spec(source(bytes))));
  await until(() => (lines().includes('ready') ? true : null));
  const door = await openDoor(partition, PORT);
  const sockets: Socket[] = [];
  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    await door.close();
    await partition.close();
  });
  return {
    partition,
    begin: async () => {
      const socket = connect(door.port, '127.0.0.1');
      sockets.push(socket);
      const ended = once(socket, 'close');
      let [sum, first, last] = [0, 0, 0];
      socket.on('data', (chunk: Buffer) => {
        last = performance.now();
        first ||= last;
        sum += chunk.length;
      });
      await until(() => (sum > 0 ? true : null));
      return { received: () => sum, ended, seconds: () => (last - first) / 1000 };
    },
  };
}

const probe = await sandbox.probeRate();

if (!probe.ok)
  it('is not held by this machine, which says why', () => {
    expect(['no-tc', 'unknown']).toContain(probe.cause);
  });
else
  describe('a rate', () => {
    it('holds what comes through a door, and slows nobody else', async () => {
      const [slow, other] = [await sender(4 * MEGABYTE), await sender(40 * MEGABYTE)];
      await sandbox.limitRate(slow.partition.identity, slow.partition.holder, MEGABYTE);
      const held = await slow.begin();
      const free = await other.begin();
      await Promise.all([held.ended, free.ended]);
      expect(held.received()).toBe(4 * MEGABYTE);
      expect(held.received() / held.seconds()).toBeLessThan(MEGABYTE * TOLERANCE);
      expect(free.received() / free.seconds()).toBeGreaterThan(3 * MEGABYTE);
    });

    it('that is changed holds at once, on connections that are open', async () => {
      const { partition, begin } = await sender(20 * MEGABYTE);
      const rate = (bytesPerSecond: number | null): Promise<void> =>
        sandbox.limitRate(partition.identity, partition.holder, bytesPerSecond);
      await rate(MEGABYTE);
      const transfer = await begin();
      await rate(50_000);
      const [before, began] = [transfer.received(), performance.now()];
      await until(() => (performance.now() - began > 3000 ? true : null));
      // What was under way counts with it.
      expect(transfer.received() - before).toBeLessThan(MEGABYTE);
      await rate(null);
      await transfer.ended;
      expect(transfer.received()).toBe(20 * MEGABYTE);
    });

    it('is nothing that a program of the partition can take away', async () => {
      const { partition } = await sender(1);
      await sandbox.limitRate(partition.identity, partition.holder, MEGABYTE);
      const said = await partition.inside('/usr/sbin/tc', 'qdisc', 'del', 'dev', 'lo', 'root');
      expect(said).toContain('Operation not permitted');
    });

    if (programs.find('pasta') !== null && programs.find('ip') !== null)
      it('holds what leaves by the way out, and what arrives', async () => {
        const bytes = 3 * MEGABYTE;
        const took = (await inMadeUpHome('rate-scenario.ts', String(bytes), String(MEGABYTE))) as {
          out: number;
          back: number;
          free: number;
          changed: string;
        };
        expect(bytes / took.out).toBeLessThan(MEGABYTE * TOLERANCE);
        expect(bytes / took.back).toBeLessThan(MEGABYTE * TOLERANCE);
        expect(took.changed).toContain('Operation not permitted');
        expect(took.free).toBeLessThan(took.back);
      });
  });
