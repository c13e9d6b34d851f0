/**
 * Python's spelling of values: the protocol turns values into text with `str()` (§4), and answers contain `repr()` (§6.2).
 */
import { Float, SlapObject, type SlapValue, Tuple } from './marshal/values.ts';

/** Shortest text that reads back as the same float: `1.0`, `1e+16`, `1e-05`, `inf`, `nan`. */
export function pythonFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  // JavaScript finds the same digits; only where it changes to the scientific notation differs.
  const [mantissa = '', exponentText = '0'] = Math.abs(value).toExponential().split('e');
  const digits = mantissa.replace('.', '');
  const exponent = Number(exponentText);
  const sign = value < 0 ? '-' : '';
  if (exponent < -4 || exponent >= 16) {
    const fraction = digits.length > 1 ? `.${digits.slice(1)}` : '';
    const power = String(Math.abs(exponent)).padStart(2, '0');
    return `${sign}${digits[0]}${fraction}e${exponent < 0 ? '-' : '+'}${power}`;
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`;
}

/** What Python does not print as it is: controls, separators but the space, surrogates, unassigned code points. */
const UNPRINTABLE = /[\p{C}\p{Z}]/u;
const NAMED_ESCAPES: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\\': '\\\\',
};

function pythonText(value: string): string {
  const quote = value.includes("'") && !value.includes('"') ? '"' : "'";
  let text = quote;
  for (const character of value) text += escaped(character, quote);
  return text + quote;
}

function escaped(character: string, quote: string): string {
  const named = NAMED_ESCAPES[character];
  if (named !== undefined) return named;
  if (character === quote) return `\\${quote}`;
  if (character === ' ' || !UNPRINTABLE.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, '0')}`;
  if (code < 0x1_0000) return `\\u${code.toString(16).padStart(4, '0')}`;
  return `\\U${code.toString(16).padStart(8, '0')}`;
}

/** Python's `repr()` of a value. */
export function pythonRepr(value: SlapValue): string {
  if (value === null) return 'None';
  switch (typeof value) {
    case 'boolean':
      return value ? 'True' : 'False';
    case 'number':
      return Number.isInteger(value) ? BigInt(value).toString() : pythonFloat(value);
    case 'bigint':
      return value.toString();
    case 'string':
      return pythonText(value);
    default:
      return reprOfContainer(value);
  }
}

function reprOfContainer(value: Exclude<SlapValue, string | number | bigint | boolean | null>): string {
  if (value instanceof Float) return pythonFloat(value.value);
  if (value instanceof Tuple) {
    const items = value.items.map(pythonRepr).join(', ');
    return value.items.length === 1 ? `(${items},)` : `(${items})`;
  }
  if (Array.isArray(value)) return `[${value.map(pythonRepr).join(', ')}]`;
  if (value instanceof Set) {
    return value.size === 0 ? 'set()' : `{${[...value].map(pythonRepr).join(', ')}}`;
  }
  if (value instanceof SlapObject) return `<${value.className}>`;
  const entries: Iterable<readonly [SlapValue, SlapValue]> =
    value instanceof Map ? value : Object.entries(value);
  return `{${[...entries].map(([key, item]) => `${pythonRepr(key)}: ${pythonRepr(item)}`).join(', ')}}`;
}

/** Python's `str()` of a value: a text is itself. */
export function pythonString(value: SlapValue): string {
  return typeof value === 'string' ? value : pythonRepr(value);
}
