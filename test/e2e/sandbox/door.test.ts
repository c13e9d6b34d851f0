/** Addresses: the way from the host to a service, and no way from one partition to another. */
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDoor } from './door.ts';
import { isRoot, openPartition, sandbox, type TestPartition, until } from './partition.ts';

const PORT = 8080;
const server = (says: string): string[] => [
  '/usr/bin/perl',
  '-e',
  `use Socket; socket(S, AF_INET, SOCK_STREAM, 0); setsockopt(S, SOL_SOCKET, SO_REUSEADDR, 1);
   bind(S, pack_sockaddr_in(${PORT}, inet_aton("127.0.0.1"))) or die "bind: $!"; listen(S, 5); $| = 1; print "ready\\n";
   while (accept(C, S)) { syswrite(C, "${says}"); close(C) }`,
];
const client = (host: string, port: number): string[] => [
  '/usr/bin/perl',
  '-e',
  `use Socket; socket(S, AF_INET, SOCK_STREAM, 0);
   connect(S, pack_sockaddr_in(${port}, inet_aton("${host}"))) or print "refused: $!"; print <S>;`,
];

let one: TestPartition;
let two: TestPartition;
let doorOfOne: Awaited<ReturnType<typeof openDoor>>;
beforeAll(async () => {
  one = await openPartition();
  two = await openPartition();
  for (const [partition, says] of [
    [one, 'first'],
    [two, 'second'],
  ] as const) {
    const { lines } = await partition.start(sandbox.plan(partition.spec(server(says))));
    await until(() => (lines().includes('ready') ? true : null));
  }
  doorOfOne = await openDoor(one, PORT);
});
afterAll(async () => {
  await doorOfOne.close();
  await one.close();
  await two.close();
});

it('a door leads from an address of the host to the service', async () => {
  expect(await receive(doorOfOne.port)).toBe('first');
  expect(await two.outside(...client('127.0.0.1', doorOfOne.port))).toBe('first');
});

it('two services have the same port, each in its own network', async () => {
  expect(await one.inside(...client('127.0.0.1', PORT))).toBe('first');
  expect(await two.inside(...client('127.0.0.1', PORT))).toBe('second');
});

it('a partition reaches neither the door nor the service of another', async () => {
  expect(await two.inside(...client('127.0.0.1', doorOfOne.port))).toBe('refused: Connection refused');
  expect(await two.inside(...client('127.0.0.2', doorOfOne.port))).toBe('refused: Connection refused');
});

it('a payload finds no listening socket of the host to take', async () => {
  const script =
    'for p in /proc/[0-9]*; do cat $p/comm; ls -l $p/fd | grep -o "socket:.*"; done; cat /proc/net/tcp';
  const seen = await one.inside('/bin/sh', '-c', script);
  expect(seen).not.toContain('socket-proxyd');
  const hexadecimal = (port: number): string => port.toString(16).toUpperCase().padStart(4, '0');
  expect(seen).toContain(`0100007F:${hexadecimal(PORT)}`);
  expect(seen).not.toContain(`:${hexadecimal(doorOfOne.port)}`);
  // Outside, the same table shows it.
  const printed = `:${hexadecimal(doorOfOne.port)} `;
  expect(await one.outside('/bin/grep', printed, '/proc/net/tcp')).toContain(printed);
});

it('a door is the partition’s user, without capabilities and without a way to new ones', async () => {
  const status = await readFile(`/proc/${doorOfOne.pid}/status`, 'utf8');
  const { uid, gid } = one.identity;
  expect(/^Uid:\s+(.*)$/m.exec(status)?.[1]?.split(/\s+/).map(Number)).toEqual([uid, uid, uid, uid]);
  expect(/^Gid:\s+(.*)$/m.exec(status)?.[1]?.split(/\s+/).map(Number)).toEqual([gid, gid, gid, gid]);
  expect(status).toMatch(/^CapPrm:\s+0+$/m);
  expect(status).toMatch(/^CapEff:\s+0+$/m);
  expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
});

it('a door works where there is no interface but loopback', async () => {
  const scenario = fileURLToPath(new URL('loopback-only.ts', import.meta.url));
  // The host's side is a network namespace of its own, with `lo` up and nothing else.
  const own = isRoot ? ['--cap-add', 'ALL'] : ['--unshare-user'];
  const words = [...own, '--unshare-net', '--dev-bind', '/', '/', '--', process.execPath, scenario];
  const child = spawn('/usr/bin/bwrap', words, { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const status = await new Promise((resolve) => {
    child.once('close', resolve);
  });
  expect(status).toBe(0);
  expect(said.trim().split('\n')).toEqual(['lo', 'answer']);
});

it('a door goes with the process that started it', async () => {
  const door = await openDoor(one, PORT);
  expect(await receive(door.port)).toBe('first');
  await door.killParent();
  await until(() =>
    receive(door.port).then(
      () => null,
      () => true,
    ),
  );
  await door.close();
});

function receive(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = '';
    const socket = connect(port, '127.0.0.1');
    socket.on('data', (chunk) => {
      said += chunk.toString();
    });
    socket.once('error', reject);
    socket.once('end', () => resolve(said));
  });
}
