/**
 * The system calls a partition does without.
 *
 * Namespaces and the absence of capabilities hold already most of this; the filter keeps a payload away from the parts of
 * the kernel where that was not enough before (user namespaces, io_uring, bpf, keyrings, the mount family), and from
 * what no namespace separates (vsock). Servers of a distribution need none of it.
 */
import { SlapgridError } from '../../errors.ts';
import {
  allow,
  encode,
  Errno,
  type Instruction,
  jumpIfAnyBit,
  jumpIfAtLeast,
  jumpIfEqual,
  killProcess,
  loadArchitecture,
  loadArgument,
  loadSyscall,
  refuse,
} from './bpf.ts';
import { machines, NEWEST_JUDGED_SYSCALL, type SyscallName } from './syscalls.ts';

const DENIED: readonly SyscallName[] = [
  // The tree of mounts, and namespaces.
  'mount',
  'umount2',
  'mount_setattr',
  'move_mount',
  'open_tree',
  'fsopen',
  'fsconfig',
  'fsmount',
  'fspick',
  'statmount',
  'listmount',
  'pivot_root',
  'chroot',
  'unshare',
  'setns',
  // Other processes' memory, descriptors and pages.
  'ptrace',
  'process_vm_readv',
  'process_vm_writev',
  'process_madvise',
  'process_mrelease',
  'pidfd_getfd',
  'kcmp',
  'migrate_pages',
  'move_pages',
  // Kernel interfaces with a long record of privilege escalation, useless to a server.
  'bpf',
  'perf_event_open',
  'userfaultfd',
  'io_uring_setup',
  'io_uring_enter',
  'io_uring_register',
  'fanotify_init',
  'modify_ldt',
  'uselib',
  'nfsservctl',
  'lookup_dcookie',
  'lsm_set_self_attr',
  // Keyrings belong to a user, not to a namespace.
  'add_key',
  'request_key',
  'keyctl',
  // Files by handle come past the mounts that hide them.
  'name_to_handle_at',
  'open_by_handle_at',
  // The machine itself.
  'kexec_load',
  'kexec_file_load',
  'create_module',
  'init_module',
  'finit_module',
  'delete_module',
  'get_kernel_syms',
  'query_module',
  'reboot',
  'swapon',
  'swapoff',
  'acct',
  'quotactl',
  'quotactl_fd',
  'iopl',
  'ioperm',
  'syslog',
  '_sysctl',
  'sysfs',
  'ustat',
  'settimeofday',
  'clock_settime',
  'clock_adjtime',
  'adjtimex',
  'sethostname',
  'setdomainname',
  'vhangup',
];

/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET (linux/sched.h). */
const NEW_NAMESPACES = 0x7e020000;

const DENIED_IOCTLS: readonly number[] = [
  0x5412, // TIOCSTI: types into the terminal of whoever started the agent
  0x541c, // TIOCLINUX: the same through the console's selection
  0x5423, // TIOCSETD: line disciplines
  // BTRFS_IOC_SNAP_CREATE, SUBVOL_CREATE and their second versions: a read-only snapshot could not be deleted.
  0x50009401,
  0x5000940e,
  0x50009417,
  0x50009418,
];

/** PER_LINUX, PER_LINUX32, both with UNAME26, and the question which one holds. */
const ALLOWED_PERSONALITIES: readonly number[] = [0x0, 0x8, 0x20000, 0x20008, 0xffffffff];

const AF_UNIX = 1;
const AF_INET = 2;
const AF_INET6 = 10;
const AF_NETLINK = 16;
const NETLINK_ROUTE = 0;

/** Tests of the arguments; each list ends in a verdict on every path. */
const argumentRules: readonly (readonly [SyscallName, readonly Instruction[]])[] = [
  // NETLINK_ROUTE is how the C library lists addresses; the other netlink protocols are doors to kernel subsystems.
  [
    'socket',
    [
      loadArgument(0),
      jumpIfEqual(AF_UNIX, 6, 0),
      jumpIfEqual(AF_INET, 5, 0),
      jumpIfEqual(AF_INET6, 4, 0),
      jumpIfEqual(AF_NETLINK, 0, 4),
      loadArgument(2),
      jumpIfEqual(NETLINK_ROUTE, 1, 0),
      refuse(Errno.EPROTONOSUPPORT),
      allow(),
      refuse(Errno.EAFNOSUPPORT),
    ],
  ],
  ['socketpair', [loadArgument(0), ...allowOnly([AF_UNIX], Errno.EAFNOSUPPORT)]],
  ['clone', [loadArgument(0), jumpIfAnyBit(NEW_NAMESPACES, 0, 1), refuse(Errno.EPERM), allow()]],
  // Its flags are behind a pointer a filter cannot follow; the C library falls back to clone.
  ['clone3', [refuse(Errno.ENOSYS)]],
  ['ioctl', [loadArgument(1), ...allowAllBut(DENIED_IOCTLS)]],
  ['personality', [loadArgument(0), ...allowOnly(ALLOWED_PERSONALITIES, Errno.EPERM)]],
];

function allowOnly(values: readonly number[], error: number): Instruction[] {
  const tests = values.map((value, index) => jumpIfEqual(value, values.length - index, 0));
  return [...tests, refuse(error), allow()];
}

function allowAllBut(values: readonly number[]): Instruction[] {
  const tests = values.map((value, index) => jumpIfEqual(value, values.length - index, 0));
  return [...tests, allow(), refuse(Errno.EPERM)];
}

/**
 * The filter for one machine, ready for `bwrap --seccomp`.
 * @param architecture as `process.arch` names it.
 * @throws SlapgridError `sandbox-architecture` for a machine without a table.
 */
export function seccompFilter(architecture: string): Uint8Array {
  const machine = machines[architecture];
  if (machine === undefined) throw new SlapgridError('sandbox-architecture', { architecture });
  const program: Instruction[] = [
    // 32-bit programs on a 64-bit kernel use other numbers.
    loadArchitecture(),
    jumpIfEqual(machine.auditArchitecture, 1, 0),
    killProcess(),
    // Also refuses x32, whose numbers carry a high bit.
    loadSyscall(),
    jumpIfAtLeast(NEWEST_JUDGED_SYSCALL + 1, 0, 1),
    refuse(Errno.ENOSYS),
  ];
  const rule = (name: SyscallName, body: readonly Instruction[]): void => {
    const number = machine.syscalls[name];
    if (number !== undefined) program.push(jumpIfEqual(number, 0, body.length), ...body);
  };
  for (const name of DENIED) rule(name, [refuse(Errno.EPERM)]);
  for (const [name, body] of argumentRules) rule(name, body);
  program.push(allow());
  return encode(program);
}
