/**
 * The client side of the JSON-RPC family (§11): every method by its name, typed and validated both ways.
 */
import { z } from 'zod';
import { SlapError, slapErrorOfStatus } from '../errors.ts';
import { errorMessage } from '../html.ts';
import type { SlapResponse, SlapTransport } from '../http.ts';
import { JsonError, readJson } from '../json/read.ts';
import { SPACED, writeJson } from '../json/write.ts';
import { Float, isDictionary, type SlapValue, Tuple } from '../marshal/values.ts';
import { METHODS, type MethodAnswer, type MethodBody, type MethodName } from './methods.ts';

export interface JsonRpcClient {
  /**
   * `call('slapos.get.v0.software_instance', { instance_guid })`.
   * @throws SlapError `bad-request` before anything is sent when the body does not fit; `forbidden` for what is unknown or refused;
   * `invalid-document` for an answer that does not fit.
   */
  call<Name extends MethodName>(name: Name, body: MethodBody<Name>): Promise<MethodAnswer<Name>>;
}

export function createJsonRpcClient(options: {
  transport: SlapTransport;
  userAgent?: string;
}): JsonRpcClient {
  const headers = {
    'user-agent': options.userAgent ?? 'slapgrid',
    accept: 'application/json',
    'content-type': 'application/json',
  };
  return {
    async call(name, body) {
      const checked = METHODS[name].body.safeParse(body);
      if (!checked.success) {
        throw new SlapError('bad-request', z.prettifyError(checked.error), { cause: checked.error });
      }
      const response = await options.transport({
        method: 'POST',
        path: `/${name}`,
        query: '',
        headers,
        body: writeJson(given(body), SPACED),
      });
      if (response.status < 200 || response.status >= 300) throw refusalOf(name, response);
      const parsed = ANSWERS[name].answer.safeParse(valueOf(response));
      if (!parsed.success) {
        const problem = z.prettifyError(parsed.error);
        throw new SlapError('invalid-document', `the answer cannot be read: ${problem}`, {
          cause: parsed.error,
        });
      }
      return parsed.data;
    },
  };
}

/** What is undefined is not sent, as with `JSON.stringify`. */
function given(value: unknown): SlapValue {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'bigint':
    case 'boolean':
      return value;
    default:
      return value === null ? null : givenContainer(value);
  }
}

function givenContainer(value: unknown): SlapValue {
  if (Array.isArray(value)) return value.map(given);
  if (value instanceof Float || value instanceof Tuple) return value;
  if (!isDictionary(value)) throw new SlapError('bad-request', 'a value that JSON cannot carry');
  const result: Record<string, SlapValue> = { __proto__: null };
  for (const [key, item] of Object.entries<unknown>(value)) {
    if (item !== undefined) result[key] = given(item);
  }
  return result;
}

/** The same table, so typed that a name picks its own answer. */
const ANSWERS: { readonly [Name in MethodName]: { answer: z.ZodType<MethodAnswer<Name>> } } = METHODS;

const refusalSchema = z.object({ title: z.string() });

function refusalOf(name: string, response: SlapResponse): SlapError {
  const refusal = refusalSchema.safeParse(jsonOf(response.body));
  const words = refusal.success ? refusal.data.title : errorMessage(response.body);
  return slapErrorOfStatus(response.status, words ?? `${name} was answered with status ${response.status}`);
}

function valueOf(response: SlapResponse): SlapValue {
  const value = jsonOf(response.body);
  if (value === undefined) throw new SlapError('invalid-document', 'the answer cannot be read: not JSON');
  return value;
}

/** undefined for what is no JSON. */
function jsonOf(text: string): SlapValue | undefined {
  try {
    return readJson(text);
  } catch (error) {
    if (error instanceof JsonError) return undefined;
    throw error;
  }
}
