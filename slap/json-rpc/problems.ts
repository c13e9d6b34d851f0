/**
 * What is wrong with a body or an answer, in the words of Python's `jsonschema` (§11.1): its best match is the problem nearest to the
 * root, the first of several there.
 */
import type { z } from 'zod';
import { isDictionary, type SlapValue } from '../marshal/values.ts';
import { compareCodePoints } from '../order.ts';
import { pythonRepr } from '../python.ts';

type Issue = z.core.$ZodIssue;
type Problem = { depth: number; rank: number; words: string };

/** @param value what was validated. */
export function bestProblem(error: z.ZodError, value: SlapValue): string {
  const problems = error.issues.map((issue) => problemOf(issue, value));
  problems.sort((one, other) => one.depth - other.depth || one.rank - other.rank);
  return problems[0]?.words ?? 'invalid';
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'string',
  boolean: 'boolean',
  array: 'array',
  object: 'object',
  record: 'object',
  int: 'integer',
  number: 'number',
};

function problemOf(issue: Issue, root: SlapValue): Problem {
  const depth = issue.path.length;
  const value = valueAt(root, issue.path);
  if (value === undefined) {
    // What is missing is a problem of what it is missing in.
    const key = String(issue.path.at(-1) ?? '');
    return { depth: depth - 1, rank: 0, words: `${pythonRepr(key)} is a required property` };
  }
  const rank = 2;
  switch (issue.code) {
    case 'unrecognized_keys':
      return { depth, rank: 1, words: additional(issue.keys) };
    case 'invalid_value':
      return { depth, rank, words: `${pythonRepr(value)} is not one of ${options(issue.values)}` };
    case 'too_big':
      return { depth, rank, words: `${pythonRepr(value)} is too long` };
    case 'invalid_type':
      return { depth, rank, words: wrongType(value, TYPES[issue.expected] ?? issue.expected) };
    case 'custom':
      return { depth, rank, words: wrongType(value, String(issue.params?.['type'] ?? 'object')) };
    default:
      return { depth, rank, words: `${pythonRepr(value)} is not valid under any of the given schemas` };
  }
}

function wrongType(value: SlapValue, type: string): string {
  return `${pythonRepr(value)} is not of type ${pythonRepr(type)}`;
}

function additional(keys: readonly string[]): string {
  const names = keys.toSorted(compareCodePoints).map((key) => pythonRepr(key));
  const were = names.length === 1 ? 'was' : 'were';
  return `Additional properties are not allowed (${names.join(', ')} ${were} unexpected)`;
}

function options(values: readonly unknown[]): string {
  return `[${values.map((value) => pythonRepr(String(value))).join(', ')}]`;
}

/** undefined for what is not there. */
function valueAt(root: SlapValue, path: readonly PropertyKey[]): SlapValue | undefined {
  let value: SlapValue | undefined = root;
  for (const key of path) {
    if (Array.isArray(value)) value = value[Number(key)];
    else if (isDictionary(value) && Object.hasOwn(value, key)) value = value[String(key)];
    else return undefined;
  }
  return value;
}
