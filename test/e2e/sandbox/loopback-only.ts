/** Started in a network namespace with `lo` alone: names the interfaces, opens a door, and says what answers there. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { openDoor } from './door.ts';
import { openPartition, sandbox, until } from './partition.ts';

const PORT = 8080;
const SERVER = `use Socket; socket(S, AF_INET, SOCK_STREAM, 0); bind(S, pack_sockaddr_in(${PORT}, inet_aton("127.0.0.1")));
  listen(S, 5); $| = 1; print "ready\\n"; while (accept(C, S)) { syswrite(C, "answer"); close(C) }`;

const interfaces = readFileSync('/proc/self/net/dev', 'utf8').split('\n').slice(2);
for (const line of interfaces.filter(Boolean)) console.log(line.split(':')[0]?.trim());

const partition = await openPartition();
const { lines } = await partition.start(sandbox.plan(partition.spec(['/usr/bin/perl', '-e', SERVER])));
await until(() => (lines().includes('ready') ? true : null));
const door = await openDoor(partition, PORT);
const socket = connect(door.port, '127.0.0.1');
const [answer]: Buffer[] = await once(socket, 'data');
console.log(answer?.toString());
socket.destroy();
await door.close();
await partition.close();
