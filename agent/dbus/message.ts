/**
 * Messages of D-Bus as bytes (D-Bus specification, “Message Format”), as far as one asks for properties and hears signals: calls
 * with strings as arguments are written; what comes is read.
 */
import { readValues, type BusValue } from './values.ts';

export type MethodCall = {
  destination: string;
  path: string;
  interface: string;
  member: string;
  arguments: readonly string[];
};

export type ReceivedMessage = {
  type: 'call' | 'return' | 'error' | 'signal';
  /** Of the call that it answers; 0 for what answers none. */
  replyTo: number;
  /** The unique name of who sent it, as the bus says. */
  sender: string;
  path: string;
  interface: string;
  member: string;
  /** The types of the body. */
  signature: string;
  /** What it says, as far as it can be read. */
  values: readonly BusValue[];
};

const TYPES = ['return', 'call', 'return', 'error', 'signal'] as const;
const METHOD_CALL = 1;
/** Whom it is for need not be started for it. */
const NO_AUTO_START = 2;
const VERSION = 1;

const FIELD = {
  path: 1,
  interface: 2,
  member: 3,
  replySerial: 5,
  destination: 6,
  sender: 7,
  signature: 8,
} as const;

/** What a message begins with: byte order, type, lengths. */
const FIXED_BYTES = 16;
/** A longer one is none that anybody here asked for (the specification allows 128 MiB). */
const LONGEST_BYTES = 1 << 20;

/** A method call; `serial` comes back with its answer. */
export function writeCall(call: MethodCall, serial: number): Buffer {
  const body = new Writer();
  for (const argument of call.arguments) body.string(argument);
  const fields = new Writer();
  fields.field(FIELD.path, 'o', call.path);
  fields.field(FIELD.interface, 's', call.interface);
  fields.field(FIELD.member, 's', call.member);
  fields.field(FIELD.destination, 's', call.destination);
  if (call.arguments.length > 0) fields.field(FIELD.signature, 'g', 's'.repeat(call.arguments.length));
  const head = Buffer.alloc(FIXED_BYTES);
  head.write('l', 'latin1');
  head.writeUInt8(METHOD_CALL, 1);
  head.writeUInt8(NO_AUTO_START, 2);
  head.writeUInt8(VERSION, 3);
  head.writeUInt32LE(body.length, 4);
  head.writeUInt32LE(serial, 8);
  head.writeUInt32LE(fields.length, 12);
  fields.align(8);
  return Buffer.concat([head, fields.bytes(), body.bytes()]);
}

/** Bytes of the message that `received` begins with; 0 as long as that cannot be known. @throws RangeError for one that is too long. */
export function messageLength(received: Buffer): number {
  if (received.length < FIXED_BYTES) return 0;
  const number = numbersOf(received);
  const length = FIXED_BYTES + aligned(number(12), 8) + number(4);
  if (length > LONGEST_BYTES) throw new RangeError('the bus sends a message that nobody asked for');
  return length;
}

/** @param message a whole one. @throws RangeError for one that is not written as it should be. */
export function readMessage(message: Buffer): ReceivedMessage {
  const number = numbersOf(message);
  const end = FIXED_BYTES + number(12);
  const read = { replyTo: 0, sender: '', path: '', interface: '', member: '', signature: '' };
  for (let at = FIXED_BYTES; at < end;) {
    at = aligned(at, 8);
    const code = message.readUInt8(at);
    const type = message.toString('latin1', at + 2, at + 3);
    // The variant's own signature is one letter: its length, the letter, a zero.
    const value = valueAt(message, number, type, at + 4);
    if (code === FIELD.replySerial) read.replyTo = Number(value.value);
    else if (code === FIELD.sender) read.sender = String(value.value);
    else if (code === FIELD.path) read.path = String(value.value);
    else if (code === FIELD.interface) read.interface = String(value.value);
    else if (code === FIELD.member) read.member = String(value.value);
    else if (code === FIELD.signature) read.signature = String(value.value);
    at = value.end;
  }
  return {
    ...read,
    type: TYPES[message.readUInt8(1)] ?? 'error',
    values: readValues(read.signature, message.subarray(aligned(end, 8)), message.readUInt8(0) === 0x6c),
  };
}

function valueAt(
  message: Buffer,
  number: (at: number) => number,
  type: string,
  at: number,
): { value: string | number; end: number } {
  if (type === 'g') {
    const length = message.readUInt8(at);
    return { value: message.toString('utf8', at + 1, at + 1 + length), end: at + 2 + length };
  }
  const begin = aligned(at, 4);
  if (type === 'u') return { value: number(begin), end: begin + 4 };
  if (type !== 's' && type !== 'o') throw new RangeError(`the bus sends a header field of type ${type}`);
  const length = number(begin);
  return { value: message.toString('utf8', begin + 4, begin + 4 + length), end: begin + 5 + length };
}

/** Reads 32-bit numbers in the byte order that a message says of itself. */
function numbersOf(message: Buffer): (at: number) => number {
  const little = message.readUInt8(0) === 0x6c;
  return (at) => (little ? message.readUInt32LE(at) : message.readUInt32BE(at));
}

function aligned(at: number, boundary: number): number {
  return Math.ceil(at / boundary) * boundary;
}

/** Values one after the other, each on its own boundary. What it writes must itself begin on a boundary of eight. */
class Writer {
  readonly #parts: Buffer[] = [];
  length = 0;

  string(text: string): void {
    this.align(4);
    const bytes = Buffer.from(`${text}\0`);
    const length = Buffer.alloc(4);
    length.writeUInt32LE(bytes.length - 1);
    this.#put(length, bytes);
  }

  /** A field of a header: its code, then its value as a variant. */
  field(code: number, type: 'o' | 's' | 'g', text: string): void {
    this.align(8);
    this.#put(Buffer.from([code, 1]), Buffer.from(`${type}\0`));
    if (type === 'g') this.#put(Buffer.from([text.length]), Buffer.from(`${text}\0`));
    else this.string(text);
  }

  align(boundary: number): void {
    this.#put(Buffer.alloc(aligned(this.length, boundary) - this.length));
  }

  bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }

  #put(...parts: Buffer[]): void {
    this.#parts.push(...parts);
    for (const part of parts) this.length += part.length;
  }
}
