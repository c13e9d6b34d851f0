/**
 * What can be wrong with a profile, in words: `software.problem.<key>` in the catalogue, and where it is.
 */
import type { z } from 'zod';
import { text, type MessageParameters } from '../../messages.ts';

/** The sentence fragment of a problem: `must be a number between 1024 and 65535`. */
export function problemText(key: string, parameters: MessageParameters = {}): string {
  return text(`software.problem.${key}`, parameters);
}

/** For zod's checks: the problem's own words in place of zod's. */
export function problem(key: string, parameters: MessageParameters = {}): { error: () => string } {
  return { error: () => problemText(key, parameters) };
}

/** A problem and the field it is in. */
export type ProfileProblem = {
  readonly path: readonly (string | number)[];
  /** Fragment that follows the field's name. */
  readonly words: string;
  /** Where in the field's text it is, when the field is text of several lines; UTF-16 code units. */
  readonly offset?: number;
  /** True: the problem is the key at the end of `path`, not its value. */
  readonly atKey?: boolean;
};

const KINDS: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'number',
  int: 'whole-number',
  boolean: 'boolean',
  array: 'list',
  object: 'mapping',
  record: 'mapping',
};

function list(values: readonly unknown[]): string {
  return values.map(String).join(', ');
}

/** zod's issue as problems of fields, in the catalogue's words where zod's schema has none of its own. */
export function problemsOfIssue(issue: z.core.$ZodIssue, reserved: ReadonlySet<string>): ProfileProblem[] {
  const path = issue.path.map((step) => (typeof step === 'symbol' ? String(step) : step));
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        path: [...path, key],
        words: problemText(reserved.has(key) ? 'reserved-key' : 'unknown-key'),
        atKey: true,
      }));
    case 'invalid_key':
      return issue.issues.map((inner) => ({ path, words: inner.message, atKey: true }));
    case 'invalid_type':
    case 'invalid_union':
    case 'invalid_value':
    case 'too_big':
    case 'too_small':
    case 'invalid_format':
    case 'not_multiple_of':
    case 'invalid_element':
    case 'custom':
      return [{ path, words: issue.message }];
    default:
      return issue satisfies never;
  }
}

/** The kinds a value may be of, and the one it says it is. */
function unionWords(issue: z.core.$ZodRawIssue): string {
  const { discriminator, options, input } = issue;
  const isNamed =
    typeof discriminator === 'string' &&
    typeof input === 'object' &&
    input !== null &&
    Object.hasOwn(input, discriminator);
  return isNamed && Array.isArray(options)
    ? problemText('choice', { choices: list(options) })
    : problemText('missing');
}

/** Words for what a schema says nothing of its own about; zod asks for them while it parses. */
export function defaultWords(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined
        ? problemText('missing')
        : problemText(KINDS[issue.expected] ?? 'kind', { kind: issue.expected });
    case 'invalid_value':
      return issue.input === undefined
        ? problemText('missing')
        : problemText('choice', { choices: list(issue.values) });
    case 'invalid_union':
      return unionWords(issue);
    case 'too_big':
      return problemText('longest', { maximum: String(issue.maximum) });
    case 'too_small':
      return problemText('shortest', { minimum: String(issue.minimum) });
    case 'invalid_format':
      return problemText(issue.format === 'url' ? 'url' : 'form');
    default:
      return undefined;
  }
}
