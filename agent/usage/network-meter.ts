/**
 * Bytes in and out of a partition, from the kernel's table of its network (`/proc/PID/net/dev`): one small file, which costs nobody
 * anything until it is read.
 *
 * What comes through a door crosses the loopback inside, once, whichever way: what that received is in and out. What its services
 * say to each other over the loopback cannot be told from it and counts as well; what goes through a Unix socket is not seen. Of any
 * other interface, what was received and what was sent counts.
 */
import { kernelText } from '../kernel-text.ts';

/** @param holder pid of a process that is in the network. null: it is gone, or not for us to see. */
export function networkBytes(holder: number): number | null {
  const text = kernelText(`/proc/${holder}/net/dev`);
  return text === null ? null : bytesIn(text);
}

/** The sum over the interfaces of such a table; proc_pid_net(5). */
export function bytesIn(table: string): number | null {
  let sum: number | null = null;
  for (const line of table.split('\n')) {
    const colon = line.indexOf(':');
    if (colon === -1) continue;
    const fields = line
      .slice(colon + 1)
      .trim()
      .split(/\s+/)
      .map(Number);
    const [received = Number.NaN] = fields;
    const sent = line.slice(0, colon).trim() === 'lo' ? 0 : (fields[8] ?? Number.NaN);
    if (Number.isFinite(received + sent)) sum = (sum ?? 0) + received + sent;
  }
  return sum;
}
