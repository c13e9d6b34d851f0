/**
 * Asks the kernel about one TCP socket by its two ends (sock_diag(7)): a tenth of a millisecond, however many sockets there are, where
 * reading its whole table takes at least some.
 *
 * Node has no netlink sockets. A Perl program that needs no module has them, and Debian is never without Perl. It runs only while connections
 * come one after the other. Without it, or when it fails, the table is read (docs/decisions/0047).
 */
import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { isIPv4, Socket } from 'node:net';
import process from 'node:process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { End, SocketRecord } from './socket-table.ts';

/**
 * A question a line: family, ports and addresses of the socket’s own end and of the other. An answer a line: state, both ports, uid,
 * inode; or `none`. Numbers are those of linux/inet_diag.h: NETLINK_SOCK_DIAG 4, SOCK_DIAG_BY_FAMILY 20, NLMSG_ERROR 2, ENOENT 2.
 */
const PROGRAM = `
$| = 1;
socket(my $kernel, 16, 3, 4) or exit 1;
print "ready\\n";
while (defined(my $question = <STDIN>)) {
  my ($family, $local_port, $remote_port, $local, $remote) = split ' ', $question;
  my $request = pack('CCCx L nn a16 a16 LLL', $family, 6, 0, 0xffffffff, $local_port, $remote_port,
    pack('H*', $local), pack('H*', $remote), 0, 0xffffffff, 0xffffffff);
  send($kernel, pack('LSSLL', 16 + length $request, 20, 1, 0, 0) . $request, 0) or exit 1;
  my $sender = recv($kernel, my $answer, 8192, 0);
  defined $sender && unpack('x4 L', $sender) == 0 or exit 1;
  my (undef, $type) = unpack('LS', $answer);
  if ($type == 20) {
    my (undef, $state, undef, undef, @socket) = unpack('CCCC nn x16 x16 LLLLLLLL', substr($answer, 16));
    print "$state $socket[0] $socket[1] $socket[8] $socket[9]\\n";
  } elsif ($type == 2 && unpack('l', substr($answer, 16)) == -2) {
    print "none\\n";
  } else {
    exit 1;
  }
}
`;

const ANSWER = /^(\d+) (\d+) (\d+) (\d+) (\d+)$/u;
const LISTENING = 10;

/** Questions that come closer than this are worth a program. */
const OFTEN_MILLISECONDS = 1000;
/** So long without an answer: it hangs if there was a question, and is needed no more if there was none. */
const SILENCE_MILLISECONDS = 2000;
const USELESS_MILLISECONDS = 60_000;

type Found = SocketOwner | null | undefined;
/** What is worth knowing of a socket. */
export type SocketOwner = Pick<SocketRecord, 'uid' | 'inode'>;

type Question = { local: End; remote: End; resolve: (found: Found) => void };
type Program = ChildProcessByStdio<Writable, Readable, null>;

export class SocketDiag {
  readonly #perl: string;
  readonly #silenceMilliseconds: number;
  #program: Program | null = null;
  #isReady = false;
  /** Until when it is not tried again, because it could not do it. */
  #uselessUntil = -Infinity;
  #askedAt = -Infinity;
  /** In the order in which they were asked, which is that of the answers. */
  readonly #questions: Question[] = [];
  #silence: NodeJS.Timeout | null = null;

  constructor(options: { perl?: string; silenceMilliseconds?: number } = {}) {
    this.#perl = options.perl ?? '/usr/bin/perl';
    this.#silenceMilliseconds = options.silenceMilliseconds ?? SILENCE_MILLISECONDS;
  }

  /** The process that asks the kernel; null while there is none. */
  get pid(): number | null {
    return this.#program?.pid ?? null;
  }

  /**
   * The socket whose own end is `local` and whose other end is `remote`.
   * @returns null when there is none, undefined when it cannot be asked now: look into the table instead.
   */
  async find(local: End, remote: End): Promise<Found> {
    const program = this.#readyProgram();
    if (program === null) return undefined;
    const { promise, resolve } = Promise.withResolvers<Found>();
    if (this.#questions.length === 0) this.#silence?.refresh();
    this.#questions.push({ local, remote, resolve });
    const isFour = isIPv4(local.address);
    const words = [isFour ? 2 : 10, local.port, remote.port, hex(local.address), hex(remote.address)];
    // Connections that come together are asked about together.
    if (!program.stdin.writableCorked) {
      program.stdin.cork();
      process.nextTick(() => program.stdin.uncork());
    }
    program.stdin.write(`${words.join(' ')}\n`);
    return promise;
  }

  #readyProgram(): Program | null {
    const now = performance.now();
    const isOften = now - this.#askedAt < OFTEN_MILLISECONDS;
    this.#askedAt = now;
    if (this.#program === null && isOften && now >= this.#uselessUntil) {
      try {
        this.#start();
      } catch {
        // No memory, no descriptor.
        this.#rest();
      }
    }
    return this.#isReady ? this.#program : null;
  }

  #start(): void {
    // Nothing of the environment: it could make Perl load something else.
    const program = spawn(this.#perl, ['-e', PROGRAM], {
      cwd: '/',
      env: {},
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const fail = (): void => this.#fail(program);
    program.once('error', fail);
    program.once('exit', fail);
    program.stdin.on('error', fail);
    createInterface(program.stdout).on('line', (line) => this.#hear(program, line));
    this.#program = program;
    this.#silence = setTimeout(() => this.#endSilence(program), this.#silenceMilliseconds);
    // Whoever waits for an answer has a connection that keeps this process going.
    this.#silence.unref();
    program.unref();
    for (const stream of [program.stdin, program.stdout]) {
      if (stream instanceof Socket) stream.unref();
    }
  }

  #hear(program: Program, line: string): void {
    if (program !== this.#program) return;
    this.#silence?.refresh();
    if (!this.#isReady) {
      this.#isReady = true;
      return;
    }
    const question = this.#questions.shift();
    const found = question === undefined ? undefined : answerTo(question, line);
    question?.resolve(found);
    if (found === undefined) this.#fail(program);
  }

  #endSilence(program: Program): void {
    if (this.#questions.length > 0 || !this.#isReady) this.#fail(program);
    else this.#end(program);
  }

  #fail(program: Program): void {
    if (program !== this.#program) return;
    this.#rest();
    this.#end(program);
    for (const { resolve } of this.#questions.splice(0)) resolve(undefined);
  }

  #rest(): void {
    this.#uselessUntil = performance.now() + USELESS_MILLISECONDS;
  }

  #end(program: Program): void {
    this.#program = null;
    this.#isReady = false;
    if (this.#silence !== null) clearTimeout(this.#silence);
    program.kill('SIGKILL');
  }
}

/** undefined for what is no answer to that. */
function answerTo({ local, remote }: Question, line: string): Found {
  if (line === 'none') return null;
  const numbers = ANSWER.exec(line)?.slice(1).map(Number);
  if (numbers === undefined) return undefined;
  const [state, localPort, remotePort, uid = -1, inode] = numbers;
  // Where no such connection is, the kernel may show who listens on that port.
  if (state === LISTENING) return null;
  if (localPort !== local.port || remotePort !== remote.port) return undefined;
  return { uid, inode: String(inode) };
}

/** In network order, 4 or 16 bytes. */
function hex(address: string): string {
  if (!isIPv4(address)) return `${'0'.repeat(31)}${address === '::1' ? 1 : 0}`;
  return Buffer.from(address.split('.').map(Number)).toString('hex');
}
