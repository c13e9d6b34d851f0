/** Units that inherit a listening socket made by the supervisor. */
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import path from 'node:path';
import process from 'node:process';
import { onTestFinished, expect, test } from 'vitest';
import { eventually } from './eventually.ts';
import { descriptorsOf, killAll, meaningful, processesNaming, treeOf } from './processes.ts';
import { direct, workshop } from './workshop.ts';

const HOST = '127.0.93.7';

/**
 * Serves the socket it inherits as descriptor 3 once the file named by its argument is there. What it inherits does not wait. In Perl,
 * which every user may run wherever the project lies.
 */
const SERVER = `
select(undef, undef, undef, 0.005) until -e $ARGV[0];
open(S, '+<&=3');
while (1) {
  vec($r = '', 3, 1) = 1;
  select($r, undef, undef, undef);
  accept(C, S) or next;
  syswrite(C, 'served');
  close(C);
}
`;

function door(go: string): ReturnType<typeof direct> {
  return direct('/usr/bin/perl', '-e', SERVER, go);
}

/** A port of {@link HOST} that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, HOST);
  await once(server, 'listening');
  const { port } = addressOf(server.address());
  server.close();
  await once(server, 'close');
  return port;
}

function addressOf(address: AddressInfo | string | null): AddressInfo {
  if (address === null || typeof address === 'string') throw new Error('no address');
  return address;
}

async function answerOf(port: number): Promise<string> {
  const socket = connect(port, HOST).setEncoding('utf8');
  let answer = '';
  for await (const part of socket) answer += String(part);
  return answer;
}

test('a connection made before the payload accepts is kept for it', async () => {
  const place = workshop();
  const go = path.join(place.data, 'go');
  const port = await freePort();
  const status = await place
    .supervisor()
    .ensure(place.unit('door', door(go), { listen: { host: HOST, port } }));
  expect(status.state).toBe('running');
  const answer = answerOf(port);
  writeFileSync(go, '');
  expect(await answer).toBe('served');
});

test('what it accepts sends small answers at once', async () => {
  const place = workshop();
  const port = await freePort();
  // Waits for a connection, as what it inherits does not, and answers with the option's value there.
  const program = `use Socket qw(:all); open(S, '+<&=3'); vec($r = '', 3, 1) = 1; select($r, undef, undef, undef); accept(C, S);
    syswrite(C, unpack('i', getsockopt(C, IPPROTO_TCP, TCP_NODELAY)));`;
  await place
    .supervisor()
    .ensure(place.unit('door', direct('/usr/bin/perl', '-e', program), { listen: { host: HOST, port } }));
  expect(Number(await answerOf(port))).toBeGreaterThan(0);
});

test('only the payload holds the socket: neither the agent nor the shim', async () => {
  const place = workshop();
  const port = await freePort();
  const spec = place.unit('door', door(path.join(place.data, 'go')), { listen: { host: HOST, port } });
  const status = await place.supervisor().ensure(spec);
  if (status.state !== 'running') throw new Error(status.state);
  const held = await eventually(() => meaningful(descriptorsOf(status.payloadPid))[3]);
  expect(held).toMatch(/^socket:/u);
  await eventually(() => !Object.values(descriptorsOf(status.shimPid)).includes(held));
  await eventually(() => !Object.values(descriptorsOf(process.pid)).includes(held));
});

test('it answers again after a new start at the same address', async () => {
  const place = workshop();
  const go = path.join(place.data, 'go');
  writeFileSync(go, '');
  const port = await freePort();
  const supervisor = place.supervisor();
  const listen = { host: HOST, port };
  for (const configuration of ['one', 'two']) {
    await supervisor.ensure(place.unit('door', door(go), { listen, configuration }));
    expect(await answerOf(port)).toBe('served');
  }
  await supervisor.stop('slappart0/door');
  await expect(answerOf(port)).rejects.toThrow('ECONNREFUSED');
});

test('another address means another start', async () => {
  const place = workshop();
  const go = path.join(place.data, 'go');
  writeFileSync(go, '');
  const supervisor = place.supervisor();
  const first = { host: HOST, port: await freePort() };
  await supervisor.ensure(place.unit('door', door(go), { listen: first }));
  const second = { host: HOST, port: await freePort() };
  await supervisor.ensure(place.unit('door', door(go), { listen: second }));
  expect(await answerOf(second.port)).toBe('served');
});

test.each([HOST, '0.0.0.0'])(
  'an address that is taken by a listener on %s is told with its holder',
  async (host) => {
    const place = workshop();
    const server = createServer().listen(0, host);
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = addressOf(server.address());
    const supervisor = place.supervisor();
    const ensured = supervisor.ensure(
      place.unit('door', direct('/bin/sleep', 'infinity'), { listen: { host: HOST, port } }),
    );
    const program = path.basename(process.execPath);
    await expect(ensured).rejects.toMatchObject({
      code: 'address-taken',
      parameters: { address: HOST, port, holder: `${program} (process ${process.pid})` },
    });
    expect(supervisor.status('slappart0/door')?.state).toBe('stopped');
    expect(processesNaming(place.shim)).toEqual([]);
  },
);

test('an address that this computer does not have is told', async () => {
  const place = workshop();
  // For documentation only (RFC 5737).
  const listen = { host: '192.0.2.1', port: 8080 };
  const ensured = place.supervisor().ensure(place.unit('door', direct('/bin/sleep', 'infinity'), { listen }));
  await expect(ensured).rejects.toMatchObject({ code: 'address-unusable' });
});

test('SIGKILL of its shim ends it', async () => {
  const place = workshop();
  const port = await freePort();
  const supervisor = place.supervisor();
  const spec = place.unit('door', direct('/bin/sleep', 'infinity'), { listen: { host: HOST, port } });
  const status = await supervisor.ensure(spec);
  if (status.state !== 'running') throw new Error(status.state);
  expect(treeOf(status.shimPid)).toContain(status.payloadPid);
  killAll([status.shimPid]);
  await eventually(() => supervisor.status('slappart0/door')?.state === 'stopped');
  await expect(answerOf(port)).rejects.toThrow('ECONNREFUSED');
});
