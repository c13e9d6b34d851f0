/**
 * Hostile programs that take all there is of something. What needs control groups (memory, processors, processes) and the disk is
 * tested with the limits; this is what the kernel counts in other ways. Each time the agent's user must have as much as before.
 */
import { spawnSync } from 'node:child_process';
import { watch } from 'node:fs';
import { open, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deleteContents, measure } from '../../../agent/sandbox/inside.ts';
import { keepSmall } from '../../../agent/supervisor/log-rotation.ts';
import { exhaust, numberOf, perl } from './attack.ts';
import { openPartition, sandbox, type TestPartition, until } from './partition.ts';

let partition: TestPartition;
beforeAll(async () => {
  partition = await openPartition();
});
afterAll(() => partition.close());

/** An attack that goes on until the test is done with it: it prints what it has, then sleeps. */
async function holding(attack: readonly string[], lasts: (said: string) => boolean): Promise<string> {
  const running = await partition.start(sandbox.plan(partition.spec(attack)));
  const said = await until(() => (lasts(running.lines()) ? running.lines().trim() : null));
  holders.push(running.child);
  return said;
}
const holders: { kill: (signal: 'SIGKILL') => unknown }[] = [];
const release = (): void => {
  for (const child of holders.splice(0)) child.kill('SIGKILL');
};

const SAID = /\d+ [A-Z]/;
const KEEP = '$| = 1; print "$n $why"; sleep 300';

describe('open files', () => {
  it('end with the program’s own number of them; the agent opens more', async () => {
    const said = await holding(exhaust('my @f', 'open($f[$n], "<", "/dev/null")', 1e6, KEEP), (text) =>
      SAID.test(text),
    );
    expect(said).toMatch(/Too many open files$/);
    const handles = await Promise.all(Array.from({ length: 256 }, () => open('/dev/null')));
    for (const handle of handles) await handle.close();
    release();
  });

  it('passed through a socket to nobody end as well', async () => {
    // SCM_RIGHTS keeps descriptors that are closed; the kernel counts them by user (unix(7)).
    const attack = perl(
      'use Socket; my $n = 0; my @s; while ($n < 100000) { socketpair($s[$n], $s[$n + 1], AF_UNIX, SOCK_DGRAM, 0) or last; $n += 2 } print "$n $!";',
    );
    expect(await partition.inside(...attack)).toMatch(/Too many open files$/);
    await writeFile(path.join(partition.conf, 'written'), 'still');
  });

  it('that are pipes, filled, leave the agent its pipes', async () => {
    const said = await holding(
      exhaust(
        'my (@r, @w); my $b = "x" x 65536',
        'pipe($r[$n], $w[$n]) && do { $w[$n]->blocking(0); syswrite($w[$n], $b); 1 }',
        1e6,
        KEEP,
      ),
      (text) => SAID.test(text),
    );
    expect(said).toMatch(/Too many open files$/);
    const echoed = spawnSync('cat', { input: 'y'.repeat(1_000_000), maxBuffer: 2_000_000 });
    expect(echoed.stdout).toHaveLength(1_000_000);
    release();
  });

  it('that are in memory run programs, and stay in the partition', async () => {
    const attack = perl(
      `my $n = "m"; my $fd = syscall(${numberOf('memfd_create')}, $n, 0); open(my $m, "+<&=", $fd); open(my $s, "<", "/usr/bin/id"); print $m join("", <$s>); $m->flush; exec "/proc/self/fd/$fd", "-u";`,
    );
    expect(await partition.inside(...attack)).toBe('1000');
  });
});

describe('watches of files', () => {
  it('end with the partition’s own number of them, however many users it shares; the agent watches more', async () => {
    const attack = exhaust('my @f', `($f[$n] = syscall(${numberOf('inotify_init1')}, 0)) != -1`, 1e6, KEEP);
    const said = await holding(attack, (text) => SAID.test(text));
    const [taken = ''] = said.split(' ');
    const limited = await canLimitUsers();
    // Where /proc/sys cannot be written, a user of its own is what holds the partition apart.
    if (limited) expect(Number(taken)).toBe(64);
    const watcher = limited || partition.identity.uid !== process.getuid?.() ? watch(partition.conf) : null;
    watcher?.close();
    release();
  });

  it('of another program of the same partition count together', async () => {
    if (!(await canLimitUsers())) return;
    const attack = exhaust('my @f', `($f[$n] = syscall(${numberOf('inotify_init1')}, 0)) != -1`, 1e6, KEEP);
    await holding(attack, (text) => SAID.test(text));
    expect(await partition.inside(...exhaust('', `syscall(${numberOf('inotify_init1')}, 0) != -1`, 10))).toBe(
      '0 Too many open files',
    );
    release();
  });
});

/** Whether the kernel lets a user namespace have limits of its own here. */
async function canLimitUsers(): Promise<boolean> {
  const program = 'echo 5 >/proc/sys/user/max_inotify_instances && cat /proc/sys/user/max_inotify_instances';
  const said = await partition.outside(
    '/usr/bin/unshare',
    '--user',
    '--map-root-user',
    '/bin/sh',
    '-c',
    program,
  );
  return said === '5';
}

describe('ports', () => {
  it('are the partition’s own: all of them taken, the host has each', async () => {
    const said = await holding(
      perl(
        'use Socket; my @s; my $n = 0; for my $p (20000..24000) { socket($s[$n], AF_INET, SOCK_STREAM, 0); bind($s[$n], pack_sockaddr_in($p, INADDR_ANY)) && listen($s[$n], 1) && $n++ } $| = 1; print "$n Taken"; sleep 300;',
      ),
      (text) => SAID.test(text),
    );
    expect(said).toBe('4001 Taken');
    // Whatever else of the machine has some of them.
    const free = await Promise.all([20_000, 21_111, 23_999].map((port) => listens(port)));
    expect(free.some(Boolean)).toBe(true);
    release();
  });

  it('for connections going out end in the partition alone', async () => {
    const attack = perl(
      'use Socket; socket(L, AF_INET, SOCK_STREAM, 0); bind(L, pack_sockaddr_in(1999, INADDR_LOOPBACK)); listen(L, 10); my @s; my $n = 0; while ($n < 8000) { socket($s[$n], AF_INET, SOCK_STREAM, 0) or last; use Fcntl; fcntl($s[$n], F_SETFL, O_NONBLOCK); connect($s[$n], pack_sockaddr_in(1999, INADDR_LOOPBACK)); $n++ } print $n;',
    );
    expect(Number(await partition.inside(...attack))).toBeGreaterThan(4000);
    expect(await listens(0)).toBe(true);
  });
});

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

describe('what processes share', () => {
  it('as System V memory is the partition’s own, and gone with it', async () => {
    const IPC_CREAT = 0o1000;
    const KEY = 0x51a9;
    const make = perl(
      `my $id = syscall(${numberOf('shmget')}, ${KEY}, 4096, ${IPC_CREAT | 0o666}); print $id == -1 ? "refused: $!" : "made";`,
    );
    const find = perl(
      `my $id = syscall(${numberOf('shmget')}, ${KEY}, 0, 0); print $id == -1 ? "refused: $!" : "found";`,
    );
    expect(await partition.inside(...make)).toBe('made');
    expect(await partition.outside(...find)).toBe('refused: No such file or directory');
    expect(await partition.inside(...find)).toBe('refused: No such file or directory');
    expect(await partition.inside('/bin/sh', '-c', 'tail -n +2 /proc/sysvipc/shm')).toBe('');
  });

  it('as System V segments ends with the partition’s own number; the host makes more', async () => {
    const attack = exhaust('', `syscall(${numberOf('shmget')}, 0, 1, 0600) != -1`, 100_000);
    expect(await partition.inside(...attack)).toMatch(/^\d+ No space left on device$/);
    const before = await readFile('/proc/sysvipc/shm', 'utf8');
    expect(before.split('\n').length).toBeLessThan(4096);
  });

  it('as POSIX message queues ends early, and names none of the host', async () => {
    const O_CREAT = 0o100;
    const attack = exhaust(
      '',
      `do { my $name = "queue$n"; syscall(${numberOf('mq_open')}, $name, ${O_CREAT | 2}, 0600, 0) != -1 }`,
      100_000,
    );
    expect(await partition.inside(...attack)).toMatch(/^\d{1,3} /);
    expect(await partition.outside('/bin/sh', '-c', 'ls /dev/mqueue 2>/dev/null | grep -c queue')).toBe('0');
  });
});

describe('terminals', () => {
  it('end before those of the host do', async () => {
    const said = await holding(exhaust('my @f', 'open($f[$n], "+<", "/dev/ptmx")', 1e5, KEEP), (text) =>
      SAID.test(text),
    );
    expect(said).toMatch(/^\d+ (?:No space left on device|Too many open files)$/);
    const [maximum, reserve] = await Promise.all(
      ['max', 'reserve'].map(async (name) => Number(await readFile(`/proc/sys/kernel/pty/${name}`, 'utf8'))),
    );
    expect(Number(said.split(' ')[0])).toBeLessThanOrEqual((maximum ?? 0) - (reserve ?? 0));
    const opened = await open('/dev/ptmx', 'r+');
    await opened.close();
    release();
  });
});

describe('a log that is flooded', () => {
  it('is cut while it is being written, and the agent reads on', async () => {
    const LIMIT = 100_000;
    const log = path.join(partition.data, 'flood.log');
    const running = await partition.start(
      sandbox.plan(partition.spec(['/bin/sh', '-c', 'exec yes flooding >>/srv/data/flood.log'])),
    );
    const size = async (): Promise<number> => (await stat(log).catch(() => ({ size: 0 }))).size;
    for (let round = 0; round < 5; round += 1) {
      await until(async () => ((await size()) > LIMIT ? true : null));
      expect(await keepSmall(log, LIMIT)).toBe(0);
    }
    expect((await stat(`${log}.1`)).size).toBeLessThanOrEqual(LIMIT + 2 * 65_536);
    running.child.kill('SIGKILL');
    await until(() => (running.child.signalCode === null ? null : true));
    await deleteContents(partition.identity, [partition.data]);
  });
});

describe('names and folders', () => {
  it('by the ten thousand, long, deep and with every byte, are measured and deleted', async () => {
    const attack = perl(
      'for my $i (1..10000) { open(F, ">", "f$i") } for my $b (1..255) { next if $b == 47; open(F, ">", chr($b) x 255) or open(F, ">", chr($b)) } ' +
        'mkdir("\\e]0;title\\a\\e[2J"); my $d = "deep" x 60; for (1..300) { mkdir($d); chdir($d) } print "done";',
    );
    expect(await partition.inside(...attack)).toBe('done');
    const { files } = await measure(partition.identity, partition.data);
    expect(files).toBeGreaterThan(10_500);
    await deleteContents(partition.identity, [partition.data]);
    expect((await measure(partition.identity, partition.data)).files).toBe(0);
  });
});
