/**
 * Values of a message's body (D-Bus specification, “Marshaling”), as far as properties are told by them: basic types, arrays,
 * dictionaries, variants. Each stands on the boundary of its own size.
 */
export type BusValue = boolean | number | bigint | string | BusValue[] | { [key: string]: BusValue };

/** What a program of another user may nest. The specification allows 64. */
const DEEPEST = 16;

/** Reads as far as what comes is written as it should be. */
export function readValues(signature: string, body: Buffer, little: boolean): BusValue[] {
  const reader = new Reader(body, little);
  const values: BusValue[] = [];
  try {
    for (const type of typesOf(signature)) values.push(reader.value(type, 0));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return values;
}

/** The complete types of a signature, one after the other. */
function typesOf(signature: string): string[] {
  const types: string[] = [];
  for (let rest = signature; rest !== '';) {
    const type = firstType(rest);
    types.push(type);
    rest = rest.slice(type.length);
  }
  return types;
}

/** The text of a complete type that `signature` begins with. */
function firstType(signature: string): string {
  const first = signature[0] ?? '';
  if (first === 'a') return `a${firstType(signature.slice(1))}`;
  if (first !== '{' && first !== '(') return first;
  let depth = 0;
  for (let at = 0; at < signature.length; at += 1) {
    const letter = signature[at] ?? '';
    if ('{('.includes(letter)) depth += 1;
    if ('})'.includes(letter)) depth -= 1;
    if (depth === 0) return signature.slice(0, at + 1);
  }
  throw new RangeError('the bus sends a type without an end');
}

// prettier-ignore
const BOUNDARY: Readonly<Record<string, number>> = {
  y: 1, g: 1, v: 1,
  n: 2, q: 2,
  b: 4, i: 4, u: 4, h: 4, s: 4, o: 4, a: 4,
  x: 8, t: 8, d: 8, '{': 8, '(': 8,
};

class Reader {
  readonly #body: Buffer;
  readonly #view: DataView;
  readonly #little: boolean;
  #at = 0;

  constructor(body: Buffer, little: boolean) {
    this.#body = body;
    this.#view = new DataView(body.buffer, body.byteOffset, body.byteLength);
    this.#little = little;
  }

  value(type: string, depth: number): BusValue {
    if (depth > DEEPEST) throw new RangeError('the bus nests values too deeply');
    const letter = type[0] ?? '';
    const boundary = BOUNDARY[letter];
    if (boundary === undefined) throw new RangeError(`the bus sends a value of type ${type}`);
    this.#align(boundary);
    if (letter === 'a') return this.#array(type.slice(1), depth + 1);
    if (letter === 'v') return this.value(this.#text(this.#number('y')), depth + 1);
    if (letter === '(') return typesOf(type.slice(1, -1)).map((each) => this.value(each, depth + 1));
    if (letter === 's' || letter === 'o') return this.#text(this.#number('u'));
    if (letter === 'g') return this.#text(this.#number('y'));
    if (letter === 'x' || letter === 't') return this.#long(letter);
    const number = this.#number(letter);
    return letter === 'b' ? number === 1 : number;
  }

  #array(type: string, depth: number): BusValue {
    const length = this.#number('u');
    this.#align(BOUNDARY[type[0] ?? ''] ?? 1);
    const end = this.#at + length;
    if (end > this.#body.length) throw new RangeError('the bus sends less than it says');
    if (type.startsWith('{')) return this.#dictionary(type, end, depth);
    const values: BusValue[] = [];
    while (this.#at < end) values.push(this.value(type, depth));
    return values;
  }

  #dictionary(type: string, end: number, depth: number): BusValue {
    const [key, value] = [type[1] ?? '', type.slice(2, -1)];
    const entries = new Map<string, BusValue>();
    while (this.#at < end) {
      this.#align(BOUNDARY['{'] ?? 8);
      const name = this.value(key, depth);
      if (typeof name !== 'string') throw new RangeError('the bus names a value by something else than text');
      entries.set(name, this.value(value, depth));
    }
    return Object.fromEntries(entries);
  }

  #text(length: number): string {
    const begin = this.#take(length + 1);
    return this.#body.toString('utf8', begin, begin + length);
  }

  #long(letter: 'x' | 't'): bigint {
    const at = this.#take(8);
    return letter === 'x'
      ? this.#view.getBigInt64(at, this.#little)
      : this.#view.getBigUint64(at, this.#little);
  }

  #number(letter: string): number {
    const at = this.#take(BOUNDARY[letter] ?? 1);
    switch (letter) {
      case 'y':
        return this.#view.getUint8(at);
      case 'n':
        return this.#view.getInt16(at, this.#little);
      case 'q':
        return this.#view.getUint16(at, this.#little);
      case 'i':
        return this.#view.getInt32(at, this.#little);
      case 'd':
        return this.#view.getFloat64(at, this.#little);
      default:
        return this.#view.getUint32(at, this.#little);
    }
  }

  #align(boundary: number): void {
    this.#at = Math.ceil(this.#at / boundary) * boundary;
  }

  #take(bytes: number): number {
    const at = this.#at;
    this.#at += bytes;
    if (this.#at > this.#body.length) throw new RangeError('the bus sends less than it says');
    return at;
  }
}
