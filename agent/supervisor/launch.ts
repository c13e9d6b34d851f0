/**
 * Starts a shim so that nothing of it hangs on the agent: its own session, its output in the log, no pipe to here.
 *
 * Everything the payload inherits is opened here and placed at its descriptor number by spawn(2)'s own means, so that the
 * start is one step: before the fork nothing of the unit runs, after it the shim holds its lifeline and needs nobody.
 */
import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { constants } from 'node:os';
import process from 'node:process';
import { SlapgridError } from '../errors.ts';
import type { PartitionIdentity } from '../sandbox/types.ts';
import { inheritableDescriptors } from './descriptors.ts';
import type { Lifeline } from './lifeline.ts';
import { withListeningSocket } from './listening-socket.ts';
import { openLog } from './log-file.ts';
import type { RunFolder } from './run-folder.ts';
import type { UnitSpec } from './types.ts';

/** Where a payload finds its listening socket (sd_listen_fds(3)). */
const LISTENING_DESCRIPTOR = 3;
const FIRST_DESCRIPTOR = 3;
/** A POSIX shell can name no descriptor beyond. */
const LAST_DESCRIPTOR = 9;

const SHIM_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/run/current-system/sw/bin';

export type Launched = {
  pid: number;
  /** The shim's own exit status, told only while this agent lives; 128 + n when killed by signal n. */
  exited: Promise<number>;
};

/**
 * Starts the shim of a prepared run folder. Resolves when it is forked.
 * @throws SlapgridError `address-taken`, `address-unusable`, `log-unusable`, `disk-full`, `process-refused`.
 */
export async function launch(
  shim: string,
  spec: UnitSpec,
  folder: RunFolder,
  lifeline: Lifeline,
): Promise<Launched> {
  const { plan, listen } = spec;
  const numbers = Object.keys(plan.files).map(Number);
  if (listen !== null && numbers.includes(LISTENING_DESCRIPTOR))
    throw new RangeError('a launch plan puts a file where its listening socket goes');
  const forPayload = listen === null ? numbers : [...numbers, LISTENING_DESCRIPTOR];
  const lifelineNumber = freeDescriptor(forPayload);
  const credentials = credentialsOf(plan.identity);
  const opened: FileHandle[] = [];
  try {
    const placed = new Map<number, number>();
    // Above 9 the shim could not close what it inherits, so nothing worth having is there.
    const place = async (number: number, opening: Promise<FileHandle>): Promise<void> => {
      placed.set(number, await keep(opened, opening));
    };
    await allOf([
      ...inheritableDescriptors()
        .filter((each) => each > LAST_DESCRIPTOR)
        .map((number) => place(number, open('/dev/null', 'r+'))),
      ...Object.entries(plan.files).map(([number, content]) =>
        place(Number(number), folder.openArgument(content)),
      ),
    ]);
    const log = spec.logFile === null ? 'ignore' : await keep(opened, openLog(spec.logFile, plan.identity));

    const start = (listening: number | null): Launched => {
      if (listening !== null) placed.set(LISTENING_DESCRIPTOR, listening);
      const writingEnd = lifeline.openWritingEnd();
      try {
        placed.set(lifelineNumber, writingEnd);
        const argv = [
          shim,
          credentials,
          spec.id,
          String(lifelineNumber),
          `,${forPayload.map((number) => `${number},`).join('')}`,
          plan.payload,
          String(constants.signals[spec.stop.signal]),
          ...(plan.cgroup ?? []),
          '--',
          ...plan.argv,
        ];
        return spawnDetached(argv, folder.path, stdioOf(log, placed), spec.id);
      } finally {
        closeSync(writingEnd);
      }
    };
    return await (listen === null ? start(null) : withListeningSocket(listen, start));
  } finally {
    await Promise.all(opened.map((handle) => handle.close()));
  }
}

/** Waits for all, so that what was opened is known when one fails. @throws what the first of them threw. */
async function allOf(works: readonly Promise<void>[]): Promise<void> {
  await Promise.allSettled(works);
  await Promise.all(works);
}

async function keep(opened: FileHandle[], opening: Promise<FileHandle>): Promise<number> {
  const handle = await opening;
  opened.push(handle);
  return handle.fd;
}

/** The highest number that is free: the shim's own. */
function freeDescriptor(taken: readonly number[]): number {
  for (const number of taken) {
    if (number < FIRST_DESCRIPTOR || number > LAST_DESCRIPTOR)
      throw new RangeError(`files of a launch plan are at 3 to ${LAST_DESCRIPTOR}, not ${number}`);
  }
  for (let number = LAST_DESCRIPTOR; number >= FIRST_DESCRIPTOR; number -= 1) {
    if (!taken.includes(number)) return number;
  }
  throw new RangeError('a launch plan leaves no descriptor to its shim');
}

/** How the shim is told whom to become. Only root can become another; anybody else must be the identity already. */
function credentialsOf(identity: PartitionIdentity | null): string {
  if (identity === null) return '-';
  const { uid, gid } = identity;
  if (uid === 0 || gid === 0) throw new RangeError('a partition is never uid or gid 0');
  if (process.getuid?.() === 0) return `${uid}:${gid}`;
  if (process.getuid?.() !== uid) throw new RangeError(`only root starts units as uid ${uid}`);
  return '-';
}

type Stdio = (number | 'ignore')[];

function stdioOf(log: number | 'ignore', placed: ReadonlyMap<number, number>): Stdio {
  const stdio: Stdio = ['ignore', log, log];
  // Beyond 2, 'ignore' leaves the number as it is.
  for (let number = 3; number <= Math.max(...placed.keys()); number += 1)
    stdio[number] = placed.get(number) ?? 'ignore';
  return stdio;
}

function spawnDetached(argv: string[], cwd: string, stdio: Stdio, unit: string): Launched {
  const child = spawn('/bin/sh', argv, {
    cwd,
    stdio,
    detached: true,
    env: { PATH: SHIM_PATH, LANG: 'C.UTF-8' },
  });
  const exited = new Promise<number>((resolve) => {
    child.once('exit', (code, signal) =>
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal])),
    );
  });
  // Told through the missing pid.
  child.on('error', () => {});
  child.unref();
  if (child.pid === undefined) throw new SlapgridError('process-refused', { unit });
  return { pid: child.pid, exited };
}
