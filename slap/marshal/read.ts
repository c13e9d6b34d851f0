/**
 * Reads the marshal format (§3.2): what Python's `xml_marshaller` writes, from anybody.
 *
 * Stricter than upstream where that only helps an attacker: no document types, limited size and depth, no container that
 * contains itself, and references may not blow a document up (each counts as the text it stands for).
 */
import { MAXIMUM_DOCUMENT, scanXml, XmlError, type XmlHandler } from '../xml.ts';
import {
  Float,
  isDictionary,
  SLAP_CLASSES,
  SLAP_MODULE,
  SlapObject,
  type SlapClass,
  type SlapValue,
  Tuple,
} from './values.ts';

export class MarshalError extends Error {
  constructor(problem: string, options?: { cause?: unknown }) {
    super(problem, options);
    this.name = 'MarshalError';
  }
}

/** @throws MarshalError for anything that is not one sound value. */
export function readMarshal(document: string, limits: { maximumLength?: number } = {}): SlapValue {
  const reader = new Reader(limits.maximumLength ?? MAXIMUM_DOCUMENT);
  try {
    scanXml(document, reader, limits);
  } catch (error) {
    if (error instanceof XmlError) throw new MarshalError(error.message, { cause: error });
    throw error;
  }
  return reader.result();
}

const CONTAINERS = new Set(['marshal', 'tuple', 'list', 'dictionary', 'set', 'object', 'reference']);
const SCALARS = new Set(['none', 'bool', 'int', 'long', 'float', 'string', 'unicode']);

/** A container whose end has not been read. */
type Frame = {
  readonly kind: string;
  readonly attributes: ReadonlyMap<string, string> | null;
  readonly items: SlapValue[];
  readonly start: number;
  /** Characters that references inside stand for, beyond their own. */
  referred: number;
};

type Finished = { value: SlapValue; weight: number };

class Reader implements XmlHandler {
  readonly #maximumWeight: number;
  readonly #frames: Frame[] = [];
  readonly #finished = new Map<string, Finished>();
  /** Kind of the scalar whose text is being read. */
  #scalar: string | null = null;
  #text = '';
  #roots: readonly SlapValue[] = [];

  constructor(maximumWeight: number) {
    this.#maximumWeight = maximumWeight;
  }

  open(name: string, attributes: ReadonlyMap<string, string> | null, position: number): void {
    if (this.#scalar !== null) throw new MarshalError(`${name} inside of ${this.#scalar}`);
    if (SCALARS.has(name)) {
      this.#scalar = name;
      this.#text = '';
      return;
    }
    if (!CONTAINERS.has(name)) throw new MarshalError(`unknown element ${name}`);
    const parent = this.#frames.at(-1);
    if (name === 'marshal' && parent !== undefined) throw new MarshalError('marshal inside of another');
    if (parent?.kind === 'reference') throw new MarshalError('a reference has no content');
    this.#frames.push({ kind: name, attributes, items: [], start: position, referred: 0 });
  }

  text(text: string): void {
    if (this.#scalar === null) {
      if (/\S/.test(text)) throw new MarshalError('text between elements');
      return;
    }
    this.#text = this.#text === '' ? text : this.#text + text;
  }

  close(position: number): void {
    if (this.#scalar !== null) {
      const value = readScalar(this.#scalar, this.#text);
      this.#scalar = null;
      this.#add(value);
      return;
    }
    const frame = this.#frames.pop();
    if (frame === undefined) throw new MarshalError('an end tag too many');
    if (frame.kind === 'reference') {
      this.#refer(frame);
      return;
    }
    if (frame.kind === 'marshal') {
      this.#roots = frame.items;
      return;
    }
    const value = readContainer(frame);
    const id = frame.attributes?.get('id');
    // A container can be referred to once it is complete: so nothing contains itself.
    if (id !== undefined) this.#finished.set(id, { value, weight: position - frame.start + frame.referred });
    const parent = this.#frames.at(-1);
    if (parent !== undefined) this.#carry(parent, frame.referred);
    this.#add(value);
  }

  #refer(frame: Frame): void {
    const target = this.#finished.get(frame.attributes?.get('id') ?? '');
    const parent = this.#frames.at(-1);
    if (target === undefined || parent === undefined) throw new MarshalError('undefined reference');
    this.#carry(parent, target.weight);
    parent.items.push(target.value);
  }

  #carry(frame: Frame, weight: number): void {
    frame.referred += weight;
    if (frame.referred > this.#maximumWeight) throw new MarshalError('too large with its references');
  }

  #add(value: SlapValue): void {
    const parent = this.#frames.at(-1);
    if (parent === undefined) this.#roots = [value];
    else parent.items.push(value);
  }

  result(): SlapValue {
    const [value, ...rest] = this.#roots;
    if (value === undefined || rest.length > 0) throw new MarshalError('not exactly one value');
    return value;
  }
}

function readScalar(kind: string, text: string): SlapValue {
  switch (kind) {
    case 'none':
      return null;
    case 'bool':
      return readInteger(text) !== 0;
    case 'int':
    case 'long':
      return readInteger(text);
    case 'float':
      return readFloat(text);
    default:
      return text.includes('&')
        ? text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&')
        : text;
  }
}

/** Python refuses to convert longer ones too: the work grows with the square. */
const MAXIMUM_DIGITS = 4300;

function readInteger(text: string): number | bigint {
  const match = /^([+-]?)(\d+(?:_\d+)*)$/.exec(text.trim());
  const digits = match?.[2]?.replaceAll('_', '');
  if (digits === undefined || digits.length > MAXIMUM_DIGITS) throw new MarshalError('bad integer');
  const signed = `${match?.[1] === '-' ? '-' : ''}${digits}`;
  const value = Number(signed);
  return Number.isSafeInteger(value) ? value + 0 : BigInt(signed);
}

function readFloat(text: string): number | Float {
  const word = text.trim().toLowerCase();
  const value = readFloatWord(word);
  return Number.isInteger(value) ? new Float(value) : value;
}

function readFloatWord(word: string): number {
  const special = /^([+-]?)(inf|infinity|nan)$/.exec(word);
  if (special !== null) {
    if (special[2] === 'nan') return Number.NaN;
    return special[1] === '-' ? -Infinity : Infinity;
  }
  const number = word.replaceAll(/(?<=\d)_(?=\d)/g, '');
  if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/.test(number)) throw new MarshalError('bad float');
  return Number(number);
}

function readContainer(frame: Frame): SlapValue {
  switch (frame.kind) {
    case 'tuple':
      return new Tuple(frame.items);
    case 'list':
      return frame.items;
    case 'set':
      return new Set(frame.items.map(asKey));
    case 'object':
      return readObject(frame);
    default:
      return readDictionary(frame.items);
  }
}

function readDictionary(items: readonly SlapValue[]): SlapValue {
  if (items.length % 2 !== 0) throw new MarshalError('a dictionary with a key that has no value');
  const record: Record<string, SlapValue> = { __proto__: null };
  for (let index = 0; index < items.length; index += 2) {
    const key = items[index];
    if (typeof key !== 'string') return readMap(items);
    record[key] = items[index + 1] ?? null;
  }
  return record;
}

function readMap(items: readonly SlapValue[]): ReadonlyMap<SlapValue, SlapValue> {
  const map = new Map<SlapValue, SlapValue>();
  for (let index = 0; index < items.length; index += 2) {
    map.set(asKey(items[index] ?? null), items[index + 1] ?? null);
  }
  return map;
}

/** What Python can hash: no list, dictionary or set. */
function asKey(value: SlapValue): SlapValue {
  if (Array.isArray(value) || value instanceof Map || value instanceof Set) throw new MarshalError('bad key');
  if (isDictionary(value)) throw new MarshalError('bad key');
  return value;
}

function readObject(frame: Frame): SlapObject {
  const className = SLAP_CLASSES.find((name: SlapClass) => name === frame.attributes?.get('class'));
  if (className === undefined || frame.attributes?.get('module') !== SLAP_MODULE) {
    throw new MarshalError('an object of a class that is not allowed');
  }
  const [args, state, ...rest] = frame.items;
  if (!(args instanceof Tuple) || state === undefined || !isDictionary(state) || rest.length > 0) {
    throw new MarshalError('an object that is not made of arguments and attributes');
  }
  return new SlapObject(className, args.items, state);
}
