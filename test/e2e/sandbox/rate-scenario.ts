/** Started in a made-up home: what a partition with a way out can send to this computer, and get from it, at a rate. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import process from 'node:process';
import { hostNetworks, wayFor } from '../../../agent/sandbox/egress.ts';
import { perl } from './attack.ts';
import { openPartition, sandbox } from './partition.ts';

const HOST = '192.168.77.2';
const BYTES = Number(process.argv[2]);
const RATE = Number(process.argv[3]);

const way = wayFor('everything', { networks: hostNetworks().networks, resolvers: [] });
const partition = await openPartition(way);

/** Seconds between the first and the last byte here. */
async function tookIn(server: Server): Promise<number> {
  let [began, ended] = [0, 0];
  server.on('connection', (socket) => {
    socket.on('error', () => undefined);
    socket.on('data', () => {
      ended = performance.now();
      began ||= ended;
    });
  });
  await partition.inside(
    ...perl(
      `use Socket; socket(S, AF_INET, SOCK_STREAM, 0); connect(S, pack_sockaddr_in(8001, inet_aton("${HOST}"))) or die "$!";
       my $left = ${BYTES}; while ($left > 0) { $left -= syswrite(S, "x" x 16384) } shutdown(S, 1); <S>`,
    ),
  );
  return (ended - began) / 1000;
}

/** Seconds, as a program of the partition sees it. */
function tookOut(): Promise<string> {
  return partition.inside(
    ...perl(
      `use Socket; use Time::HiRes "time"; socket(S, AF_INET, SOCK_STREAM, 0); connect(S, pack_sockaddr_in(8002, inet_aton("${HOST}"))) or die "$!";
       my ($sum, $began, $n, $b) = (0); while ($n = sysread(S, $b, 65536)) { $began ||= time; $sum += $n } print $sum == ${BYTES} ? time - $began : "only $sum"`,
    ),
  );
}

async function listening(server: Server, port: number): Promise<Server> {
  server.listen(port, HOST);
  await once(server, 'listening');
  return server;
}

const sink = await listening(createServer(), 8001);
const source = await listening(
  createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end(Buffer.alloc(BYTES));
  }),
  8002,
);
await sandbox.limitRate(partition.identity, partition.holder, RATE);
const out = await tookIn(sink);
const back = Number(await tookOut());
const changed = await partition.inside('/usr/sbin/tc', 'qdisc', 'del', 'dev', 'out', 'root');
await sandbox.limitRate(partition.identity, partition.holder, null);
console.log(JSON.stringify({ out, back, changed, free: Number(await tookOut()) }));
sink.close();
source.close();
await partition.close();
