import process from 'node:process';
import { expect, it } from 'vitest';
import { bytesIn, networkBytes } from '../../../agent/usage/network-meter.ts';

const HEAD = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
`;

it('counts what crosses the loopback once, and of other interfaces what comes in and what goes out', () => {
  const lo =
    '    lo:  1000      10    0    0    0     0          0         0     1000      10    0    0    0     0       0          0\n';
  const tap =
    '  tap0:200       3    0    0    0     0          0         0       30       1    0    0    0     0       0          0\n';
  expect(bytesIn(HEAD + lo)).toBe(1000);
  expect(bytesIn(HEAD + lo + tap)).toBe(1230);
});

it('knows nothing where there is no interface, and of what is gone', () => {
  expect(bytesIn(HEAD)).toBeNull();
  expect(networkBytes(2 ** 22 + 1)).toBeNull();
});

it('reads the table of a process', () => {
  expect(networkBytes(process.pid)).not.toBeNaN();
});
