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

/** @throws JsonError for anything that is not one JSON value. */
export function readJson(text: string): SlapValue {
  refuseDepth(text);
  try {
    const value: SlapValue = JSON.parse(text, exactNumber);
    return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new JsonError('not JSON', { cause: error });
  }
}

/** Python refuses to convert longer integers too: the work grows with the square. */
const MAXIMUM_DIGITS = 4300;

/** A reviver; what it was read from is its third argument (ECMAScript 2026), of which the compiler does not know yet. */
function exactNumber(_key: string, value: unknown, ...[context]: unknown[]): unknown {
  const source = sourceOf(context);
  if (typeof value !== 'number' || source === undefined) return value;
  if (/[.eE]/.test(source)) return Number.isInteger(value) ? new Float(value) : value;
  if (Number.isSafeInteger(value)) return value + 0;
  if (source.length > MAXIMUM_DIGITS) throw new JsonError('a number with too many digits');
  return BigInt(source);
}

function sourceOf(context: unknown): string | undefined {
  const isPrimitive = typeof context !== 'object' || context === null;
  if (isPrimitive || !('source' in context) || typeof context.source !== 'string') return undefined;
  return context.source;
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
