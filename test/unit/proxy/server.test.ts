import { execFile } from 'node:child_process';
import { connect } from 'node:net';
import process from 'node:process';
import { text as readText } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ProxyServerOptions } from '../../../agent/proxy/server.ts';
import { errorResponse } from '../../../slap/html.ts';
import { type RunningProxy, startProxy } from '../../contract/running-proxy.ts';
import { asking } from './local-master.ts';

const run = promisify(execFile);

let running: RunningProxy;

async function start(options: Partial<ProxyServerOptions> = {}): Promise<void> {
  running = await startProxy(options);
}

beforeEach(() => start());
afterEach(() => running.stop());

/** Everything the server says to these bytes until it closes the connection. */
async function say(text: string): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port: running.server.port });
  socket.on('error', () => {});
  socket.write(text);
  return readText(socket).catch(() => '');
}

function host(): string {
  return `127.0.0.1:${running.server.port}`;
}

function capability(): string {
  return running.capabilities.of({ kind: 'person' });
}

/** A request with what the test is about; `Connection: close` so that the answer has an end. */
function get(path: string, headers: Readonly<Record<string, string>> = {}): string {
  const lines = Object.entries({ Host: host(), Connection: 'close', ...headers }).map(
    ([name, value]) => `${name}: ${value}`,
  );
  return `GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
}

function post(path: string, body: string, headers: Readonly<Record<string, string>> = {}): string {
  const all = {
    Host: host(),
    Connection: 'close',
    'Content-Type': 'application/x-www-form-urlencoded',
    'Content-Length': String(Buffer.byteLength(body)),
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return `POST ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`;
}

function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 0);
}

function bodyOf(answer: string): string {
  return answer.slice(answer.indexOf('\r\n\r\n') + 4);
}

const SUPPLY = 'url=http%3A%2F%2Fe%2F&computer_id=local_computer&state=available';

describe('a capability', () => {
  it('opens the master', async () => {
    const answer = await say(post(`/${capability()}/supplySupply`, SUPPLY));
    expect(statusOf(answer)).toBe(200);
    expect(bodyOf(answer)).toBe("Supplied 'http://e/' to be available");
  });

  it('is long, and recognised by its beginning', () => {
    expect(running.server.url({ kind: 'person' })).toMatch(
      new RegExp(`^http://${host()}/slapcap_[A-Za-z0-9_-]{43}$`),
    );
  });

  it('stays the same until it is rotated, and then opens nothing', async () => {
    const before = capability();
    expect(capability()).toBe(before);
    running.server.rotate();
    expect(statusOf(await say(get(`/${before}/getRunId`)))).toBe(404);
    expect(capability()).not.toBe(before);
    expect(statusOf(await say(get(`/${capability()}/getRunId`)))).toBe(200);
  });

  it('of a partition ends when the partition is freed', async () => {
    running.proxy.loadComputerConfiguration({
      reference: 'local_computer',
      address: '',
      netmask: '',
      partitions: [{ reference: 'slappart0', interfaceName: 'lo', addresses: [] }],
    });
    running.proxy.requestComputerPartition(asking('one'));
    const partition = { computerId: 'local_computer', partitionId: 'slappart0' };
    const secret = running.capabilities.of({ kind: 'partition', ...partition });
    expect(statusOf(await say(get(`/${secret}/getRunId`)))).toBe(200);
    running.proxy.reportInstance(partition, { state: 'destroyed' });
    expect(statusOf(await say(get(`/${secret}/getRunId`)))).toBe(404);
  });

  it.each([
    ['missing', () => '/getRunId'],
    ['missing altogether', () => '/'],
    ['wrong', () => `/slapcap_${'A'.repeat(43)}/getRunId`],
    ['cut off', () => `/${capability().slice(0, -1)}/getRunId`],
    ['too long', () => `/${capability()}A/getRunId`],
    ['in another case', () => `/${capability().toUpperCase()}/getRunId`],
    ['not first', () => `/x/${capability()}/getRunId`],
    ['in the query', () => `/getRunId?${capability()}`],
  ])('that is %s gets the answer of a path that does not exist', async (_what, path) => {
    const answer = await say(get(path()));
    expect(statusOf(answer)).toBe(404);
    expect(bodyOf(answer)).toBe(errorResponse(404).body);
    expect(bodyOf(await say(get(`/${capability()}/nothing`)))).toBe(errorResponse(404).body);
  });
});

describe('whoever is no SLAP client of this user', () => {
  it.each([
    ['another host name', { Host: 'evil.example' }],
    ['another port', { Host: '127.0.0.1:1' }],
    ['localhost, which a name server may redefine', { Host: 'localhost' }],
    ['a page', { Origin: 'http://evil.example' }],
    ['a page without origin', { Origin: 'null' }],
  ])('is refused: %s', async (_what, headers) => {
    const answer = await say(get(`/${capability()}/getRunId`, headers));
    expect(statusOf(answer)).toBe(403);
    expect(answer).not.toContain('slapcap_');
  });

  it('a page of the server’s own origin', async () => {
    const answer = await say(post(`/${capability()}/supplySupply`, SUPPLY, { Origin: `http://${host()}` }));
    expect(statusOf(answer)).toBe(403);
    expect(running.proxy.softwareList('local_computer')).toEqual([]);
  });

  it('another user’s process, which has the capability', async () => {
    const request = get(`/${capability()}/getRunId`);
    // Only root can be somebody else; for others it is decided as it would be then.
    const isRoot = process.getuid?.() === 0;
    if (!isRoot) {
      await running.stop();
      await start({ peerIsOwner: () => Promise.resolve(false) });
    }
    const script = `exec 3<>/dev/tcp/127.0.0.1/${running.server.port}; printf '%b' "$0" >&3; cat <&3`;
    const bash = ['bash', '-c', script, request.replaceAll('\r\n', '\\r\\n')];
    const command = isRoot ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups', ...bash] : bash;
    const [program = '', ...rest] = command;
    const { stdout } = await run(program, rest);
    expect(statusOf(stdout)).toBe(403);
    if (isRoot) expect(statusOf((await run('bash', bash.slice(1))).stdout)).toBe(200);
  });

  it('who holds a connection without asking anything', async () => {
    await running.stop();
    await start({ peerIsOwner: () => Promise.resolve(false) });
    expect(await say('')).toBe('');
  });

  it('somebody on another address of this computer', async () => {
    const socket = connect({ host: '127.0.0.2', port: running.server.port });
    const refusal = await new Promise<Error>((resolve) => {
      socket.once('error', resolve);
    });
    expect(refusal.message).toContain('ECONNREFUSED');
  });
});

describe('what is no sound request', () => {
  const LARGE = 'x'.repeat(1024 * 1024 + 1);

  it('is refused when it says that it is too large', async () => {
    const answer = await say(post(`/${capability()}/supplySupply`, '', { 'Content-Length': '1048577' }));
    expect(statusOf(answer)).toBe(413);
  });

  it('is refused when it is too large', async () => {
    const answer = await say(post(`/${capability()}/supplySupply`, LARGE));
    expect(statusOf(answer)).toBe(413);
    expect(statusOf(await say(get(`/${capability()}/getRunId`)))).toBe(200);
  });

  it('is refused when it is too large and does not say so', async () => {
    const { 'Content-Length': _length, ...headers } = {
      'Content-Length': '',
      'Transfer-Encoding': 'chunked',
    };
    const head = post(`/${capability()}/supplySupply`, '', headers).replace(/Content-Length: 0\r\n/, '');
    const answer = await say(`${head}${LARGE.length.toString(16)}\r\n${LARGE}\r\n0\r\n\r\n`);
    expect(statusOf(answer)).toBe(413);
  });

  it('is refused before its body is read when it has no capability', async () => {
    const answer = await say(post('/supplySupply', '', { 'Content-Length': '1000000' }));
    expect(statusOf(answer)).toBe(404);
  });

  it.each(['application/json', 'text/plain', 'multipart/form-data; boundary=x', ''])(
    'is refused as %j',
    async (type) => {
      const answer = await say(post(`/${capability()}/supplySupply`, SUPPLY, { 'Content-Type': type }));
      expect(statusOf(answer)).toBe(400);
      expect(running.proxy.softwareList('local_computer')).toEqual([]);
    },
  );

  it.each([
    ['no HTTP', '\u0016\u0003\u0001garbage\r\n\r\n'],
    ['no host', 'GET / HTTP/1.1\r\n\r\n'],
    ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
    [
      'both a length and chunks',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    ['an endless head', `GET / HTTP/1.1\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`],
  ])('is refused: %s', async (_what, text) => {
    expect(statusOf(await say(text))).toBeGreaterThanOrEqual(400);
    expect(statusOf(await say(get(`/${capability()}/getRunId`)))).toBe(200);
  });

  it('is refused with the address of another server in it', async () => {
    expect(statusOf(await say(get(`http://evil.example/${capability()}/getRunId`)))).toBe(404);
    expect(statusOf(await say(`CONNECT evil.example:80 HTTP/1.1\r\nHost: ${host()}\r\n\r\n`))).not.toBe(200);
  });

  it('is not waited for when it comes too slowly', async () => {
    await running.stop();
    await start({ timeouts: { head: 100, request: 200, idle: 100 } });
    expect(statusOf(await say('GET / HT'))).toBe(408);
    const slow = post(`/${capability()}/supplySupply`, 'url=', { 'Content-Length': '100' });
    expect(statusOf(await say(slow))).toBe(408);
    expect(running.faults).toEqual([]);
  });

  it('leaves no fault when its client goes away', async () => {
    const socket = connect({ host: '127.0.0.1', port: running.server.port });
    socket.write(post(`/${capability()}/supplySupply`, 'url=', { 'Content-Length': '100' }));
    await new Promise((resolve) => {
      socket.once('connect', resolve);
    });
    socket.destroy();
    expect(statusOf(await say(get(`/${capability()}/getRunId`)))).toBe(200);
    expect(running.faults).toEqual([]);
  });
});

it('answers are for programs: no browser gives them rights, nobody keeps a copy', async () => {
  const answer = await say(get(`/${capability()}/getRunId`));
  for (const header of [
    'cache-control: no-store',
    'x-content-type-options: nosniff',
    "content-security-policy: default-src 'none'; sandbox",
    'referrer-policy: no-referrer',
  ]) {
    expect(answer.toLowerCase()).toContain(header);
  }
});

it('a node is not sent again what it knows of its computer', async () => {
  const path = `/${capability()}/getFullComputerInformation?computer_id=local_computer`;
  const first = await say(get(path));
  const tag = /^etag: (.+)$/im.exec(first)?.[1]?.trim() ?? '';
  expect(tag).toMatch(/^"[\w-]{43}"$/);
  expect(first).toMatch(/^cache-control: private, no-cache\r$/im);
  for (const known of [tag, `W/${tag}`, `"other", ${tag}`]) {
    const again = await say(get(path, { 'If-None-Match': known }));
    expect([statusOf(again), bodyOf(again)]).toEqual([304, '']);
  }
  await say(post(`/${capability()}/supplySupply`, SUPPLY));
  const changed = await say(get(path, { 'If-None-Match': tag }));
  expect(statusOf(changed)).toBe(200);
  expect(bodyOf(changed)).toContain('http://e/');
});

it('one connection serves several calls', async () => {
  const keep = get(`/${capability()}/getRunId`, { Connection: 'keep-alive' });
  const answers = await say(
    `${keep}${post('/wrong', 'x'.repeat(1000), { Connection: 'keep-alive' })}${get(`/${capability()}/getRunId`)}`,
  );
  expect([...answers.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)).toEqual([
    '200',
    '404',
    '200',
  ]);
});

describe('a port that is taken', () => {
  it('is left to who has it, who is named', async () => {
    const port = running.server.port;
    const attempt = startProxy({ port });
    await expect(attempt).rejects.toMatchObject({
      code: 'port-taken',
      message: expect.stringMatching(new RegExp(`^Port ${port} .* \\(process ${process.pid}\\)`)),
    });
    expect(statusOf(await say(get(`/${capability()}/getRunId`)))).toBe(200);
  });
});
