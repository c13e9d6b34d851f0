/** Started in a made-up home: opens a partition with the way out that is asked for, and says whom it reaches. */
import process from 'node:process';
import { egressSchema } from '../../../agent/api/contract-lending.ts';
import { hostNetworks, wayFor } from '../../../agent/sandbox/egress.ts';
import { perl } from './attack.ts';
import { openPartition } from './partition.ts';

const egress = egressSchema.parse(process.argv[2]);
const way = wayFor(egress, { networks: hostNetworks().networks, resolvers: ['192.168.77.1'] });
const partition = await openPartition(way);

const TCP =
  'use Socket; $SIG{ALRM} = sub { print "silence"; exit }; alarm 2; socket(S, AF_INET, SOCK_STREAM, 0); DEVICE connect(S, pack_sockaddr_in(80, inet_aton($ARGV[0]))) or do { print "refused: $!"; exit }; print <S>;';
const UDP =
  'use Socket; $SIG{ALRM} = sub { print "silence"; exit }; alarm 2; socket(S, AF_INET, SOCK_DGRAM, 0); DEVICE send(S, "x", 0, pack_sockaddr_in(53, inet_aton($ARGV[0]))) or do { print "refused: $!"; exit }; recv(S, my $b, 100, 0); print $b;';
/** SO_BINDTODEVICE, which the kernel grants to everybody. */
const DEVICE = 'setsockopt(S, SOL_SOCKET, 25, "out\\0") or print "no device ";';

const ADDRESSES = [
  '203.0.113.10',
  '192.168.77.1',
  '192.168.77.5',
  '192.168.77.2',
  '10.1.1.1',
  '169.254.169.254',
  '127.0.0.1',
  '192.0.0.1',
  '192.0.0.5',
];

async function reached(program: string, address: string): Promise<string> {
  return partition.inside(...perl(program), address);
}

const answers: Record<string, string> = {};
await Promise.all(
  ADDRESSES.flatMap((address) =>
    (
      [
        ['tcp', TCP.replace('DEVICE', '')],
        ['udp', UDP.replace('DEVICE', '')],
        ['tcp-device', TCP.replace('DEVICE', DEVICE)],
        ['udp-device', UDP.replace('DEVICE', DEVICE)],
      ] as const
    ).map(async ([name, program]) => {
      answers[`${name} ${address}`] = await reached(program, address);
    }),
  ),
);
answers['resolvers'] = await partition.inside('/bin/cat', '/etc/resolv.conf');
answers['routes'] = await partition.inside(
  ...perl('open(R, "<", "/proc/net/route"); print join(" ", map { (split)[0] } <R>)'),
);
answers['privileges'] = await partition.inside('/bin/sh', '-c', 'grep CapEff /proc/self/status');
answers['changed'] = await partition.inside('/usr/sbin/ip', 'route', 'del', 'default');
console.log(JSON.stringify(answers));
await partition.close();
