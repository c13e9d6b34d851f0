/**
 * The few instructions of classic BPF that a seccomp filter needs, and their encoding (`struct sock_filter`,
 * linux/filter.h). Both machines the product runs on are little-endian.
 */

export type Instruction = { code: number; ifTrue: number; ifFalse: number; value: number };

/** Offsets into `struct seccomp_data`. */
const SYSCALL_NUMBER = 0;
const ARCHITECTURE = 4;
const ARGUMENTS = 16;

/** Errors as the kernel numbers them on every architecture. */
export const Errno = { EPERM: 1, ENOSYS: 38, EPROTONOSUPPORT: 93, EAFNOSUPPORT: 97 } as const;

const load = (offset: number): Instruction => ({ code: 0x20, ifTrue: 0, ifFalse: 0, value: offset });
const finish = (value: number): Instruction => ({ code: 0x06, ifTrue: 0, ifFalse: 0, value });

export const loadSyscall = (): Instruction => load(SYSCALL_NUMBER);
export const loadArchitecture = (): Instruction => load(ARCHITECTURE);
/**
 * Low half of argument `index`. The kernel takes the arguments compared here as 32-bit values and drops the upper half,
 * so a filter that looked at it could be passed by setting a high bit (CVE-2019-10063).
 */
export const loadArgument = (index: number): Instruction => load(ARGUMENTS + 8 * index);

export const jumpIfEqual = (value: number, ifTrue: number, ifFalse: number): Instruction => ({
  code: 0x15,
  ifTrue,
  ifFalse,
  value,
});
export const jumpIfAtLeast = (value: number, ifTrue: number, ifFalse: number): Instruction => ({
  code: 0x35,
  ifTrue,
  ifFalse,
  value,
});
export const jumpIfAnyBit = (value: number, ifTrue: number, ifFalse: number): Instruction => ({
  code: 0x45,
  ifTrue,
  ifFalse,
  value,
});

/** SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO, SECCOMP_RET_KILL_PROCESS. */
export const allow = (): Instruction => finish(0x7fff0000);
export const refuse = (error: number): Instruction => finish(0x00050000 | error);
export const killProcess = (): Instruction => finish(0x80000000);

/** The bytes `bwrap --seccomp` reads. */
export function encode(program: readonly Instruction[]): Uint8Array {
  const bytes = new DataView(new ArrayBuffer(program.length * 8));
  program.forEach(({ code, ifTrue, ifFalse, value }, index) => {
    bytes.setUint16(index * 8, code, true);
    bytes.setUint8(index * 8 + 2, ifTrue);
    bytes.setUint8(index * 8 + 3, ifFalse);
    bytes.setUint32(index * 8 + 4, value, true);
  });
  return new Uint8Array(bytes.buffer);
}
