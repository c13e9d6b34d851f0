/**
 * The server side of the JSON-RPC family (§11): one POST for each method, JSON both ways, validated both ways.
 */
import { acceptsJson, isJson } from '../accept.ts';
import { SlapError } from '../errors.ts';
import { errorResponse, textResponse } from '../html.ts';
import type { SlapHandler, SlapRequest, SlapResponse } from '../http.ts';
import { JsonError, readJson } from '../json/read.ts';
import { SPACED, writeJson } from '../json/write.ts';
import type { SlapValue } from '../marshal/values.ts';
import type { PartitionReference, ServedMaster } from '../master.ts';
import { computerRoutes } from './computer-methods.ts';
import { instanceRoutes } from './instance-methods.ts';
import { BadAnswer, Refusal, type Route } from './method.ts';
import type { MethodName } from './methods.ts';

export type JsonRpcServerOptions = {
  /** The instance that calls, where the caller is one: it is who requests. Otherwise a person does (§11.4). */
  requester?: PartitionReference | null;
  /** Told about errors that are no {@link SlapError}: the caller of the wire only sees 500. */
  onFault?: (error: unknown) => void;
};

const PREFIX = '/slapos.';

/** Whether a path is this family's. */
export function isJsonRpcPath(path: string): boolean {
  return path.startsWith(PREFIX);
}

export function createJsonRpcServer(master: ServedMaster, options: JsonRpcServerOptions = {}): SlapHandler {
  const routes = routesOf(master, options.requester ?? null);
  return async (request) => {
    const route = routes.get(request.path);
    if (route === undefined) return errorResponse(404);
    const allow = 'OPTIONS, POST';
    if (request.method === 'OPTIONS') return textResponse('', 200, { allow });
    if (request.method !== 'POST') return errorResponse(405, undefined, { allow });
    if (!acceptsJson(request)) return refusal(406, NOT_ACCEPTABLE);
    try {
      return jsonResponse(200, await route(bodyOf(request), request));
    } catch (error) {
      if (error instanceof Refusal) return refusal(error.status, error.message);
      if (error instanceof SlapError) return refusalOf(error);
      options.onFault?.(error);
      return error instanceof BadAnswer ? refusal(500, error.message) : refusal(500, FAULT);
    }
  };
}

const NOT_ACCEPTABLE =
  'The resource identified by the request is only capable of generating response entities which have content characteristics not acceptable according to the accept headers sent in the request.';
const NOT_UNDERSTOOD = 'The browser (or proxy) sent a request that this server could not understand.';
const FAULT = 'Internal server error';

const TYPES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  406: 'Not Acceptable',
  413: 'Request Entity Too Large',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
};

function jsonResponse(
  status: number,
  value: SlapValue,
  headers: Readonly<Record<string, string>> = {},
): SlapResponse {
  const body = writeJson(value, SPACED);
  return {
    status,
    headers: {
      'content-type': 'application/json',
      ...headers,
      'content-length': String(Buffer.byteLength(body)),
    },
    body,
  };
}

/** An error of this family. */
export function refusal(
  status: number,
  title: string,
  headers: Readonly<Record<string, string>> = {},
): SlapResponse {
  return jsonResponse(status, { status, type: TYPES[status] ?? 'Error', title }, headers);
}

/** What is unknown, in use or cannot be allocated is forbidden here (§11.1). */
function refusalOf(error: SlapError): SlapResponse {
  switch (error.code) {
    case 'bad-request':
    case 'invalid-document':
      return refusal(400, error.message || NOT_UNDERSTOOD);
    case 'unauthorized':
      return refusal(401, error.message);
    case 'unknown-master':
    case 'server':
    case 'unreachable':
      return refusal(500, FAULT);
    default:
      return refusal(403, error.message);
  }
}

function bodyOf(request: SlapRequest): SlapValue {
  if (!isJson(request)) throw new Refusal(400, NOT_UNDERSTOOD);
  try {
    return readJson(request.body);
  } catch (error) {
    if (error instanceof JsonError) throw new Refusal(400, NOT_UNDERSTOOD);
    throw error;
  }
}

function routesOf(master: ServedMaster, requester: PartitionReference | null): ReadonlyMap<string, Route> {
  const routes: Record<MethodName, Route> = {
    ...instanceRoutes(master, requester),
    ...computerRoutes(master),
  };
  return new Map(Object.entries(routes).map(([name, route]) => [`/${name}`, route]));
}
