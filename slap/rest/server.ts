/**
 * The server side of the REST family: instances as JSON documents below `/software_instance_module/`, as the SlapOS presentation has
 * them, described by `/openapi.json`.
 *
 * Each call is one call of the master, so that none is done by half.
 */
import { acceptsJson, isJson } from '../accept.ts';
import { masterUrl } from '../addresses.ts';
import { SlapError } from '../errors.ts';
import type { SlapHandler, SlapRequest, SlapResponse } from '../http.ts';
import type { PartitionReference, ServedMaster } from '../master.ts';
import { BadBody, type InstanceResource, instanceResource } from './instances.ts';
import { MODULE_PATH, OPENAPI_PATH, openApiDocument } from './openapi.ts';
import { emptyResponse, jsonResponse, problemResponse, refusalResponse } from './responses.ts';

export type RestServerOptions = {
  /** The instance that calls, where the caller is one: it is who requests. Otherwise a person does. */
  requester?: PartitionReference | null;
  /** Told about errors that are no {@link SlapError}: the caller of the wire only sees 500. */
  onFault?: (error: unknown) => void;
};

/** Whether a path is this family's. */
export function isRestPath(path: string): boolean {
  return path === OPENAPI_PATH || `${path}/`.startsWith(MODULE_PATH);
}

type Verb = 'GET' | 'POST' | 'PUT' | 'DELETE';
type Route = Partial<Record<Verb, (request: SlapRequest) => Promise<SlapResponse>>>;

export function createRestServer(master: ServedMaster, options: RestServerOptions = {}): SlapHandler {
  const resource = instanceResource(master, options.requester ?? null);
  return async (request) => {
    const route = routeOf(resource, request.path);
    if (route === null) return problemResponse(404);
    const allow = ['OPTIONS', ...Object.keys(route), ...(route.GET === undefined ? [] : ['HEAD'])].join(', ');
    if (request.method === 'OPTIONS') return emptyResponse({ allow });
    const isHead = request.method === 'HEAD';
    const verb = verbOf(isHead ? 'GET' : request.method);
    const answer = verb === null ? undefined : route[verb];
    if (answer === undefined) return problemResponse(405, {}, { allow });
    if (!acceptsJson(request)) return problemResponse(406);
    if ((verb === 'POST' || verb === 'PUT') && !isJson(request)) return problemResponse(415);
    const response = await answer(request).catch((error: unknown) => refused(error, options.onFault));
    return isHead ? { ...response, body: '' } : response;
  };
}

function verbOf(method: string): Verb | null {
  return method === 'GET' || method === 'POST' || method === 'PUT' || method === 'DELETE' ? method : null;
}

function refused(error: unknown, onFault: ((error: unknown) => void) | undefined): SlapResponse {
  if (error instanceof BadBody) return problemResponse(400, { errors: error.errors });
  if (error instanceof SlapError) return refusalResponse(error);
  onFault?.(error);
  return problemResponse(500);
}

function routeOf(resource: InstanceResource, path: string): Route | null {
  if (path === OPENAPI_PATH) {
    return { GET: async (request) => jsonResponse(200, openApiDocument(masterUrl(request))) };
  }
  if (`${path}/` === MODULE_PATH || path === MODULE_PATH) {
    return { GET: (request) => resource.list(request), POST: (request) => resource.request(request) };
  }
  const [encoded = '', part, ...rest] = path.slice(MODULE_PATH.length).split('/');
  const guid = decoded(encoded);
  if (guid === null || rest.length > 0) return null;
  switch (part) {
    case undefined:
      return {
        GET: (request) => resource.read(request, guid),
        PUT: (request) => resource.change(request, guid),
        DELETE: (request) => resource.destroy(request, guid),
      };
    case 'instance_id':
      return { PUT: (request) => resource.rename(request, guid) };
    case 'connection':
      return { PUT: (request) => resource.publish(request, guid) };
    case 'bang':
      return { POST: (request) => resource.bang(request, guid) };
    case 'certificate':
      return { GET: () => resource.certificate(guid) };
    default:
      return null;
  }
}

/** null for what is no encoded text, and for an empty one. */
function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text) || null;
  } catch {
    return null;
  }
}
