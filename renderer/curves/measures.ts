/**
 * The three things that are measured, and how each is said and drawn.
 */
import type { Usage } from '../../agent/api/contract.ts';
import { bytesText } from '../words/amounts.ts';
import { bytesOrUnknown, cpusText } from '../words/usage.ts';
import type { Point } from './geometry.ts';
import type { UsageSample } from './recorder.ts';

export type MeasureName = 'cpu' | 'memory' | 'disk';

export type Measure = {
  value: (usage: Pick<Usage, 'cpu' | 'memoryBytes' | 'diskBytes'>) => number | null;
  /** The value of now, as words. */
  figure: (usage: Usage) => string;
  /** Any value, as words. */
  format: (value: number) => string;
  /** The lowest upper end of an axis: noise should not look like work. */
  least: number;
};

const MEGABYTE = 1_000_000;

/** A known zero is in the unit of what it is compared with. */
function megabytesText(bytes: number): string {
  return bytes === 0 ? `0\u00a0MB` : bytesText(bytes);
}

export const MEASURES: Readonly<Record<MeasureName, Measure>> = {
  cpu: {
    value: ({ cpu }) => cpu,
    figure: ({ cpu }) => cpusText(cpu),
    format: cpusText,
    least: 0.1,
  },
  memory: {
    value: ({ memoryBytes }) => memoryBytes,
    figure: ({ memoryBytes }) => megabytesText(memoryBytes),
    format: megabytesText,
    least: 10 * MEGABYTE,
  },
  disk: {
    value: ({ diskBytes }) => diskBytes,
    figure: ({ diskBytes }) => (diskBytes === null ? bytesOrUnknown(null) : megabytesText(diskBytes)),
    format: megabytesText,
    least: 10 * MEGABYTE,
  },
};

export function pointsOf(samples: readonly UsageSample[], name: MeasureName): Point[] {
  const { value } = MEASURES[name];
  return samples.map((sample) => ({ at: sample.at, value: value(sample) }));
}
