/**
 * Writes JSON as Python does: pure ASCII, floats with a decimal point.
 */
import { Float, isDictionary, SlapObject, type SlapValue, Tuple } from '../marshal/values.ts';
import { compareCodePoints } from '../order.ts';
import { pythonFloat, pythonString } from '../python.ts';

export type JsonStyle = {
  /** Between items, and after a key. */
  comma: string;
  colon: string;
  /** By code point; otherwise keys stay in their order. */
  sorted: boolean;
};

/** `json.dumps` without options: the JSON-RPC family (§11.1). */
export const SPACED: JsonStyle = { comma: ', ', colon: ': ', sorted: false };
/** What Flask answers: the hateoas family (§10.1). */
export const COMPACT: JsonStyle = { comma: ',', colon: ':', sorted: true };

/** What marshal has and JSON has not becomes the nearest: a tuple or a set a list, an infinite number null. */
export function writeJson(value: SlapValue, style: JsonStyle): string {
  switch (typeof value) {
    case 'string':
      return writeText(value);
    case 'boolean':
      return String(value);
    case 'bigint':
      return value.toString();
    case 'number':
      return Number.isInteger(value) ? BigInt(value).toString() : writeFloat(value);
    default:
      return value === null ? 'null' : writeContainer(value, style);
  }
}

function writeFloat(value: number): string {
  return Number.isFinite(value) ? pythonFloat(value) : 'null';
}

function writeContainer(
  value: Exclude<SlapValue, string | boolean | bigint | number | null>,
  style: JsonStyle,
): string {
  if (value instanceof Float) return writeFloat(value.value);
  if (value instanceof Tuple) return writeList(value.items, style);
  if (Array.isArray(value)) return writeList(value, style);
  if (value instanceof Set) return writeList([...value], style);
  if (value instanceof Map) {
    return writeRecord(
      [...value].map(([key, item]): [string, SlapValue] => [pythonString(key), item]),
      style,
    );
  }
  if (value instanceof SlapObject || !isDictionary(value)) return writeText(pythonString(value));
  return writeRecord(Object.entries(value), style);
}

function writeList(items: readonly SlapValue[], style: JsonStyle): string {
  return `[${items.map((item) => writeJson(item, style)).join(style.comma)}]`;
}

function writeRecord(entries: [string, SlapValue][], style: JsonStyle): string {
  if (style.sorted) entries.sort(([one], [other]) => compareCodePoints(one, other));
  const pairs = entries.map(([key, item]) => writeText(key) + style.colon + writeJson(item, style));
  return `{${pairs.join(style.comma)}}`;
}

function writeText(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\u007F-\uFFFF]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
