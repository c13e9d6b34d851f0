/**
 * One master, four faces: the classic, hateoas, JSON-RPC and REST families under one URL (§1).
 */
import { createClassicServer } from './classic/server.ts';
import { createHateoasServer, isHateoasPath } from './hateoas/server.ts';
import { errorResponse } from './html.ts';
import type { SlapHandler, SlapResponse } from './http.ts';
import { createJsonRpcServer, isJsonRpcPath, refusal } from './json-rpc/server.ts';
import type { PartitionReference, ServedMaster } from './master.ts';
import { problemResponse } from './rest/responses.ts';
import { createRestServer, isRestPath } from './rest/server.ts';

export type SlapServerOptions = {
  /** The instance that calls, where the caller is known to be one: families that do not say who requests then know. */
  requester?: PartitionReference | null;
  /** Told about errors that no caller may cause: the caller only sees 500. */
  onFault?: (error: unknown) => void;
  /** What `getRunId` answers. */
  runId?: string;
};

type Family = 'classic' | 'hateoas' | 'json-rpc' | 'rest';

function familyOf(path: string): Family {
  if (isJsonRpcPath(path)) return 'json-rpc';
  if (isHateoasPath(path)) return 'hateoas';
  return isRestPath(path) ? 'rest' : 'classic';
}

/** Answers every family's calls out of `master`. It holds nothing: one can be made for each caller. */
export function createSlapServer(master: ServedMaster, options: SlapServerOptions = {}): SlapHandler {
  const families: Readonly<Record<Family, SlapHandler>> = {
    classic: createClassicServer(master, options),
    hateoas: createHateoasServer(master, options),
    'json-rpc': createJsonRpcServer(master, options),
    rest: createRestServer(master, options),
  };
  return (request) => families[familyOf(request.path)](request);
}

/**
 * A refusal before any family has seen the request, as the family of its path words it.
 * @param options.words why; left out: what the status says.
 */
export function refusalFor(
  path: string,
  status: 400 | 403 | 404 | 413 | 429,
  options: { words?: string; headers?: Readonly<Record<string, string>> } = {},
): SlapResponse {
  const { words, headers = {} } = options;
  const detail = words ?? REFUSALS[status];
  switch (familyOf(path)) {
    case 'json-rpc':
      return refusal(status, detail, headers);
    case 'rest':
      return problemResponse(status, { detail }, headers);
    default:
      return errorResponse(status, words, headers);
  }
}

const REFUSALS = {
  400: 'The request is no sound text.',
  403: 'The request is refused.',
  404: 'There is nothing here.',
  413: 'The request is too large.',
  429: 'There are too many requests.',
};
