/**
 * Writes the marshal format (§3.1), byte for byte as Python's `xml_marshaller` does.
 */
import { compareCodePoints } from '../order.ts';
import { pythonFloat, pythonRepr, pythonString } from '../python.ts';
import { isXmlText, MAXIMUM_DEPTH } from '../xml.ts';
import {
  Float,
  isDictionary,
  SLAP_MODULE,
  SlapObject,
  type SlapDictionary,
  type SlapValue,
  Tuple,
} from './values.ts';

/** @throws RangeError for what the format cannot carry: a character outside of XML, a container in itself, too much depth. */
export function writeMarshal(value: SlapValue, limits: { maximumDepth?: number } = {}): string {
  return `<marshal>${new Writer(limits.maximumDepth ?? MAXIMUM_DEPTH).value(value, 0)}</marshal>`;
}

/** From here on Python's package writes `long`. */
const FIRST_LONG = 10n ** 24n;

class Writer {
  /** Number of every container written so far; the same one again becomes a reference. */
  readonly #numbers = new Map<object, number>();
  readonly #maximumDepth: number;
  #last = 1;

  constructor(maximumDepth: number) {
    this.#maximumDepth = maximumDepth;
  }

  value(value: SlapValue, depth: number): string {
    switch (typeof value) {
      case 'string':
        return writeText(value);
      case 'boolean':
        return value ? '<bool>1</bool>' : '<bool>0</bool>';
      case 'number':
        return Number.isInteger(value) ? writeInteger(BigInt(value)) : `<float>${pythonFloat(value)}</float>`;
      case 'bigint':
        return writeInteger(value);
      default:
        if (value === null) return '<none/>';
        if (value instanceof Float) return `<float>${pythonFloat(value.value)}</float>`;
        return this.#container(value, depth + 1);
    }
  }

  #container(
    value: Exclude<SlapValue, string | boolean | number | bigint | Float | null>,
    depth: number,
  ): string {
    if (depth > this.#maximumDepth) throw new RangeError('too deep to be written');
    if (value instanceof Tuple) return element('tuple', '', this.#items(value.items, depth));
    const known = this.#numbers.get(value);
    if (known !== undefined) return `<reference id="i${known}"/>`;
    this.#last += 1;
    this.#numbers.set(value, this.#last);
    const id = ` id="i${this.#last}"`;
    if (Array.isArray(value)) return element('list', id, this.#items(value, depth));
    if (value instanceof SlapObject) {
      const args = element('tuple', '', this.#items(value.args, depth));
      const state = this.#container(value.state, depth + 1);
      return `<object${id} module="${SLAP_MODULE}" class="${value.className}">${args}${state}</object>`;
    }
    if (value instanceof Set) return element('set', id, this.#items([...value], depth));
    if (value instanceof Map) return element('dictionary', id, this.#map(value, depth));
    return isDictionary(value) ? element('dictionary', id, this.#record(value, depth)) : '';
  }

  #items(items: readonly SlapValue[], depth: number): string {
    let text = '';
    for (const item of items) text += this.value(item, depth);
    return text;
  }

  #record(record: SlapDictionary, depth: number): string {
    let text = '';
    for (const key of Object.keys(record).sort(compareCodePoints)) {
      text += writeText(key) + this.value(record[key] ?? null, depth);
    }
    return text;
  }

  #map(map: ReadonlyMap<SlapValue, SlapValue>, depth: number): string {
    let text = '';
    for (const key of [...map.keys()].sort(orderOf([...map.keys()]))) {
      text += this.value(key, depth) + this.value(map.get(key) ?? null, depth);
    }
    return text;
  }
}

/** Numbers by size, texts by code point; what Python cannot compare goes by its `repr()`. */
function orderOf(keys: readonly SlapValue[]): (one: SlapValue, other: SlapValue) => number {
  if (keys.every(isNumber)) return (one, other) => numberOf(one) - numberOf(other);
  const spelling = keys.every((key) => typeof key === 'string') ? pythonString : pythonRepr;
  return (one, other) => compareCodePoints(spelling(one), spelling(other));
}

/** Python compares integers, floats and truth values with each other. */
function isNumber(value: SlapValue): boolean {
  return (
    typeof value === 'number' ||
    typeof value === 'bigint' ||
    typeof value === 'boolean' ||
    value instanceof Float
  );
}

function numberOf(value: SlapValue): number {
  return value instanceof Float ? value.value : Number(value);
}

function element(name: string, attributes: string, content: string): string {
  return content === '' ? `<${name}${attributes}/>` : `<${name}${attributes}>${content}</${name}>`;
}

function writeInteger(value: bigint): string {
  return value < FIRST_LONG && value > -FIRST_LONG ? `<int>${value}</int>` : `<long>${value}</long>`;
}

const PLAIN = /^[\t\n -%'-;=?-~]*$/;

function writeText(text: string): string {
  return PLAIN.test(text) ? `<string>${text}</string>` : `<string>${escapeTwice(text)}</string>`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;amp;',
  '<': '&amp;lt;',
  '>': '&amp;gt;',
  '\r': '&#13;',
};

/** Once for the value and once for the document (§3.1); what is not ASCII becomes a character reference. */
function escapeTwice(text: string): string {
  if (!isXmlText(text)) throw new RangeError('a character that XML cannot carry');
  // DEL is ASCII and allowed: it stays.
  return text.replaceAll(
    /[&<>\r]|[^\0-\u007F]/gu,
    (character) => ESCAPES[character] ?? `&#${character.codePointAt(0)};`,
  );
}
