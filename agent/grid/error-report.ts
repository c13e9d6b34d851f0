/**
 * What a master is told of an error: the ends of the instance's logs, then the sentence. Masters show the end of it (§18).
 */
import { readdir } from 'node:fs/promises';
import type { PartitionLayout } from '../node/format.ts';
import { readEndInside } from '../sandbox/inside.ts';

/** Of each log; of all together, so many logs. */
const LINES = 20;
const BYTES = 4096;
const LOGS = 8;

export async function withLogEnds(layout: PartitionLayout, sentence: string): Promise<string> {
  const parts: string[] = [];
  for (const name of await logNames(layout)) {
    const end = await endOf(layout, name);
    if (end !== '') parts.push(`${name}:\n${end}`);
  }
  return [...parts, sentence].join('\n\n');
}

async function logNames(layout: PartitionLayout): Promise<string[]> {
  try {
    const names = await readdir(layout.paths.log);
    return names
      .filter((name) => name.endsWith('.log'))
      .sort()
      .slice(0, LOGS);
  } catch {
    // The error matters, not what could be said besides.
    return [];
  }
}

async function endOf(layout: PartitionLayout, name: string): Promise<string> {
  try {
    const bytes = await readEndInside(layout.paths.log, name, BYTES);
    // The limit may have cut a line, and a character.
    const whole = bytes.length === BYTES ? bytes.subarray(bytes.indexOf(0x0a) + 1) : bytes;
    return whole.toString('utf8').trimEnd().split('\n').slice(-LINES).join('\n');
  } catch {
    return '';
  }
}
