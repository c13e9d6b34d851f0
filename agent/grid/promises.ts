/**
 * Promises: is the instance well? Those on TCP and HTTP need no process.
 */
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect } from 'node:net';
import { text } from '../messages.ts';
import type { Sandbox, SandboxSpec } from '../sandbox/types.ts';
import type { RenderedPromise } from '../software/types.ts';

const MESSAGE_CHARACTERS = 5000;

export type PromiseResult = { kept: boolean; message: string };

export type PromiseContext = {
  /** Pid of the partition's namespace holder: its `/proc` shows what listens inside. */
  holderPid: number;
  sandbox: Sandbox;
  spec(program: { command: readonly string[]; environment: Readonly<Record<string, string>> }): SandboxSpec;
  /** Who the instance is to its master. */
  slap: { computer: string; partition: string };
};

/** One check. Never throws: what goes wrong is the result. */
export async function checkPromise(
  promise: RenderedPromise,
  context: PromiseContext,
): Promise<PromiseResult> {
  const { check } = promise;
  switch (check.kind) {
    case 'tcp':
      return checkTcp(context, check, promise.timeoutSeconds);
    case 'http':
      return checkHttp(check, promise.timeoutSeconds);
    case 'command':
      return checkCommand(context, check, promise.timeoutSeconds);
  }
}

type TcpCheck = Extract<RenderedPromise['check'], { kind: 'tcp' }>;
type HttpCheck = Extract<RenderedPromise['check'], { kind: 'http' }>;

/**
 * A door accepts before its service does, and closes when nobody answers inside. So the service must be seen listening in the
 * partition's own network (`/proc/<holder>/net/tcp`); then a connection through the door must be taken, and answered as promised.
 */
async function checkTcp(
  context: PromiseContext,
  check: TcpCheck,
  timeoutSeconds: number,
): Promise<PromiseResult> {
  const { host, port } = endOf(check.address);
  if (!(await listensInside(context.holderPid, port)))
    return { kept: false, message: text('grid.promise.not-listening', { port }) };
  const expected = Buffer.from(check.exchange?.expect ?? '', 'latin1');
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    let answer = Buffer.alloc(0);
    const end = (kept: boolean): void => {
      socket.destroy();
      resolve({
        kept,
        message: text(kept ? 'grid.promise.answers' : 'grid.promise.no-answer', { host, port }),
      });
    };
    socket.setTimeout(timeoutSeconds * 1000, () => end(false));
    socket.once('error', () => end(false));
    socket.once('close', () => end(false));
    socket.once('connect', () => {
      if (check.exchange === null) end(true);
      else socket.write(Buffer.from(check.exchange.send, 'latin1'));
    });
    socket.on('data', (chunk) => {
      answer = Buffer.concat([answer, chunk]);
      if (answer.length < expected.length) return;
      end(answer.subarray(0, expected.length).equals(expected));
    });
  });
}

/** `host:port` as the renderer writes it. */
function endOf(address: string): { host: string; port: number } {
  const colon = address.lastIndexOf(':');
  return { host: address.slice(0, colon), port: Number(address.slice(colon + 1)) };
}

/** proc_pid_net(5): the tables of the process's network namespace; state 0A is LISTEN. */
async function listensInside(holderPid: number, port: number): Promise<boolean> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  for (const table of ['tcp', 'tcp6']) {
    const lines = await readFile(`/proc/${holderPid}/net/${table}`, 'utf8').catch(() => '');
    const found = lines.split('\n').some((line) => {
      const fields = line.trim().split(/\s+/);
      return fields[3] === '0A' && fields[1]?.endsWith(suffix) === true;
    });
    if (found) return true;
  }
  return false;
}

function checkHttp(check: HttpCheck, timeoutSeconds: number): Promise<PromiseResult> {
  const { host, port } = endOf(check.address);
  const noAnswer = { kept: false, message: text('grid.promise.no-answer', { host, port }) };
  return new Promise((resolve) => {
    const call = request(
      { host, port, path: check.path, agent: false, timeout: timeoutSeconds * 1000 },
      (response) => {
        response.resume();
        const status = response.statusCode ?? 0;
        const kept = status === check.status;
        const message = kept
          ? text('grid.promise.answers', { host, port })
          : text('grid.promise.wrong-status', { status, expected: check.status });
        resolve({ kept, message });
        call.destroy();
      },
    );
    call.once('timeout', () => call.destroy());
    call.once('error', () => resolve(noAnswer));
    call.once('close', () => resolve(noAnswer));
    call.end();
  });
}

async function checkCommand(
  context: PromiseContext,
  check: { command: readonly string[]; environment: Readonly<Record<string, string>> },
  timeoutSeconds: number,
): Promise<PromiseResult> {
  const result = await context.sandbox.run(context.spec(check), { timeoutSeconds });
  if (result.timedOut)
    return { kept: false, message: text('grid.promise.timed-out', { seconds: timeoutSeconds }) };
  return { kept: result.code === 0, message: shortened(result.output.trim()) };
}

/** The last of it (§17.2). */
function shortened(output: string): string {
  return output.length <= MESSAGE_CHARACTERS ? output : `...${output.slice(-MESSAGE_CHARACTERS)}`;
}
