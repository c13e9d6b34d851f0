/**
 * Hostile programs that look for the desktop, the devices and the kernel of the computer they are on. What fails inside works
 * outside, as the same user, wherever a test can show that without harm.
 */
import { spawn } from 'node:child_process';
import { chmod, mkdir, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, connectUnix, DENIED, numberOf, perl } from './attack.ts';
import { kill, openPartition, type TestPartition } from './partition.ts';

let partition: TestPartition;
let desktop: string;
beforeAll(async () => {
  partition = await openPartition();
  desktop = path.join(partition.folder, 'desktop');
  await mkdir(desktop, { mode: 0o755 });
});
afterAll(() => partition.close());

async function listening(name: string): Promise<Server> {
  const server = createServer((peer) => peer.end('desktop'));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(name, resolve);
  });
  if (!name.startsWith('\0')) await chmod(name, 0o777);
  return server;
}

/** A socket of the desktop that anybody outside can talk to. */
async function isHidden(name: string, refusal: string): Promise<void> {
  const server = await listening(name);
  try {
    expect(await partition.outside(...connectUnix(name))).toBe('desktop');
    expect(await partition.inside(...connectUnix(name))).toBe(refusal);
  } finally {
    server.close();
  }
}

const ABSENT = 'refused: No such file or directory';

describe('the desktop', () => {
  it('has no session bus for it', async () => {
    await isHidden(path.join(desktop, 'bus'), ABSENT);
    await isHidden(`\0/tmp/dbus-${process.pid}`, 'refused: Connection refused');
  });

  it('has no display for it: neither X11, as a file or abstract, nor Wayland', async () => {
    const display = 5000 + (process.pid % 1000);
    await isHidden(`\0/tmp/.X11-unix/X${display}`, 'refused: Connection refused');
    await isHidden(path.join(desktop, 'wayland-0'), ABSENT);
    const folder = path.join(tmpdir(), `.X11-unix-${process.pid}`);
    await mkdir(folder, { mode: 0o755 });
    await isHidden(path.join(folder, 'X0'), ABSENT);
    await rm(folder, { recursive: true });
  });

  it('has no agent that holds keys (ssh, gpg) for it', async () => {
    await isHidden(path.join(desktop, 'ssh-agent'), ABSENT);
    await isHidden(path.join(desktop, 'S.gpg-agent'), ABSENT);
  });

  it('has nothing in the places where all of that is looked for', async () => {
    const places = [
      '/run/dbus',
      '/run/user',
      '/run/systemd',
      '/tmp/.X11-unix',
      '/tmp/.ICE-unix',
      '/run/docker.sock',
    ];
    const seen = `for place in ${places.join(' ')}; do [ -e $place ] && echo $place; done; ls -A /run /tmp`;
    expect((await partition.inside('/bin/sh', '-c', seen)).split('\n').sort()).toEqual([
      '',
      '/run:',
      '/tmp:',
    ]);
  });

  it('is not told of in the environment', async () => {
    const own = new Set(['HOME', 'LANG', 'PATH', 'PWD', 'TZ']);
    const names = (await partition.inside('/usr/bin/env'))
      .split('\n')
      .map((line) => line.split('=')[0] ?? '');
    expect(names.filter((name) => !own.has(name))).toEqual([]);
  });

  it('has no keyring of the kernel for it, nor a way to one', async () => {
    const [KEYCTL_SEARCH, KEY_SPEC_USER_KEYRING, KEY_SPEC_SESSION_KEYRING] = [10, -4, -3];
    for (const keyring of [KEY_SPEC_USER_KEYRING, KEY_SPEC_SESSION_KEYRING])
      expect(await partition.inside(...call('keyctl', KEYCTL_SEARCH, keyring, '"user"', '"login"', 0))).toBe(
        DENIED,
      );
    expect(
      await partition.inside(...call('request_key', '"user"', '"login"', 0, KEY_SPEC_SESSION_KEYRING)),
    ).toBe(DENIED);
  });
});

describe('devices', () => {
  it('are the harmless ones and no others', async () => {
    const found = await partition.inside('/bin/sh', '-c', 'find /dev -type c -o -type b | sort');
    const harmless = new Set(
      ['full', 'null', 'ptmx', 'random', 'tty', 'urandom', 'zero'].map((name) => `/dev/${name}`),
    );
    const others = found.split('\n').filter((name) => !harmless.has(name) && !name.startsWith('/dev/pts/'));
    expect(others).toEqual([]);
  });

  it('cannot be made', async () => {
    for (const [kind, major, minor] of [
      ['c', '1', '1'],
      ['b', '8', '0'],
    ] as const)
      expect(await partition.inside('/bin/mknod', '/srv/data/device', kind, major, minor)).toContain(
        'Operation not permitted',
      );
  });

  it('that control the machine are not there', async () => {
    for (const device of [
      'mem',
      'kmsg',
      'kvm',
      'fuse',
      'net/tun',
      'uinput',
      'input',
      'dri',
      'snd',
      'bus/usb',
      'vhost-vsock',
    ])
      expect(await partition.inside('/bin/ls', `/dev/${device}`)).toContain('No such file');
  });
});

describe('the table of processes', () => {
  it('has none of the host: whoever it is, its memory, environment and root', async () => {
    const victim = spawn('sleep', ['300'], {
      env: { TOKEN: 'my secret' },
      ...(process.getuid?.() === 0 ? partition.identity : {}),
    });
    const read = ['/bin/cat', `/proc/${victim.pid}/environ`];
    // The same number may be a process of the partition itself.
    expect(await partition.outside(...read)).toContain('my secret');
    expect(await partition.inside(...read)).not.toContain('my secret');
    const all = await partition.inside('/bin/sh', '-c', 'cat /proc/[0-9]*/environ /proc/[0-9]*/cmdline 2>&1');
    expect(all).not.toContain('my secret');
    expect(all).not.toContain('vitest');
    await kill(victim);
  });

  it('cannot be signalled: neither all of it, nor a group, nor by descriptor', async () => {
    const victim = spawn('sleep', ['300'], process.getuid?.() === 0 ? partition.identity : {});
    const { pid = 0 } = victim;
    expect(await partition.outside('/bin/kill', '-0', String(pid))).toBe('');
    expect(
      await partition.inside(...perl(`kill(9, -1); kill(9, -${pid}); kill(9, ${pid}); print "tried";`)),
    ).toBe('tried');
    expect(await partition.inside(...call('pidfd_open', pid, 0))).toBe('refused: No such process');
    const byFolder = perl(
      `open(my $p, "<", "/proc/1") or 1; opendir(my $d, "/proc/1"); my $r = syscall(${numberOf('pidfd_send_signal')}, fileno($d) // 0, 9, 0, 0); print "tried";`,
    );
    expect(await partition.inside(...byFolder)).toMatch(/^tried$|^$/);
    expect(victim.exitCode).toBeNull();
    expect(victim.signalCode).toBeNull();
    await kill(victim);
  });

  it('leads to no root but its own', async () => {
    for (const way of ['/proc/1/root', '/proc/self/root', '/proc/1/cwd', '/proc/self/task/1/root'])
      expect(await partition.inside('/bin/ls', `${way}/home`)).toMatch(/No such file|Permission denied/);
  });
});

describe('the kernel’s files', () => {
  it('change nothing of the machine', async () => {
    const files = [
      'sysrq-trigger',
      'sys/kernel/core_pattern',
      'sys/kernel/modprobe',
      'sys/kernel/hostname',
      'sys/vm/drop_caches',
      'sys/net/ipv4/ip_forward',
      'sys/fs/binfmt_misc/register',
      'sys/user/max_inotify_instances',
      'self/oom_score_adj',
    ];
    for (const file of files.slice(0, -1))
      expect(await partition.inside('/bin/sh', '-c', `echo 1 >/proc/${file} && echo written`)).not.toBe(
        'written',
      );
    // Nobody makes themselves less likely to be ended.
    expect(
      await partition.inside('/bin/sh', '-c', 'echo -1000 >/proc/self/oom_score_adj && echo written'),
    ).not.toBe('written');
  });

  it('tell nothing of its memory', async () => {
    for (const file of ['kcore', 'kmsg', 'kpagecount', 'kpageflags'])
      expect(await partition.inside('/bin/sh', '-c', `head -c 1 /proc/${file} | wc -c`)).toMatch(
        /(?:^|\n)0$|No such file|Permission denied|Operation not permitted/,
      );
    const symbols = await partition.inside(
      '/bin/sh',
      '-c',
      'cut -d" " -f1 /proc/kallsyms | sort -u | head -n 2',
    );
    expect(symbols).toMatch(/^0+$|No such file|^$/);
  });

  it('that control groups and modules have are not there', async () => {
    for (const folder of [
      '/sys',
      '/sys/fs/cgroup',
      '/sys/kernel/debug',
      '/lib/modules',
      '/proc/sys/fs/binfmt_misc/status',
    ])
      expect(await partition.inside('/bin/sh', '-c', `ls -A ${folder} 2>/dev/null | head -n 1`)).toBe('');
  });
});

describe('the kernel', () => {
  it.each([
    ['io_uring_setup', [8, 0]],
    ['io_uring_enter', [0, 0, 0, 0, 0]],
    ['io_uring_register', [0, 0, 0, 0]],
    ['bpf', [0, 0, 0]],
    ['perf_event_open', [0, 0, -1, -1, 0]],
    ['userfaultfd', [0]],
    ['fanotify_init', [0, 0]],
    ['init_module', [0, 0, '""']],
    ['finit_module', [0, '""', 0]],
    ['delete_module', ['"x"', 0]],
    ['kexec_load', [0, 0, 0, 0]],
    ['reboot', [0, 0, 0, 0]],
    ['swapon', ['"/srv/data/own"', 0]],
    ['pivot_root', ['"/tmp"', '"/tmp"']],
    ['open_by_handle_at', [-100, 0, 0]],
    ['pidfd_getfd', [3, 0, 0]],
    ['process_vm_writev', [1, 0, 0, 0, 0, 0]],
    ['syslog', [3, 0, 0]],
    ['clock_settime', [0, 0]],
    ['sethostname', ['"x"', 1]],
    ['quotactl', [0, 0, 0, 0]],
    ['kcmp', [1, 1, 0, 0, 0]],
    ['fsopen', ['"tmpfs"', 0]],
    ['open_tree', [-100, '"/"', 1]],
    ['mount_setattr', [-100, '"/"', 0, 0, 0]],
  ] as const)('does not do %s for it', async (name, words) => {
    if (numberOf(name) === -1) return;
    expect(await partition.inside(...call(name, ...words))).toBe(DENIED);
  });

  it('types nothing into a terminal that it makes itself', async () => {
    const TIOCSTI = 0x5412;
    const attack = perl(
      `open(my $m, "+<", "/dev/ptmx") or print "none "; my $c = "x"; my $r = syscall(${numberOf('ioctl')}, fileno($m), ${TIOCSTI}, $c); print $r == -1 ? "refused: $!" : "done";`,
    );
    expect(await partition.inside(...attack)).toBe(DENIED);
  });

  it('gives it no more of the processor than others by asking', async () => {
    expect(await partition.inside(...call('setpriority', 0, 0, -20))).toMatch(/refused: Permission denied/);
  });

  it('runs no 32-bit calls past the filter', async () => {
    if (process.arch !== 'x64') return;
    // x32: the same calls with a high bit.
    const X32 = 0x4000_0000;
    const attack = perl(
      `my $r = syscall(${X32} + ${numberOf('mount')}, 0, 0, 0, 0, 0); print "refused: $!";`,
    );
    expect(await partition.inside(...attack)).toMatch(
      /refused: (?:Function not implemented|Operation not permitted)/,
    );
  });
});

describe('the network', () => {
  it.each([
    ['the metadata of a cloud', '169.254.169.254'],
    ['a router', '192.168.1.1'],
    ['a private network', '10.0.0.1'],
    ['a carrier’s network', '100.64.0.1'],
    ['everybody near', '255.255.255.255'],
  ])('has no way to %s', async (_what, address) => {
    const attack = perl(
      `use Socket; socket(S, AF_INET, SOCK_STREAM, 0); connect(S, pack_sockaddr_in(80, inet_aton("${address}"))) ? print "reached" : print "refused: $!";`,
    );
    expect(await partition.inside(...attack)).toMatch(
      /^refused: (?:Network is unreachable|Permission denied)$/,
    );
  });

  it.each([
    ['the metadata of a cloud', 'fd00:ec2::254'],
    ['its link', 'fe80::1'],
    ['the internet', '2001:db8::1'],
    ['a private network in other clothes', '::ffff:192.168.1.1'],
    ['a translated one', '64:ff9b::a00:1'],
  ])('of IPv6 has no way to %s', async (_what, address) => {
    const attack = perl(
      `use Socket qw(:all); socket(S, AF_INET6, SOCK_STREAM, 0); connect(S, pack_sockaddr_in6(80, inet_pton(AF_INET6, "${address}"))) ? print "reached" : print "refused: $!";`,
    );
    expect(await partition.inside(...attack)).toMatch(
      /^refused: (?:Network is unreachable|Cannot assign requested address|Invalid argument)$/,
    );
  });

  it('finds nobody by shouting, not even when it says through which interface', async () => {
    const attack = perl(
      'use Socket; socket(S, AF_INET, SOCK_DGRAM, 0); setsockopt(S, SOL_SOCKET, SO_BROADCAST, 1); setsockopt(S, SOL_SOCKET, 25, "eth0\\0") or print "no interface; "; send(S, "x", 0, pack_sockaddr_in(1900, inet_aton("239.255.255.250"))) or print "refused: $!";',
    );
    expect(await partition.inside(...attack)).toMatch(/^no interface; refused: Network is unreachable$/);
  });

  it('resolves no name: there is no resolver of this home', async () => {
    expect(
      await partition.inside('/bin/sh', '-c', 'cat /etc/resolv.conf; getent hosts router.home; echo $?'),
    ).toMatch(/No such file[\s\S]*\n2$/);
    expect(await readFile('/etc/hosts', 'utf8')).not.toBe(await partition.inside('/bin/cat', '/etc/hosts'));
  });
});
