/**
 * From "this program, confined like that" to the program and arguments a shim executes.
 *
 * One or two short bash scripts come before bubblewrap; each ends in `exec`, so the process keeps its pid and its parent:
 *
 * 1. *enter*, where there is a holder: opens the holder's namespaces, then checks by start time that the pid is still the holder's,
 *    then enters through what it opened. In that order a pid that was reused cannot be entered: had the holder died before the
 *    files were opened, the start time could not agree afterwards. A plan may be executed again much later.
 * 2. *settle*: closes every descriptor that is not the plan's (bubblewrap would pass them on), and dies with the shim:
 *    entering a user namespace clears the parent-death signal, so it is set afterwards, and the parent is compared with who
 *    started the plan ({@link PARENT}) in case it died in between. What remains is bubblewrap's own set-up, some milliseconds in
 *    which its inner process does not know yet that its outer one died.
 *
 * bubblewrap takes its arguments from a descriptor: argv can be read by everybody on the computer.
 */
import { readFileSync } from 'node:fs';
import { SlapgridError } from '../errors.ts';
import { text } from '../messages.ts';
import type { HostPrograms } from './programs.ts';
import { seccompFilter } from './seccomp/filter.ts';
import type { LaunchPlan, PartitionIdentity } from './types.ts';

/** Variable by which who starts a plan says its own pid. It reaches none of the partition's programs. */
export const PARENT = 'SLAPGRID_PARENT';

/** Descriptors below 10 only: a POSIX shell cannot redirect others. 9 is left to the shim. */
export const Descriptor = { arguments: 3, seccomp: 4, passwd: 5, group: 6, hosts: 7, nsswitch: 8 } as const;

/** Descriptor the door inherits its listening socket as (sd_listen_fds(3)). */
const LISTENING_SOCKET = 3;

/** Open files a program may have before it raises the limit itself; the agent's own limit would be inherited. */
const OPEN_FILES = 8192;

const ENTER = `
gone=$1 holder=$2 started=$3 nsenter=$4 setpriv=$5 bash=$6 settle=$7
shift 7
set -f
refuse() { echo "$gone" >&2; exit 125; }
{ exec {user}<"/proc/$holder/ns/user" {net}<"/proc/$holder/ns/net"; } 2>/dev/null || refuse
{ read -r record <"/proc/$holder/stat"; } 2>/dev/null || refuse
fields=(\${record##*) })
[ "\${fields[19]}" = "$started" ] || refuse
exec "$nsenter" --user="/proc/self/fd/$user" --net="/proc/self/fd/$net" --preserve-credentials -- \
  "$setpriv" --pdeathsig KILL -- "$bash" -pc "$settle" settle "$@"
`;

/**
 * As *enter*, but bubblewrap does the entering, of the user namespace; and what it starts enters one of the networks in it: the holder's, or
 * the router's, which its only child holds.
 */
const ENTER_WITH_RIGHTS = `
gone=$1 holder=$2 started=$3 bubblewrap=$4 nsenter=$5 network=$6 input=$7
shift 7
set -f
refuse() { echo "$gone" >&2; exit 125; }
whose=$holder
if [ "$network" = router ]; then { read -r whose rest <"/proc/$holder/task/$holder/children"; } 2>/dev/null || [ -n "$whose" ] || refuse; fi
{ exec {user}<"/proc/$holder/ns/user" {net}<"/proc/$whose/ns/net"; } 2>/dev/null || refuse
{ read -r record <"/proc/$holder/stat"; } 2>/dev/null || refuse
fields=(\${record##*) })
[ "\${fields[19]}" = "$started" ] || refuse
exec "$bubblewrap" --userns "$user" --cap-add CAP_SYS_ADMIN --cap-add CAP_NET_ADMIN --die-with-parent --dev-bind / / -- \
  "$nsenter" --net="/proc/self/fd/$net" -- "$@" <&"$input"
`;

/**
 * `ignoreSignals`: bubblewrap dies of a signal that hits every process at once, and takes the payload with it before that could
 * stop cleanly. The payload itself gets its signals back (`env --default-signal`).
 */
function settleScript(options: { keep: readonly number[]; ignoreSignals: boolean; listen: boolean }): string {
  return `
[ "$PPID" = "$${PARENT}" ] || exit 125
unset ${PARENT}
exec </dev/null
for path in /proc/self/fd/*; do
  descriptor=\${path##*/}
  case $descriptor in ${[0, 1, 2, ...options.keep].join('|')}) ;; *) exec {descriptor}>&- ;; esac
done
ulimit -c 0
ulimit -Sn ${OPEN_FILES} 2>/dev/null
umask 077
${options.ignoreSignals ? "trap '' TERM HUP INT QUIT" : ''}
${options.listen ? 'export LISTEN_FDS=1 LISTEN_PID=$$' : ''}
exec "$@"
`;
}

type Setting = {
  programs: HostPrograms;
  identity: PartitionIdentity;
  /** Process whose user and network namespace is entered first; null: none. */
  holder: number | null;
  cgroup?: readonly string[] | undefined;
};

/** Arguments for bubblewrap that every confined program has. */
export function confinement(): string[] {
  return [...separation(), '--seccomp', String(Descriptor.seccomp)];
}

/** The same for a program of the host that makes namespaces, which the filter refuses. */
export function separation(): string[] {
  return [
    ['--unshare-user', '--unshare-pid', '--unshare-ipc', '--unshare-uts', '--unshare-cgroup-try'],
    ['--die-with-parent', '--new-session'],
    ['--cap-drop', 'ALL'],
    ['--clearenv'],
  ].flat();
}

/** Takes from the program what the filter takes as well: user namespaces of its own. */
export function withoutUserNamespaces(programs: HostPrograms): string[] {
  return programs.bubblewrapVersion().disablesUserNamespaces ? ['--disable-userns'] : [];
}

/** A program in bubblewrap. `files` are what `bubblewrapArguments` refer to besides the filter. */
export function planConfined(
  setting: Setting & {
    architecture: string;
    bubblewrapArguments: readonly string[];
    files?: Readonly<Record<number, Uint8Array>>;
    command: readonly string[];
    /** Whether bubblewrap outlives the signals of a system's shutdown. */
    ignoreSignals: boolean;
  },
): LaunchPlan {
  refuseNul(setting.bubblewrapArguments);
  refuseNul(setting.command);
  const files = {
    [Descriptor.arguments]: Buffer.from(setting.bubblewrapArguments.map((word) => `${word}\0`).join('')),
    [Descriptor.seccomp]: seccompFilter(setting.architecture),
    ...setting.files,
  };
  const settle = settleScript({
    keep: Object.keys(files).map(Number),
    ignoreSignals: setting.ignoreSignals,
    listen: false,
  });
  const bubblewrap = setting.programs.require('bubblewrap');
  return {
    argv: [
      prelude(setting, settle),
      [bubblewrap, '--args', String(Descriptor.arguments), '--'],
      setting.command,
    ].flat(),
    files,
    payload: 'sandbox',
    identity: setting.identity,
    ...(setting.cgroup === undefined ? {} : { cgroup: setting.cgroup }),
  };
}

/** A program of the host that only moves into the holder's namespaces, with a listening socket as descriptor 3. */
export function planListening(setting: Setting & { command: readonly string[] }): LaunchPlan {
  return unconfined(setting, settleScript({ keep: [LISTENING_SOCKET], ignoreSignals: false, listen: true }));
}

/** A program of the host that only moves into the holder's namespaces. */
export function planEntering(setting: Setting & { command: readonly string[] }): LaunchPlan {
  return unconfined(setting, settleScript({ keep: [], ignoreSignals: false, listen: false }));
}

/**
 * A short program of the host with the rights of whoever made the holder's namespaces, over those alone. It runs none of the partition's.
 * @param setting.input what it reads from its standard input.
 */
export function planWithRights(
  setting: Omit<Setting, 'holder' | 'cgroup'> & {
    holder: number;
    network: 'own' | 'router';
    command: readonly string[];
    input: Uint8Array;
  },
): LaunchPlan {
  const { programs, identity, holder, network, command, input } = setting;
  if (!isOrdinary(identity.uid) || !isOrdinary(identity.gid)) throw new SlapgridError('sandbox-identity');
  return {
    argv: [
      [programs.require('bash'), '-pc', ENTER_WITH_RIGHTS, 'enter'],
      [text('sandbox.holder-gone'), String(holder), startTime(holder)],
      [programs.require('bubblewrap'), programs.require('nsenter'), network, String(Descriptor.arguments)],
      command,
    ].flat(),
    files: { [Descriptor.arguments]: input },
    payload: 'direct',
    identity,
  };
}

function unconfined(setting: Setting & { command: readonly string[] }, settle: string): LaunchPlan {
  return {
    argv: [...prelude(setting, settle), ...setting.command],
    files: {},
    payload: 'direct',
    identity: setting.identity,
    ...(setting.cgroup === undefined ? {} : { cgroup: setting.cgroup }),
  };
}

function prelude({ programs, identity, holder }: Setting, settle: string): string[] {
  if (!isOrdinary(identity.uid) || !isOrdinary(identity.gid)) throw new SlapgridError('sandbox-identity');
  const bash = programs.require('bash');
  const setpriv = programs.require('setpriv');
  if (holder === null) return [setpriv, '--pdeathsig', 'KILL', '--', bash, '-pc', settle, 'settle'];
  return [
    [bash, '-pc', ENTER, 'enter'],
    [text('sandbox.holder-gone'), String(holder), startTime(holder)],
    [programs.require('nsenter'), setpriv, bash, settle],
  ].flat();
}

/** Host ids of a partition are never 0, and never the id that stands for "none". */
function isOrdinary(id: number): boolean {
  return Number.isSafeInteger(id) && id > 0 && id < 0xffffffff;
}

/** Field 22 of `/proc/PID/stat` (proc(5)): with the pid it names a process for as long as the machine is up. */
function startTime(pid: number): string {
  let record: string;
  try {
    record = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch (error) {
    throw new SlapgridError('sandbox-holder-gone', {}, { cause: error });
  }
  const value = record.slice(record.lastIndexOf(')') + 2).split(' ')[19];
  if (value === undefined) throw new SlapgridError('sandbox-holder-gone');
  return value;
}

/** NUL separates bubblewrap's arguments: inside a value it would start a new one. */
function refuseNul(words: readonly string[]): void {
  if (words.some((word) => word.includes('\0'))) throw new SlapgridError('sandbox-argument');
}
