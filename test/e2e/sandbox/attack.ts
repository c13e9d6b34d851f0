/** What attacks are written in: Perl, which every Debian has, with the kernel's own calls where Perl has no word for them. */
import process from 'node:process';
import { machines, type SyscallName } from '../../../agent/sandbox/seccomp/syscalls.ts';

/** What the filter says. */
export const DENIED = 'refused: Operation not permitted';

export const perl = (program: string): string[] => ['/usr/bin/perl', '-e', program];

/** Those that the filter does not name, with their numbers on x86-64 and arm64. */
const OTHERS = {
  shmget: [29, 194],
  shmat: [30, 196],
  inotify_init1: [294, 26],
  inotify_add_watch: [254, 27],
  mq_open: [240, 180],
  memfd_create: [319, 279],
  pidfd_send_signal: [424, 424],
  pidfd_open: [434, 434],
  setpriority: [141, 140],
} as const;

export function numberOf(name: SyscallName | keyof typeof OTHERS): number {
  if (name in OTHERS) {
    const [x64, arm64] = OTHERS[name as keyof typeof OTHERS];
    return process.arch === 'arm64' ? arm64 : x64;
  }
  return machines[process.arch]?.syscalls[name as SyscallName] ?? -1;
}

/** A program that makes one system call and says what came of it. @param words Perl expressions. */
export function call(name: Parameters<typeof numberOf>[0], ...words: (string | number)[]): string[] {
  return perl(
    `my @words = (${words.join(', ')}); my $r = syscall(${numberOf(name)}, @words); ` +
      'print $r == -1 ? "refused: $!" : "done";',
  );
}

/** Connects to a Unix socket and prints what it is told. @param name of a file, or abstract after a NUL. */
export function connectUnix(name: string): string[] {
  const address = name.startsWith('\0') ? `\\0${name.slice(1)}` : name;
  return perl(
    `use Socket; socket(S, AF_UNIX, SOCK_STREAM, 0); my $a = pack("S a*", AF_UNIX, "${address}"${name.startsWith('\0') ? '' : ' . "\\0"'}); ` +
      'connect(S, $a) or print "refused: $!"; print <S>;',
  );
}

/** Does `step` (a Perl expression) until it fails, and says how often it worked and why it ended. */
export function exhaust(prepare: string, step: string, most: number, after = ''): string[] {
  return perl(
    `${prepare}; my $n = 0; $n++ while $n < ${most} && (${step}); my $why = $!; ${after}; print "$n $why";`,
  );
}
