/**
 * From the text of a `software.yaml` to a profile: YAML 1.2, core schema, without tags and without anchors (a document
 * cannot grow when it is read, and says each thing where it stands). Errors name line and field.
 */
import { isMap, isScalar, LineCounter, parseDocument, Scalar, visit, type Document } from 'yaml';
import { SlapgridError } from '../../errors.ts';
import { checkProfile } from './check.ts';
import { defaultWords, problemsOfIssue, problemText, type ProfileProblem } from './problem.ts';
import { profileSchema, RESERVED_KEYS, type Profile } from './schema.ts';

/** Longest document, in bytes of UTF-8. It is read at one go, and a hostile one of this size takes about a second. */
export const LONGEST_DOCUMENT = 262_144;

/** Of that many problems the first in the document is found; looking up the lines of more takes too long. */
const MOST_PLACED = 100;

/** A problem as it is shown. */
type PlacedProblem = { line: number; field: string; problem: string };

/**
 * The profile that `text` describes. `url` is for the error only.
 * @throws SlapgridError `profile-invalid` with `line`, `field`, `problem`: the first one in the document.
 */
export function parseProfile(text: string, url: string): Profile {
  try {
    return readDocument(text, url);
  } catch (error) {
    // The YAML reader calls itself for each level.
    if (!(error instanceof RangeError)) throw error;
    throw invalid(url, [{ line: 1, field: DOCUMENT, problem: problemText('too-deep') }], error);
  }
}

const DOCUMENT = 'software.yaml';

function readDocument(text: string, url: string): Profile {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    version: '1.2',
    schema: 'core',
    strict: true,
    // The reader compares each key with each other; strangeNodes does it in one pass.
    uniqueKeys: false,
    stringKeys: true,
    resolveKnownTags: false,
    prettyErrors: false,
    logLevel: 'error',
    lineCounter: lines,
  });
  const lineAt = (offset: number): number => Math.max(1, lines.linePos(offset).line);

  const broken = [...document.errors, ...document.warnings].map(({ pos, message }) => ({
    line: lineAt(pos[0]),
    field: DOCUMENT,
    problem: problemText('yaml', { message }),
  }));
  if (broken.length > 0) throw invalid(url, broken);
  const strange = strangeNodes(document).map(({ offset, key, name }) => ({
    line: lineAt(offset),
    field: DOCUMENT,
    problem: problemText(key, { name }),
  }));
  if (strange.length > 0) throw invalid(url, strange);

  const place = (problem: ProfileProblem): PlacedProblem => ({
    line: lineOf(document, problem, lineAt),
    field: problem.path.length === 0 ? DOCUMENT : problem.path.join('.'),
    problem: problem.words,
  });
  const parsed = profileSchema.safeParse(document.toJS({ maxAliasCount: 0 }), { error: defaultWords });
  if (!parsed.success) {
    const problems = parsed.error.issues.flatMap((issue) => problemsOfIssue(issue, RESERVED_KEYS));
    throw invalid(url, problems.slice(0, MOST_PLACED).map(place));
  }
  const problems = checkProfile(parsed.data);
  if (problems.length > 0) throw invalid(url, problems.slice(0, MOST_PLACED).map(place));
  return parsed.data;
}

function invalid(url: string, problems: readonly PlacedProblem[], cause?: unknown): SlapgridError {
  const [first] = [...problems].sort((left, right) => left.line - right.line);
  return new SlapgridError('profile-invalid', { url, ...first, line: String(first?.line ?? 1) }, { cause });
}

/** What YAML has and a profile does not use. */
function strangeNodes(document: Document.Parsed): { offset: number; key: string; name: string }[] {
  const found: { offset: number; key: string; name: string }[] = [];
  const report = (node: { range?: readonly number[] | null }, key: string, name = ''): void => {
    found.push({ offset: node.range?.[0] ?? 0, key, name });
  };
  if (document.directives.yaml.version !== '1.2') report({}, 'yaml-version');
  visit(document, {
    Alias(_key, node) {
      report(node, 'yaml-anchor');
    },
    Node(_key, node) {
      if ('anchor' in node && node.anchor !== undefined) report(node, 'yaml-anchor');
      if (node.tag !== undefined) report(node, 'yaml-tag');
      if (!isMap(node)) return;
      const names = new Set<unknown>();
      for (const { key } of node.items) {
        if (!isScalar(key)) continue;
        // An object would take it for its prototype.
        if (key.value === '__proto__') report(key, 'unknown-key');
        if (names.has(key.value)) report(key, 'twice', String(key.value));
        names.add(key.value);
      }
    },
  });
  return found;
}

/** The line of a problem's field, or of the nearest thing around it that exists. */
function lineOf(document: Document, problem: ProfileProblem, lineAt: (offset: number) => number): number {
  if (problem.atKey === true) {
    const parent: unknown =
      problem.path.length === 1 ? document.contents : document.getIn(problem.path.slice(0, -1), true);
    const key = isMap(parent)
      ? parent.items.find((pair) => isScalar(pair.key) && pair.key.value === problem.path.at(-1))?.key
      : undefined;
    if (isScalar(key) && key.range) return lineAt(key.range[0]);
  }
  for (let length = problem.path.length; length >= 0; length -= 1) {
    const node: unknown =
      length === 0 ? document.contents : document.getIn(problem.path.slice(0, length), true);
    const range = rangeOf(node);
    if (range === undefined) continue;
    const line = lineAt(range[0]);
    if (length < problem.path.length || problem.offset === undefined || !isScalar(node)) return line;
    // Inside a block of text the lines are those of the text; the block begins below its `|`.
    if (node.type !== Scalar.BLOCK_LITERAL) return line;
    const before = String(node.value).slice(0, problem.offset);
    return line + before.split('\n').length;
  }
  return 1;
}

function rangeOf(node: unknown): readonly [number, number, number] | undefined {
  if (typeof node !== 'object' || node === null || !('range' in node) || !Array.isArray(node.range)) {
    return undefined;
  }
  const [start, valueEnd, nodeEnd]: unknown[] = node.range;
  return typeof start === 'number' && typeof valueEnd === 'number' && typeof nodeEnd === 'number'
    ? [start, valueEnd, nodeEnd]
    : undefined;
}
