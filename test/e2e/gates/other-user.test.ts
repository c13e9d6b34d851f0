import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ask, codeOf, exchange, signIn } from './ask.ts';
import { startStandInAgent, type StandInAgent } from './stand-in-agent.ts';

const run = promisify(execFile);

let agent: StandInAgent;

beforeEach(async () => {
  agent = await startStandInAgent();
});
afterEach(() => agent.close());

const owner = process.getuid?.() ?? 0;
/** Only root can be somebody else. */
const strangers = owner === 0 ? [1, 65_534] : [];

/** A program of the user `uid`; bash needs nothing but itself to speak TCP. */
function as(uid: number, script: string): [string, string[]] {
  if (uid === owner) return ['/bin/bash', ['-c', script]];
  const user = String(uid);
  return ['setpriv', ['--reuid', user, '--regid', user, '--clear-groups', '/bin/bash', '-c', script]];
}

/** What the page's server answers to a program of the user `uid` that knows everything that is to be known. */
async function answerTo(uid: number, head: string, body = ''): Promise<string> {
  const { port } = agent.page;
  const lines = [head, `Host: 127.0.0.1:${port}`, 'Connection: close', 'Content-Type: application/json'];
  const request = [...lines, `Content-Length: ${body.length}`, '', body].join('\\r\\n');
  const script = `exec 3<>/dev/tcp/127.0.0.1/${port}; printf '${request}' >&3; cat <&3`;
  return (await run(...as(uid, script))).stdout;
}

it.each([[owner, 200], ...strangers.map((uid) => [uid, 403])])(
  'a process of the user %i that has the token of a session is answered with %i',
  async (uid, status) => {
    const token = await signIn(agent.origin, agent.page.createLink().url);
    const answer = await answerTo(uid, `GET /trpc/state HTTP/1.1\\r\\nAuthorization: Bearer ${token}`);
    expect(answer).toContain(`HTTP/1.1 ${status} `);
    expect(answer.includes('slappart0')).toBe(status === 200);
  },
);

it.each(strangers)('the user %i cannot use a link, nor use it up', async (uid) => {
  const code = codeOf(agent.page.createLink().url);
  const answer = await answerTo(uid, 'POST /link HTTP/1.1', JSON.stringify({ code }));
  expect(answer).toContain('other-user');
  expect((await exchange(agent.origin, code)).status).toBe(200);
});

it.each(strangers)('the user %i cannot keep the owner out by holding connections', async (uid) => {
  const { port } = agent.page;
  const script = `ulimit -n 1024; for n in {1..900}; do exec {fd}<>/dev/tcp/127.0.0.1/${port}; done; echo held; read`;
  const holder = spawn(...as(uid, script), { stdio: ['pipe', 'pipe', 'ignore'] });
  await once(holder.stdout, 'data');
  const status = async (): Promise<number> =>
    (await ask({ origin: agent.origin }).catch(() => null))?.status ?? 0;
  await expect.poll(status, { timeout: 10_000 }).toBe(200);
  holder.stdin.end();
  await once(holder, 'close');
});
