/** A door started as a shim would: the listening socket is descriptor 3, and a shell is its parent. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { PARENT } from '../../../agent/sandbox/launch.ts';
import { isRoot, kill, sandbox, type TestPartition } from './partition.ts';

export type TestDoor = { port: number; pid: number; killParent(): Promise<void>; close(): Promise<void> };

/** @param inside port of the service in the partition. */
export async function openDoor(partition: TestPartition, inside: number): Promise<TestDoor> {
  const { identity, holder } = partition;
  const plan = sandbox.planDoor(identity, holder, inside);
  const ids = ['--reuid', String(identity.uid), '--regid', String(identity.gid), '--clear-groups', '--'];
  const command = isRoot ? ['/usr/bin/setpriv', ...ids, ...plan.argv] : plan.argv;

  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  const descriptor: unknown = Reflect.get(Object(Reflect.get(server, '_handle')), 'fd');
  if (typeof descriptor !== 'number') throw new Error('no descriptor');
  const shell = spawn('/bin/sh', ['-c', `${PARENT}=$$ "$@" & echo $!; wait`, 'sh', ...command], {
    stdio: ['ignore', 'pipe', 'inherit', descriptor],
  });
  server.close();
  if (shell.stdout === null) throw new Error('no output');
  const [said]: Buffer[] = await once(shell.stdout, 'data');
  const pid = Number(said?.toString());

  return {
    port: address.port,
    pid,
    killParent: () => kill(shell),
    // The door dies with its parent.
    close: () => kill(shell),
  };
}
