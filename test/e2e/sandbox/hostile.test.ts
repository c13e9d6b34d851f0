/**
 * Hostile programs in a partition. Every attack also runs outside, as the same user, where it must work: what fails inside
 * fails because of the walls.
 */
import { chmod, lstat, mkdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import path from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { existsInside, readInside } from '../../../agent/sandbox/inside.ts';
import { machines, type SyscallName } from '../../../agent/sandbox/seccomp/syscalls.ts';
import { isRoot, openPartition, sandbox, type TestPartition, until } from './partition.ts';

let partition: TestPartition;
let other: TestPartition;
let home: string;
beforeAll(async () => {
  partition = await openPartition();
  other = await openPartition();
  home = path.join(partition.folder, 'home');
  await mkdir(home);
  // As open as a careless person could make them: only the sandbox stands before them.
  await writeFile(path.join(home, 'diary'), 'my secret', { mode: 0o644 });
  await writeFile(path.join(home, 'token'), 'slapcap_secret', { mode: 0o644 });
});
afterAll(async () => {
  await partition.close();
  await other.close();
});

const perl = (program: string): string[] => ['/usr/bin/perl', '-e', program];

function numberOf(name: SyscallName): number {
  return machines[process.arch]?.syscalls[name] ?? -1;
}

/** A Perl program that makes one system call and says what came of it. @param words Perl expressions. */
function call(name: SyscallName, ...words: (string | number)[]): string[] {
  return perl(
    `my @words = (${words.join(', ')}); my $r = syscall(${numberOf(name)}, @words); ` +
      'print $r == -1 ? "refused: $!" : "done";',
  );
}

const DENIED = 'refused: Operation not permitted';

describe('files', () => {
  it('of the person’s home are not there', async () => {
    const file = path.join(home, 'diary');
    expect(await partition.outside('/bin/cat', file)).toBe('my secret');
    expect(await partition.inside('/bin/cat', file)).toContain('No such file or directory');
  });

  it('of the system’s users are not there', async () => {
    expect(await partition.outside('/bin/ls', '/etc/shadow')).toBe('/etc/shadow');
    expect(await partition.inside('/bin/ls', '/etc/shadow')).toContain('No such file or directory');
    const accounts = await partition.outside('/bin/cat', '/etc/passwd');
    expect(accounts).toContain('root:x:0:0');
    expect(await partition.inside('/bin/cat', '/etc/passwd')).not.toBe(accounts);
  });

  it('of the rest of the computer are not there', async () => {
    const folders = ['/home', '/root', '/boot', '/sys', '/mnt', '/media', '/opt'];
    const seen = await partition.inside(
      '/bin/sh',
      '-c',
      `for f in ${folders.join(' ')}; do [ -e $f ] && echo $f; done`,
    );
    expect(seen).toBe('');
  });

  it('cannot be reached around the mounts', async () => {
    const file = path.join(home, 'diary');
    const ways = [
      '/proc/1/root',
      '/proc/self/root',
      '/proc/1/cwd',
      '/proc/self/cwd/../../../../..',
      '/proc/self/fd/1/..',
    ];
    for (const way of ways) expect(await partition.inside('/bin/cat', way + file)).not.toContain('my secret');
    expect(await partition.outside('/bin/cat', `/proc/self/root${file}`)).toBe('my secret');
  });

  it('of another partition are not there', async () => {
    await other.inside('/bin/sh', '-c', 'echo theirs > notes');
    expect(await other.outside('/bin/cat', path.join(other.data, 'notes'))).toBe('theirs');
    expect(await partition.inside('/bin/cat', path.join(other.data, 'notes'))).toContain('No such file');
  });

  it('of the software and the configuration cannot be changed', async () => {
    for (const file of ['/usr/bin/evil', '/srv/conf/server.conf', '/etc/evil', '/evil', '/dev/evil']) {
      expect(await partition.inside('/bin/sh', '-c', `echo x > ${file} && echo written`)).toContain(
        'Read-only',
      );
    }
    expect(await partition.inside('/bin/sh', '-c', 'echo x > /srv/data/own && echo written')).toBe('written');
    expect(await readFile(path.join(partition.conf, 'server.conf'), 'utf8')).toBe('port 1');
  });

  it('cannot fill the computer’s memory through /tmp, /run or /dev/shm', async () => {
    const sizes = await partition.inside(
      '/bin/df',
      '--output=size',
      '--block-size=1',
      '/tmp',
      '/run',
      '/dev/shm',
    );
    const MEBIBYTE = 2 ** 20;
    expect(sizes.split('\n').slice(1).map(Number)).toEqual([512 * MEBIBYTE, 64 * MEBIBYTE, 512 * MEBIBYTE]);
  });
});

describe('the agent', () => {
  it('has no socket and no token that a payload could find', async () => {
    const socket = path.join(home, 'agent.sock');
    const server = await listening(
      createServer((peer) => peer.end('agent')),
      socket,
    );
    const connect = perl(
      `use Socket; socket(S, AF_UNIX, SOCK_STREAM, 0); connect(S, pack_sockaddr_un("${socket}")) or print "refused: $!"; print <S>;`,
    );
    await chmod(socket, 0o777);
    expect(await partition.outside(...connect)).toBe('agent');
    expect(await partition.inside(...connect)).toContain('No such file or directory');
    expect(await partition.outside('/bin/cat', path.join(home, 'token'))).toBe('slapcap_secret');
    expect(await partition.inside('/bin/cat', path.join(home, 'token'))).toContain('No such file');
    server.close();
  });

  it('and every other process cannot be seen or signalled', async () => {
    const sleeping = partition.outside('/bin/sh', '-c', `echo $$ > ${partition.data}/pid; exec sleep 300`);
    const pid = await until(
      async () => (await readFile(path.join(partition.data, 'pid'), 'utf8').catch(() => '')) || null,
    );
    const signal = ['/bin/sh', '-c', `kill -0 ${pid.trim()} && echo reached`];
    expect(await partition.outside(...signal)).toBe('reached');
    expect(await partition.inside(...signal)).toContain('No such process');
    const seen = await partition.inside('/bin/sh', '-c', 'cat /proc/[0-9]*/comm');
    expect(seen.split('\n').filter((name) => !['bwrap', 'sh', 'cat'].includes(name))).toEqual([]);
    await partition.outside('/bin/kill', '-9', pid.trim());
    await sleeping;
  });
});

describe('the network', () => {
  it('of the host’s loopback is another one', async () => {
    const server = await listening(
      createServer((peer) => peer.end('host')),
      0,
    );
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const connect = perl(
      `use Socket; socket(S, AF_INET, SOCK_STREAM, 0); connect(S, pack_sockaddr_in(${port}, inet_aton("127.0.0.1"))) or print "refused: $!"; print <S>;`,
    );
    expect(await partition.outside(...connect)).toBe('host');
    expect(await partition.inside(...connect)).toBe('refused: Connection refused');
    server.close();
  });

  it('has no interface but loopback, and no route', async () => {
    const interfaces = await partition.inside('/bin/sh', '-c', 'tail -n +3 /proc/net/dev | cut -d: -f1');
    expect(interfaces.trim()).toBe('lo');
    const connect = perl(
      'use Socket; socket(S, AF_INET, SOCK_STREAM, 0); connect(S, pack_sockaddr_in(9, inet_aton("192.0.2.1"))) or print "refused: $!";',
    );
    expect(await partition.inside(...connect)).toBe('refused: Network is unreachable');
  });

  it('of abstract Unix sockets is another one', async () => {
    const name = `slapgrid-test-${process.pid}`;
    const server = await listening(
      createServer((peer) => peer.end('desktop')),
      `\0${name}`,
    );
    const connect = perl(
      `use Socket; socket(S, AF_UNIX, SOCK_STREAM, 0); my $a = pack("S a*", AF_UNIX, "\\0${name}"); connect(S, $a) or print "refused: $!"; print <S>;`,
    );
    expect(await partition.outside(...connect)).toBe('desktop');
    expect(await partition.inside(...connect)).toBe('refused: Connection refused');
    server.close();
  });

  it('has no vsock, which no namespace separates, nor any other family of the kernel', async () => {
    const [AF_PACKET, AF_ALG, AF_VSOCK, AF_XDP] = [17, 38, 40, 44];
    const open = perl(
      `for (${[AF_PACKET, AF_ALG, AF_VSOCK, AF_XDP].join()}) { print socket(S, $_, 1, 0) ? "done" : "$!", "\\n" }`,
    );
    const refusal = 'Address family not supported by protocol';
    // Outside the kernel itself answers: each family it has makes a socket, or has another objection to this one.
    expect((await partition.outside(...open)).split('\n').some((answer) => answer !== refusal)).toBe(true);
    expect((await partition.inside(...open)).split('\n')).toEqual([refusal, refusal, refusal, refusal]);
  });

  it('opens no netlink but the one that lists addresses', async () => {
    const open = (protocol: number): string[] =>
      perl(`socket(S, 16, 3, ${protocol}) ? print "done" : print "refused: $!";`);
    const KOBJECT_UEVENT = 15;
    expect(await partition.outside(...open(KOBJECT_UEVENT))).toBe('done');
    expect(await partition.inside(...open(KOBJECT_UEVENT))).toBe('refused: Protocol not supported');
    expect(await partition.inside(...open(0))).toBe('done');
  });
});

describe('becoming root', () => {
  it('by a setuid program does not work', async () => {
    // A program that asks for a password keeps waiting with the ids it got.
    const program =
      'pipe(R, W); my $p = fork(); if (!$p) { close(W); open(STDIN, "<&R"); open(STDOUT, ">", "/dev/null"); open(STDERR, ">", "/dev/null"); exec "/bin/su", "root" } ' +
      'my $u = ""; for (1..500) { open(F, "/proc/$p/status"); my $s = join("", <F>); $s =~ /Name:\\tsu\\n/ or select(undef, undef, undef, 0.01), next; ($u) = $s =~ /Uid:\\s+\\d+\\s+(\\d+)/; last } ' +
      'kill 9, $p; close(W); waitpid($p, 0); print $u;';
    // In a container that lets nobody gain privileges, the program shows the same outside.
    const isLocked = /^NoNewPrivs:\t1$/m.test(await readFile('/proc/self/status', 'utf8'));
    expect(await partition.outside(...perl(program))).toBe(isLocked ? String(partition.identity.uid) : '0');
    expect(await partition.inside(...perl(program))).toBe('1000');
  });

  it('by asking is refused', async () => {
    expect(await partition.inside(...perl('$< = 0; $> = 0; print "$< $>"'))).toBe('1000 1000');
    expect(
      await partition.inside('/bin/grep', '-E', '^Cap(Prm|Eff|Bnd|Amb)', '/proc/self/status'),
    ).not.toMatch(/[1-9a-f]\d*$/m);
  });

  it('leaves no trace of root on the host: no id of any process of the partition is 0', async () => {
    const running = await partition.start(sandbox.plan(partition.spec(['/bin/sleep', '300'])));
    const { child, payload } = running;
    const init = Number(
      (await readFile(`/proc/${payload}/stat`, 'utf8')).replace(/^.*\) \S+ (\d+) .*$/s, '$1'),
    );
    for (const pid of [child.pid, init, payload, partition.holder]) {
      const status = await readFile(`/proc/${pid}/status`, 'utf8');
      const { uid, gid } = partition.identity;
      expect(/^Uid:\s+(.*)$/m.exec(status)?.[1]?.split(/\s+/).map(Number)).toEqual([uid, uid, uid, uid]);
      expect(/^Gid:\s+(.*)$/m.exec(status)?.[1]?.split(/\s+/).map(Number)).toEqual([gid, gid, gid, gid]);
      expect(/^CapEff:\s+(.*)$/m.exec(status)?.[1]).toMatch(/^0+$/);
    }
    if (isRoot) expect(partition.identity.uid).not.toBe(other.identity.uid);
  });
});

describe('the kernel', () => {
  const AS_NAMESPACE_ROOT = ['/usr/bin/unshare', '--user', '--map-root-user', '--mount', '--'];

  it('mounts nothing for it', async () => {
    const mount = call('mount', '"none"', '"/tmp"', '"tmpfs"', 0, '""');
    expect(await partition.outside(...AS_NAMESPACE_ROOT, ...mount)).toBe('done');
    expect(await partition.inside(...mount)).toBe(DENIED);
  });

  it('changes no root for it', async () => {
    const chroot = perl('chroot("/tmp") ? print "done" : print "refused: $!";');
    expect(await partition.outside(...AS_NAMESPACE_ROOT, ...chroot)).toBe('done');
    expect(await partition.inside(...chroot)).toBe(DENIED);
  });

  it('makes no namespace for it', async () => {
    const CLONE_NEWUSER = 0x10000000;
    const unshare = call('unshare', CLONE_NEWUSER);
    expect(await partition.outside(...unshare)).toBe('done');
    expect(await partition.inside(...unshare)).toBe(DENIED);
    expect(await partition.inside('/usr/bin/unshare', '--user', '/bin/id')).toContain('not permitted');
  });

  it('enters no namespace for it', async () => {
    const setns = perl(
      `open(N, "<", "/proc/self/ns/uts"); my $r = syscall(${numberOf('setns')}, fileno(N), 0); print $r == -1 ? "refused: $!" : "done";`,
    );
    expect(
      await partition.outside('/usr/bin/unshare', '--user', '--map-root-user', '--uts', '--', ...setns),
    ).toBe('done');
    expect(await partition.inside(...setns)).toBe(DENIED);
  });

  it('lets it trace no process, its own children included', async () => {
    const PTRACE_ATTACH = 16;
    const trace = perl(
      `my $p = fork(); if (!$p) { sleep 300 } my $r = syscall(${numberOf('ptrace')}, ${PTRACE_ATTACH}, $p, 0, 0); print $r == -1 ? "refused: $!" : "done"; kill 9, $p;`,
    );
    expect(await partition.outside(...trace)).toBe('done');
    expect(await partition.inside(...trace)).toBe(DENIED);
  });

  it('reads no other process’s memory for it', async () => {
    const read = perl(
      `my $from = "abcd"; my $to = "    "; my $f = pack("PJ", $from, 4); my $t = pack("PJ", $to, 4); my $r = syscall(${numberOf('process_vm_readv')}, $$ + 0, $t, 1, $f, 1, 0); print $r == -1 ? "refused: $!" : $to;`,
    );
    expect(await partition.outside(...read)).toBe('abcd');
    expect(await partition.inside(...read)).toBe(DENIED);
  });

  it('keeps no keys for it', async () => {
    const KEY_SPEC_THREAD_KEYRING = -1;
    const add = call('add_key', '"user"', '"name"', '"value"', 5, KEY_SPEC_THREAD_KEYRING);
    expect(await partition.outside(...add)).toBe('done');
    expect(await partition.inside(...add)).toBe(DENIED);
    const GET_KEYRING_ID = 0;
    const keyctl = call('keyctl', GET_KEYRING_ID, -3, 1);
    expect(await partition.outside(...keyctl)).toBe('done');
    expect(await partition.inside(...keyctl)).toBe(DENIED);
    expect(await partition.inside('/bin/cat', '/proc/keys')).toContain('Permission denied');
  });

  it('names no file by handle for it', async () => {
    const handle = perl(
      `my $f = "/usr"; my $h = pack("Ll", 128, 0) . ("\\0" x 128); my $m = pack("l", 0); my $r = syscall(${numberOf('name_to_handle_at')}, -100, $f, $h, $m, 0); print $r == -1 ? "refused: $!" : "done";`,
    );
    // Not every file system has handles; the kernel then says so itself.
    expect(await partition.outside(...handle)).not.toBe(DENIED);
    expect(await partition.inside(...handle)).toBe(DENIED);
  });

  it.each([
    ['TIOCSTI', 0x5412n],
    ['TIOCLINUX', 0x541cn],
    ['TIOCSTI with a high bit', 0x100005412n],
  ])('takes no %s from it', async (_name, request) => {
    const number = numberOf('ioctl');
    const attack = perl(
      `open(N, "<", "/dev/null"); my $b = "x"; my $r = syscall(${number}, fileno(N), ${request}, $b); print $r == -1 ? "refused: $!" : "done";`,
    );
    expect(await partition.outside(...attack)).toBe('refused: Inappropriate ioctl for device');
    expect(await partition.inside(...attack)).toBe(DENIED);
  });

  it('offers it no terminal of whoever started the agent', async () => {
    expect(await partition.inside('/bin/sh', '-c', 'exec < /dev/tty')).toContain('No such device or address');
  });

  it('dumps no core for it', async () => {
    expect(await partition.inside('/bin/sh', '-c', 'ulimit -Hc')).toBe('0');
  });
});

describe('links out of the data folder', () => {
  it('cannot be hard links', async () => {
    const link = (from: string): string[] =>
      perl(`link("${from}", "/srv/data/stolen") ? print "done" : print "refused: $!";`);
    expect(await partition.inside(...link('/usr/bin/env'))).toBe('refused: Invalid cross-device link');
    expect(await partition.inside(...link('/srv/conf/server.conf'))).toBe(
      'refused: Invalid cross-device link',
    );
    expect(await partition.inside(...link('/srv/data/own'))).toBe('done');
  });

  it('are not followed by the agent', async () => {
    await partition.inside('/bin/ln', '-s', path.join(home, 'diary'), '/srv/data/diary');
    await partition.inside('/bin/ln', '-s', home, '/srv/data/home');
    expect(await readFile(path.join(partition.data, 'diary'), 'utf8')).toBe('my secret');
    const refused = expect.objectContaining({ code: 'inside-refused' });
    await expect(readInside(partition.data, 'diary', 100)).rejects.toEqual(refused);
    await expect(readInside(partition.data, 'home/diary', 100)).rejects.toEqual(refused);
    await expect(existsInside(partition.data, 'home/diary')).rejects.toEqual(refused);
  });
});

describe('a file that is replaced while the agent reads it', () => {
  it('gives what the file was or an error, never another file, and never stalls the agent', async () => {
    const secret = path.join(home, 'diary');
    const swap = `use POSIX; for (my $kind = 0; ; $kind = ($kind + 1) % 4) {
      unlink("next");
      if ($kind == 0) { open(F, ">", "next"); print F "harmless"; close(F) }
      if ($kind == 1) { symlink("${secret}", "next") }
      if ($kind == 2) { POSIX::mkfifo("next", 0600) }
      if ($kind == 3) { open(F, ">", "twin"); close(F); link("twin", "next") }
      rename("next", "victim");
    }`;
    const swapper = await partition.start(sandbox.plan(partition.spec(perl(swap))));
    const file = path.join(partition.data, 'victim');
    const kinds = new Set<string>();
    await until(() => lstat(file).catch(() => null));

    const results = new Set<string>();
    await until(async () => {
      for (let round = 0; round < 50; round += 1) {
        const found = await lstat(file);
        kinds.add(found.isSymbolicLink() ? 'link' : found.isFIFO() ? 'fifo' : 'file');
        const result = await readInside(partition.data, 'victim', 100).then(
          String,
          (error: { code: string }) => error.code,
        );
        results.add(result);
      }
      return kinds.size === 3 && results.has('harmless') && results.has('inside-refused') ? true : null;
    });
    expect([...results].filter((result) => !['harmless', '', 'inside-refused'].includes(result))).toEqual([]);

    // Four readers stuck in FIFOs would stop every file operation of the agent.
    const many = await Promise.all(
      Array.from({ length: 64 }, () => readInside(partition.data, 'victim', 100).catch(() => null)),
    );
    expect(many).toHaveLength(64);
    expect(await readFile(path.join(partition.conf, 'server.conf'), 'utf8')).toBe('port 1');
    swapper.child.kill('SIGKILL');
  });
});

async function listening(server: Server, place: string | number): Promise<Server> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    if (typeof place === 'number') server.listen(place, '127.0.0.1', resolve);
    else server.listen(place, resolve);
  });
  return server;
}
