/**
 * What is wrong with a field, in the words that stand under it.
 */
import { text } from '../messages.ts';
import { isEmpty, isLeftOut, type Field, type FieldValue } from './fields.ts';
import { isCheap } from './pattern-cost.ts';
import { patternProblem, readPattern, type PatternProblem } from './pattern-words.ts';

/** How a private key in PEM begins (RFC 7468); pasted into one line it still does. */
const PRIVATE_KEY = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/u;
// oxlint-disable-next-line no-control-regex -- control characters are what is refused
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/u;
/** Marks that turn what follows around: what is shown is not what is meant. */
const TURNING = /[\u202a-\u202e\u2066-\u2069]/u;
/** The agent reads no more than a mebibyte at once. */
const LARGEST_BYTES = 1_000_000;

/** Empty when nothing is. */
export function problemOf(field: Field, value: FieldValue): string {
  const { title } = field;
  if (isEmpty(value) && field.required) return text('page.field.required', { title });
  if (isEmpty(value) && isLeftOut(field, value)) return '';
  if (bytesOf(value) > LARGEST_BYTES) return text('page.field.huge', { title });
  if (!isKeptSecret(field) && holdsPrivateKey(value)) return text('page.field.private-key', { title });
  switch (field.kind) {
    case 'text':
      return textProblem(field, String(value));
    case 'number':
      return numberProblem(field, Number(value));
    case 'list':
      return listProblem(field, Array.isArray(value) ? value : []);
    case 'json':
      return isJson(String(value)) ? '' : text('page.field.json', { title });
    default:
      return '';
  }
}

/** The limits of a number as the line above its field: `From 16 to 2,048 MB`. Empty when it has none. */
export function rangeText(field: Extract<Field, { kind: 'number' }>): string {
  const { minimum, maximum } = field;
  const unit = unitText(field);
  if (minimum !== null && maximum !== null) return text('page.field.range', { minimum, maximum, unit });
  if (minimum !== null) return text('page.field.minimum', { minimum, unit });
  if (maximum !== null) return text('page.field.maximum', { maximum, unit });
  return '';
}

function unitText({ unit }: Extract<Field, { kind: 'number' }>): string {
  return unit === '' ? '' : `\u00a0${unit}`;
}

/** Whether what is typed stays dots, here and in every list. */
function isKeptSecret(field: Field): boolean {
  return field.kind === 'text' && field.secret;
}

function holdsPrivateKey(value: FieldValue): boolean {
  return PRIVATE_KEY.test(Array.isArray(value) ? value.join(' ') : String(value));
}

function textProblem(field: Extract<Field, { kind: 'text' }>, value: string): string {
  const { title, minLength, maxLength, pattern } = field;
  // JSON Schema counts code points.
  const { length } = Array.from(value);
  if (minLength !== null && length < minLength) return text('page.field.short', { title, minLength });
  if (maxLength !== null && length > maxLength) return text('page.field.long', { title, maxLength });
  if (CONTROL.test(value)) return text('page.field.control', { title });
  if (!field.multiline && !field.secret && TURNING.test(value)) return text('page.field.turning', { title });
  if (pattern !== null && isCheap(pattern.source, value.length) && !pattern.test(value)) {
    return patternText(title, pattern, value);
  }
  return '';
}

/** What exactly does not fit, where the pattern is one that can be said; else the pattern itself. */
function patternText(title: string, pattern: RegExp, value: string): string {
  const known = readPattern(pattern.source);
  const problem = known === null ? null : patternProblem(known, value);
  if (problem === null) return text('page.field.pattern', { title, pattern: pattern.source });
  switch (problem.kind) {
    case 'taken':
      return text(problem.begins ? 'page.field.taken.begins' : 'page.field.taken', {
        title,
        word: problem.word,
      });
    case 'first':
      return text('page.field.first', { title, allowed: oneOfText(problem.allowed) });
    case 'character':
      return text('page.field.character', {
        title,
        character: characterText(problem.character),
        allowed: allowedText(problem.allowed),
      });
    case 'short':
      return text('page.field.short', { title, minLength: problem.least });
    default:
      return text('page.field.long', { title, maxLength: problem.most });
  }
}

type Ranges = Extract<PatternProblem, { kind: 'first' }>['allowed'];

/** `lower-case letters, digits and “_”` */
function allowedText(ranges: Ranges): string {
  return new Intl.ListFormat('en', { type: 'conjunction' }).format(
    ranges.map((range) => rangeWords(range, 'many')),
  );
}

/** `a lower-case letter, a digit or “_”` */
function oneOfText(ranges: Ranges): string {
  return new Intl.ListFormat('en', { type: 'disjunction' }).format(
    ranges.map((range) => rangeWords(range, 'one')),
  );
}

function rangeWords({ from, to }: Ranges[number], amount: 'one' | 'many'): string {
  switch (`${from}-${to}`) {
    case 'a-z':
      return text('page.field.letters.lower', { amount });
    case 'A-Z':
      return text('page.field.letters.upper', { amount });
    case '0-9':
      return text('page.field.digits', { amount });
    default: {
      const [first, last] = [characterText(from), characterText(to)];
      return from === to ? first : text('page.field.from-to', { first, last });
    }
  }
}

function characterText(character: string): string {
  return character === ' ' ? text('page.field.space') : text('page.field.quoted', { character });
}

function numberProblem(field: Extract<Field, { kind: 'number' }>, value: number): string {
  const { title, minimum, maximum, multipleOf } = field;
  const unit = unitText(field);
  if (Number.isNaN(value)) return text('page.field.number', { title });
  const low = minimum !== null && value < minimum;
  const high = maximum !== null && value > maximum;
  if ((low || high) && minimum !== null && maximum !== null) {
    return text('page.field.outside.between', { title, minimum, maximum, unit });
  }
  if (low) return text('page.field.outside.minimum', { title, minimum, unit });
  if (high) return text('page.field.outside.maximum', { title, maximum, unit });
  if (!isExact(field, value)) return text('page.field.large', { title });
  if (field.integer && !Number.isInteger(value)) return text('page.field.integer', { title });
  if (multipleOf !== null && !Number.isInteger(value / multipleOf)) {
    return text('page.field.multiple', { title, multipleOf });
  }
  return '';
}

function listProblem(field: Extract<Field, { kind: 'list' }>, value: readonly string[]): string {
  const { title, minItems, maxItems, unique } = field;
  if (value.some((item) => CONTROL.test(item) || /[\r\n]/u.test(item))) {
    return text('page.field.control', { title });
  }
  if (value.some((item) => TURNING.test(item))) return text('page.field.turning', { title });
  if (field.numbers && value.some((item) => Number.isNaN(Number(item)))) {
    return text('page.field.numbers', { title });
  }
  if (value.length < minItems) return text('page.field.few', { title, minItems });
  if (maxItems !== null && value.length > maxItems) return text('page.field.many', { title, maxItems });
  if (unique && new Set(value).size < value.length) return text('page.field.unique', { title });
  return '';
}

/** A whole number beyond what JSON keeps would become another one. */
function isExact({ integer }: Extract<Field, { kind: 'number' }>, value: number): boolean {
  return integer ? Math.abs(value) <= Number.MAX_SAFE_INTEGER : Number.isFinite(value);
}

function bytesOf(value: FieldValue): number {
  const length = Array.isArray(value)
    ? value.reduce((sum, item) => sum + item.length, 0)
    : String(value).length;
  // A character takes six bytes at most, as a control character does in JSON.
  return length * 6 < LARGEST_BYTES ? 0 : new TextEncoder().encode(JSON.stringify(value)).length;
}

function isJson(value: string): boolean {
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false;
  }
}
