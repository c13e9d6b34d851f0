/**
 * What a partition uses, in words.
 */
import type { UsageRecord } from '../../agent/api/contract.ts';
import { text } from '../messages.ts';
import { bytesText } from './amounts.ts';

const few = new Intl.NumberFormat('en', { maximumFractionDigits: 2 });
const several = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });

/** `0.26`: processors that are busy. */
export function cpusText(cpu: number): string {
  const value = Math.max(0, cpu);
  return (value < 10 ? few : several).format(value);
}

/** `84 MB`; `unknown` for what was never measured. */
export function bytesOrUnknown(bytes: number | null): string {
  return bytes === null ? text('page.unknown-value') : bytesText(bytes);
}

/** Of all partitions together; the disk is unknown until it is known of each of them. */
export function totalOf(usage: UsageRecord): { cpu: number; memoryBytes: number; diskBytes: number | null } {
  const all = Object.values(usage);
  return {
    cpu: all.reduce((sum, { cpu }) => sum + cpu, 0),
    memoryBytes: all.reduce((sum, { memoryBytes }) => sum + memoryBytes, 0),
    diskBytes: all.reduce<number | null>(
      (sum, { diskBytes }) => (sum === null || diskBytes === null ? null : sum + diskBytes),
      0,
    ),
  };
}
