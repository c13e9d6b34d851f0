/**
 * Everything that changes the software folder is done by a program that runs as the user who owns it, so that root's agent never
 * writes where a program that reads the network could have laid a trap. Each program leads its own process group, cannot gain
 * privileges, and ends with the agent (a killed agent leaves no download behind that would write beside the next one's).
 */
import { spawn, type ChildProcess, type ChildProcessByStdio } from 'node:child_process';
import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { constants as systemConstants } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { SlapgridError, systemErrorCode } from '../../errors.ts';

export type SoftwareIdentity = { uid: number; gid: number };

/** `code` is 128 + n for a program that signal n ended, as a shell says it. */
export type Ended = { code: number; errors: string };

export type Outcome = Ended & { output: string };

export type RunOptions = {
  /** Written to the program's standard input; empty without. */
  input?: string;
  /** Beside PATH and a language-free locale. Never a secret: only the same user may read it, but that is enough. */
  environment?: Readonly<Record<string, string>>;
  folder?: string;
  /** Ends the whole process group. */
  signal?: AbortSignal;
};

type Running = ChildProcessByStdio<Writable, Readable, Readable>;

const ENVIRONMENT = { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8', LANG: 'C.UTF-8' };

/** How long a program may take to end well (apt notes how far a download went) before it is killed. */
const GRACE_MS = 2000;

/** What a program says when it fails is kept up to this many bytes from the end. */
const LONGEST_ERRORS = 64 * 1024;

/** A list of all packages is 2 MB; what says more than this is broken. */
const LONGEST_OUTPUT = 64 * 1024 * 1024;

export class SoftwareUser {
  readonly identity: SoftwareIdentity | null;

  /**
   * @param identity whom root's agent lets work; null: the agent's own user.
   * @throws SlapgridError `software-as-root` when that would be root.
   */
  constructor(identity: SoftwareIdentity | null) {
    const uid = identity?.uid ?? process.getuid?.() ?? 0;
    if (uid === 0) throw new SlapgridError('software-as-root');
    this.identity = identity;
  }

  /**
   * Runs a program to its end.
   * @throws SlapgridError `cancelled` when `signal` aborts, `unsupported-system` when the program does not exist.
   */
  async run(command: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    const child = this.#start(command, options);
    // A program that ends without reading its input is told by its exit status.
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    const [ended, output] = await Promise.all([outcomeOf(child, options.signal), textOf(child.stdout)]);
    return { ...ended, output };
  }

  /** Like {@link run}; an exit status other than 0 is an error. */
  async runWell(command: readonly string[], options: RunOptions = {}): Promise<string> {
    const { code, output, errors } = await this.run(command, options);
    if (code !== 0) throw commandFailure(command, errors);
    return output;
  }

  /**
   * Runs `producer | through | consumer`; when `through` throws, both programs are ended.
   * @returns how the programs ended, and what broke the flow between them.
   * @throws SlapgridError `cancelled`
   */
  async pipe(
    producer: readonly string[],
    through: (source: AsyncIterable<Buffer>) => AsyncIterable<Buffer>,
    consumer: readonly string[],
    options: Pick<RunOptions, 'signal'> = {},
  ): Promise<{ producer: Ended; consumer: Ended; failure: unknown }> {
    const first = this.#start(producer, options);
    const second = this.#start(consumer, options);
    first.stdin.end();
    second.stdout.resume();
    const flow = pipeline(first.stdout, through, second.stdin).catch((error: unknown) => {
      terminate(first);
      terminate(second);
      return error;
    });
    const [one, two, failure] = await Promise.all([
      outcomeOf(first, options.signal),
      outcomeOf(second, options.signal),
      flow,
    ]);
    return { producer: one, consumer: two, failure };
  }

  /**
   * Feeds what `source` makes to a program.
   * @throws SlapgridError when it ends badly, as {@link runWell}.
   */
  async feed(
    source: Iterable<Buffer>,
    command: readonly string[],
    options: Pick<RunOptions, 'signal'> = {},
  ): Promise<void> {
    const child = this.#start(command, options);
    child.stdout.resume();
    // A program that stops reading says why on its way out; the broken pipe is only the consequence.
    const flow = pipeline(source, child.stdin).catch(() => undefined);
    const [{ code, errors }] = await Promise.all([outcomeOf(child, options.signal), flow]);
    if (code !== 0) throw commandFailure(command, errors);
  }

  /** Replaces a file whole or not at all; durable when it returns. The content never appears in an argument. */
  async writeFile(file: string, content: string, mode: '600' | '644'): Promise<void> {
    const aside = path.join(path.dirname(file), `.partial-${path.basename(file)}`);
    const script = 'umask 077 && cat > "$1" && chmod "$4" "$1" && sync "$1" && mv -fT "$1" "$2" && sync "$3"';
    await this.runWell(['sh', '-c', script, 'sh', aside, file, path.dirname(file), mode], {
      input: content,
    });
  }

  async makeFolders(mode: '700' | '755', ...folders: readonly string[]): Promise<void> {
    // With -p the mode holds for the last folder only, so each is named, parents first.
    await this.runWell(['mkdir', '-p', '-m', mode, '--', ...folders]);
  }

  /** Removes files and folders; read-only folders (never the shared files in them) are made writable for it. */
  async remove(...targets: readonly string[]): Promise<void> {
    if (targets.length === 0) return;
    await this.run([
      'find',
      ...targets,
      '-type',
      'd',
      '!',
      '-perm',
      '-u=wx',
      '-exec',
      'chmod',
      'u+wx',
      '{}',
      '+',
    ]);
    await this.runWell(['rm', '-rf', '--', ...targets]);
  }

  /** Makes what was written to the file system of `folder` durable. */
  async flush(folder: string): Promise<void> {
    await this.runWell(['sync', '--file-system', folder]);
  }

  #start(command: readonly string[], options: RunOptions): Running {
    if (options.signal?.aborted === true) throw new SlapgridError('cancelled');
    const as =
      this.identity === null
        ? []
        : ['--reuid', String(this.identity.uid), '--regid', String(this.identity.gid), '--clear-groups'];
    return spawn('setpriv', [...as, '--no-new-privs', '--pdeathsig', 'KILL', '--', ...command], {
      env: { ...ENVIRONMENT, ...options.environment },
      cwd: options.folder ?? '/',
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
    });
  }
}

/** The text of a small file, or undefined. Follows no link and waits for no FIFO, whoever made them. */
export async function readPlainFile(file: string, longest = 64 * 1024 * 1024): Promise<string | undefined> {
  const content = await openPlainFile(file);
  if (content === undefined) return undefined;
  try {
    if ((await content.stat()).size > longest) return undefined;
    return await content.readFile('utf8');
  } finally {
    await content.close();
  }
}

/** Opens a regular file for reading, or undefined when there is none. */
export async function openPlainFile(file: string): Promise<Awaited<ReturnType<typeof open>> | undefined> {
  try {
    const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    if ((await handle.stat()).isFile()) return handle;
    await handle.close();
    return undefined;
  } catch (error) {
    if (['ENOENT', 'ELOOP', 'ENOTDIR', 'ENXIO'].includes(systemErrorCode(error) ?? '')) return undefined;
    throw error;
  }
}

/** Whether `folder` is a folder itself, not a link to one. */
export async function isFolder(folder: string): Promise<boolean> {
  try {
    return (await lstat(folder)).isDirectory();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')) return false;
    throw error;
  }
}

/** An error for a program that ended badly: `no-space` where it says so, else `software-command` with its own words. */
export function commandFailure(command: readonly string[], errors: string): SlapgridError {
  if (saysNoSpace(errors)) return noSpace();
  return new SlapgridError('software-command', {
    program: command[0] ?? '',
    // What comes after is the consequence: “exiting with failure status due to previous errors”.
    detail: errors.trim().split('\n')[0] ?? '',
  });
}

/** The C library's words for ENOSPC and EDQUOT, and tar's for a write that ended in the middle. */
export function saysNoSpace(errors: string): boolean {
  return /No space left on device|Disk quota exceeded|Wrote only \d+ of \d+ bytes/.test(errors);
}

/** @param bytes how much is needed and how much there is, where that is known before it is tried. */
export function noSpace(bytes?: { needed: number; free: number }): SlapgridError {
  const megabytes = (value: number | undefined): number => Math.ceil((value ?? 0) / 1_000_000);
  return new SlapgridError('no-space', {
    known: bytes === undefined ? 'no' : 'yes',
    needed: megabytes(bytes?.needed),
    free: megabytes(bytes?.free),
  });
}

async function outcomeOf(child: ChildProcess, signal: AbortSignal | undefined): Promise<Ended> {
  let errors = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors = `${errors}${text}`.slice(-LONGEST_ERRORS);
  });
  const stop = (): void => terminate(child);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (status, name) => resolve(status ?? 128 + signalNumber(name)));
    });
    if (signal?.aborted === true) throw new SlapgridError('cancelled');
    return { code, errors };
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT')
      throw new SlapgridError('unsupported-system', { missing: 'setpriv' }, { cause: error });
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

async function textOf(stream: Readable): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of stream) {
    if (!Buffer.isBuffer(part)) continue;
    length += part.length;
    if (length <= LONGEST_OUTPUT) parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** Asks the group to end, and makes it end. */
function terminate(child: ChildProcess): void {
  const group = child.pid;
  if (group === undefined || child.exitCode !== null || child.signalCode !== null) return;
  signalGroup(group, 'SIGTERM');
  const timer = setTimeout(() => signalGroup(group, 'SIGKILL'), GRACE_MS);
  child.once('close', () => clearTimeout(timer));
}

function signalGroup(group: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-group, signal);
  } catch (error) {
    if (systemErrorCode(error) !== 'ESRCH') throw error;
  }
}

function signalNumber(name: NodeJS.Signals | null): number {
  return name === null ? 0 : systemConstants.signals[name];
}
