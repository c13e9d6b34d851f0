/**
 * Descriptors that the agent's own launcher left open (a terminal of an editor leaks its sockets, for one). Node marks only
 * the first of them close-on-exec, so that the rest would reach every program the agent starts.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { systemErrorCode } from '../errors.ts';

const CLOSE_ON_EXEC = 0o2000000;

/** Numbers above 2 that a child process of this one would inherit. */
export function inheritableDescriptors(): number[] {
  const inheritable: number[] = [];
  for (const name of readdirSync('/proc/self/fd')) {
    if (Number(name) <= 2) continue;
    try {
      const flags = /^flags:\s*([0-7]+)/mu.exec(readFileSync(`/proc/self/fdinfo/${name}`, 'latin1'))?.[1];
      if (flags !== undefined && (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0)
        inheritable.push(Number(name));
    } catch (error) {
      // The descriptor that listed the folder is closed by now.
      if (systemErrorCode(error) !== 'ENOENT') throw error;
    }
  }
  return inheritable;
}
