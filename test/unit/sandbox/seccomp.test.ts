import { describe, expect, it } from 'vitest';
import { seccompFilter } from '../../../agent/sandbox/seccomp/filter.ts';
import { machines, type SyscallName } from '../../../agent/sandbox/seccomp/syscalls.ts';

const ALLOW = 0x7fff0000;
const KILL = 0x80000000;
const EPERM = 0x00050001;
const ENOSYS = 0x00050026;
const EPROTONOSUPPORT = 0x0005005d;
const EAFNOSUPPORT = 0x00050061;

type Call = { architecture?: number; number: number; arguments?: readonly bigint[] };

/** Runs a filter as the kernel does (Documentation/networking/filter.rst), for the instructions it uses. */
function verdict(filter: Uint8Array, call: Required<Call>): number {
  const program = new DataView(filter.buffer, filter.byteOffset, filter.byteLength);
  const data = new DataView(new ArrayBuffer(64));
  data.setUint32(0, call.number, true);
  data.setUint32(4, call.architecture, true);
  call.arguments.forEach((value, index) => data.setBigUint64(16 + 8 * index, value, true));
  let accumulator = 0;
  for (let at = 0; at < filter.byteLength; at += 8) {
    const value = program.getUint32(at + 4, true);
    const jump = (condition: boolean): void => {
      at += 8 * program.getUint8(at + (condition ? 2 : 3));
    };
    switch (program.getUint16(at, true)) {
      case 0x20:
        accumulator = data.getUint32(value, true);
        break;
      case 0x15:
        jump(accumulator === value);
        break;
      case 0x35:
        jump(accumulator >= value);
        break;
      case 0x45:
        jump((accumulator & value) !== 0);
        break;
      case 0x06:
        return value;
      default:
        throw new Error(`unknown instruction at ${at}`);
    }
  }
  throw new Error('the filter has no end');
}

describe.each(['x64', 'arm64'])('the filter for %s', (architecture) => {
  const machine = machines[architecture] ?? { auditArchitecture: 0, syscalls: {} };
  const filter = seccompFilter(architecture);
  const number = (name: SyscallName): number => machine.syscalls[name] ?? -1;
  const verdictOf = (name: SyscallName | number, ...given: (number | bigint)[]): number =>
    verdict(filter, {
      architecture: machine.auditArchitecture,
      number: typeof name === 'number' ? name : number(name),
      arguments: given.map(BigInt),
    });

  it('lets everything through that it does not name', () => {
    const named = new Set(Object.values(machine.syscalls));
    for (let call = 0; call <= 462; call += 1) {
      if (!named.has(call)) expect(verdictOf(call)).toBe(ALLOW);
    }
  });

  it('answers to calls younger than itself as a kernel that lacks them', () => {
    for (const call of [463, 467, 600, 0x3fffffff]) expect(verdictOf(call)).toBe(ENOSYS);
  });

  it.each<SyscallName>([
    'mount',
    'umount2',
    'mount_setattr',
    'move_mount',
    'open_tree',
    'fsopen',
    'fsconfig',
    'fsmount',
    'fspick',
    'pivot_root',
    'chroot',
    'unshare',
    'setns',
    'ptrace',
    'process_vm_readv',
    'process_vm_writev',
    'process_madvise',
    'pidfd_getfd',
    'kcmp',
    'bpf',
    'perf_event_open',
    'userfaultfd',
    'keyctl',
    'add_key',
    'request_key',
    'io_uring_setup',
    'io_uring_enter',
    'io_uring_register',
    'open_by_handle_at',
    'name_to_handle_at',
    'kexec_load',
    'kexec_file_load',
    'init_module',
    'finit_module',
    'delete_module',
    'reboot',
    'swapon',
    'swapoff',
    'acct',
    'quotactl',
    'syslog',
    'settimeofday',
    'clock_settime',
    'adjtimex',
    'clock_adjtime',
  ])('refuses %s', (name) => {
    expect(number(name)).toBeGreaterThan(0);
    expect(verdictOf(name)).toBe(EPERM);
  });

  it('lets clone make threads and processes, but no namespace', () => {
    const thread = 0x3d0f00;
    const fork = 0x01200011;
    expect(verdictOf('clone', thread)).toBe(ALLOW);
    expect(verdictOf('clone', fork)).toBe(ALLOW);
    for (const flag of [0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000]) {
      expect(verdictOf('clone', flag | 17)).toBe(EPERM);
    }
  });

  it('says that clone3, whose flags it cannot see, does not exist', () => {
    expect(verdictOf('clone3')).toBe(ENOSYS);
  });

  it.each([
    ['unix', 1],
    ['inet', 2],
    ['inet6', 10],
    ['netlink route', 16],
  ])('allows %s sockets', (_name, family) => {
    expect(verdictOf('socket', family, 1, 0)).toBe(ALLOW);
  });

  it('refuses every other family, vsock among them', () => {
    for (let family = 0; family < 64; family += 1) {
      if (![1, 2, 10, 16].includes(family)) expect(verdictOf('socket', family, 1, 0)).toBe(EAFNOSUPPORT);
    }
    expect(verdictOf('socket', 40, 1, 0)).toBe(EAFNOSUPPORT);
    expect(verdictOf('socketpair', 40, 1, 0)).toBe(EAFNOSUPPORT);
    expect(verdictOf('socketpair', 1, 1, 0)).toBe(ALLOW);
  });

  it('refuses the netlink protocols that reach into the kernel', () => {
    for (const protocol of [4, 6, 9, 12, 16])
      expect(verdictOf('socket', 16, 3, protocol)).toBe(EPROTONOSUPPORT);
  });

  it.each([
    ['TIOCSTI', 0x5412],
    ['TIOCLINUX', 0x541c],
    ['TIOCSETD', 0x5423],
  ])('refuses the ioctl %s, whatever the upper half of the register says', (_name, request) => {
    expect(verdictOf('ioctl', 0, request)).toBe(EPERM);
    expect(verdictOf('ioctl', 0, (1n << 32n) | BigInt(request))).toBe(EPERM);
  });

  it('allows the ioctls of ordinary programs', () => {
    const [TCGETS, FIONBIO, FIOCLEX, FICLONE] = [0x5401, 0x5421, 0x5451, 0x40049409];
    for (const request of [TCGETS, FIONBIO, FIOCLEX, FICLONE])
      expect(verdictOf('ioctl', 0, request)).toBe(ALLOW);
  });

  it('compares the low half of a family as well', () => {
    expect(verdictOf('socket', (1n << 32n) | 40n, 1, 0)).toBe(EAFNOSUPPORT);
    expect(verdictOf('clone', (1n << 40n) | 0x10000000n)).toBe(EPERM);
  });

  it('allows only the personalities that change nothing of the memory layout', () => {
    expect(verdictOf('personality', 0xffffffff)).toBe(ALLOW);
    expect(verdictOf('personality', 0)).toBe(ALLOW);
    const ADDR_NO_RANDOMIZE = 0x0040000;
    expect(verdictOf('personality', ADDR_NO_RANDOMIZE)).toBe(EPERM);
  });

  it('kills a program of any other architecture', () => {
    const others = [0x40000003, 0x40000028, 0xc000003e, 0xc00000b7].filter(
      (other) => other !== machine.auditArchitecture,
    );
    for (const other of others)
      expect(verdict(filter, { architecture: other, number: 1, arguments: [] })).toBe(KILL);
  });
});

it('has numbers as the kernel has them', () => {
  expect(machines['x64']?.syscalls).toMatchObject({
    mount: 165,
    ptrace: 101,
    unshare: 272,
    socket: 41,
    clone: 56,
  });
  expect(machines['arm64']?.syscalls).toMatchObject({
    mount: 40,
    ptrace: 117,
    unshare: 97,
    socket: 198,
    clone: 220,
  });
});

it('refuses the x32 numbers of an x86-64 processor', () => {
  const x32Mount = 0x40000000 | 165;
  const call = { architecture: 0xc000003e, number: x32Mount, arguments: [] };
  expect(verdict(seccompFilter('x64'), call)).toBe(ENOSYS);
});

it('refuses a machine it has no table for, by name', () => {
  expect(() => seccompFilter('riscv64')).toThrow(expect.objectContaining({ code: 'sandbox-architecture' }));
  expect(() => seccompFilter('riscv64')).toThrow(/riscv64/);
});
