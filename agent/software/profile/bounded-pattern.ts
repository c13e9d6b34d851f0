/**
 * Regular expressions written by strangers. One that backtracks for ever would stop the agent, so each match has a time
 * limit; what takes longer does not match.
 */
import vm from 'node:vm';

const LONGEST_MILLISECONDS = 100;
const MATCH = new vm.Script('new RegExp(source, flags).test(value)');
let context: vm.Context | undefined;

/** What ajv needs of a regular expression. `toString` tells one from another: ajv shares those that print alike. */
export type BoundedPattern = { test(value: string): boolean; toString(): string };

export function boundedPattern(source: string, flags: string): BoundedPattern {
  return {
    test(value) {
      context ??= vm.createContext(Object.create(null));
      Object.assign(context, { source, flags, value });
      try {
        return MATCH.runInContext(context, { timeout: LONGEST_MILLISECONDS }) === true;
      } catch {
        return false;
      }
    },
    toString: () => String(new RegExp(source, flags)),
  };
}
