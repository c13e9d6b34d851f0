/**
 * Reads JSON from anybody: as `JSON.parse`, but a float stays a float and a large integer exact (§3.3), because values become text the
 * way Python spells them (§4). Depth is limited.
 */
import { Float, type SlapValue } from '../marshal/values.ts';
import { MAXIMUM_DEPTH } from '../xml.ts';

export class JsonError extends Error {
  constructor(problem: string, options?: { cause?: unknown }) {
    super(problem, options);
    this.name = 'JsonError';
  }
}

type Reviver = (this: unknown, key: string, value: unknown, context: { source?: string }) => unknown;

/** The third argument of a reviver is newer than what the compiler knows of `JSON.parse` (ECMAScript 2026). */
const parse: (text: string, reviver: Reviver) => unknown = JSON.parse;

/** @throws JsonError for anything that is not one JSON value. */
export function readJson(text: string): SlapValue {
  refuseDepth(text);
  try {
    return parse(text, exactNumber) as SlapValue;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new JsonError('not JSON', { cause: error });
  }
}

/** Python refuses to convert longer integers too: the work grows with the square. */
const MAXIMUM_DIGITS = 4300;

function exactNumber(_key: string, value: unknown, { source }: { source?: string }): unknown {
  if (typeof value !== 'number' || source === undefined) return value;
  if (/[.eE]/.test(source)) return Number.isInteger(value) ? new Float(value) : value;
  if (Number.isSafeInteger(value)) return value + 0;
  if (source.length > MAXIMUM_DIGITS) throw new JsonError('a number with too many digits');
  return BigInt(source);
}

/** Counts brackets outside of texts: a reviver would go down as deep as the value does. */
function refuseDepth(text: string): void {
  let depth = 0;
  let isText = false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (isText) {
      if (code === BACKSLASH) index += 1;
      else if (code === QUOTE) isText = false;
    } else if (code === QUOTE) isText = true;
    else if (code === OPEN_LIST || code === OPEN_RECORD) {
      depth += 1;
      if (depth > MAXIMUM_DEPTH) throw new JsonError('too deep');
    } else if (code === CLOSE_LIST || code === CLOSE_RECORD) depth -= 1;
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_RECORD = 0x7b;
const CLOSE_RECORD = 0x7d;
