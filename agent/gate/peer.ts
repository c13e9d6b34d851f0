/**
 * Who is at the other end of a loopback TCP connection. A capability that leaked is worth nothing to another user of this
 * computer, because the kernel says which user made each socket.
 */
import { BlockList, isIPv4, type Socket } from 'node:net';
import process from 'node:process';
import { SocketDiag } from './socket-diag.ts';
import { findConnection, plainAddress } from './socket-table.ts';

const kernel = new SocketDiag();

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

function isLoopback(address: string): boolean {
  const plain = plainAddress(address);
  return loopback.check(plain, isIPv4(plain) ? 'ipv4' : 'ipv6');
}

/**
 * The uid of the process at the other end of `socket`, a TCP connection over loopback accepted here.
 * @returns null when there is none any more, or the connection is not of this computer.
 */
export async function peerUid(socket: Socket): Promise<number | null> {
  const { remoteAddress, remotePort, localAddress, localPort } = socket;
  if (remoteAddress === undefined || remotePort === undefined) return null;
  if (localAddress === undefined || localPort === undefined) return null;
  if (!isLoopback(remoteAddress) || !isLoopback(localAddress)) return null;
  const peer = { address: plainAddress(remoteAddress), port: remotePort };
  const here = { address: plainAddress(localAddress), port: localPort };
  const asked = await kernel.find(peer, here);
  const found = asked === undefined ? await findConnection(peer, here) : asked;
  // An orphan or a connection in TIME_WAIT has inode 0 and is shown with uid 0, whoever made it: that proves nothing.
  return found === null || found.inode === '0' ? null : found.uid;
}

/** Whether the other end of `socket` is a process of the user this process runs as. */
export async function peerIsOwner(socket: Socket): Promise<boolean> {
  const uid = await peerUid(socket);
  return uid !== null && uid === process.getuid?.();
}
