/**
 * The server side of the hateoas family (§10). Links in answers begin where the caller reached this master, so that a capability in
 * its URL stays in every one of them.
 */
import { masterPath, masterUrl } from '../addresses.ts';
import { SlapError } from '../errors.ts';
import { errorResponse, redirectResponse, textResponse } from '../html.ts';
import type { SlapHandler, SlapRequest, SlapResponse } from '../http.ts';
import { COMPACT, writeJson } from '../json/write.ts';
import type { SlapDictionary } from '../marshal/values.ts';
import type { ComputerSummary, InstanceRecord, ServedMaster } from '../master.ts';
import {
  computerDocument,
  computerEntry,
  rootDocument,
  searchDocument,
  serviceDocument,
  serviceEntry,
} from './documents.ts';

const ROOT = '/hateoas/';

/** Whether a path is this family's. */
export function isHateoasPath(path: string): boolean {
  return path === '/hateoas' || path.startsWith(ROOT);
}

/** @param options.onFault told about errors that are no {@link SlapError}: the caller of the wire only sees 500. */
export function createHateoasServer(
  master: ServedMaster,
  options: { onFault?: (error: unknown) => void } = {},
): SlapHandler {
  return async (request) => {
    const answer = routeOf(master, request.path);
    if (answer === null) return errorResponse(404);
    const allow = 'GET, OPTIONS, HEAD';
    if (request.method === 'OPTIONS') return textResponse('', 200, { allow });
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return errorResponse(405, undefined, { allow });
    }
    const response = await answer(request).catch((error: unknown) => {
      if (error instanceof SlapError) return refusal(error);
      options.onFault?.(error);
      return errorResponse(500);
    });
    return request.method === 'HEAD' ? { ...response, body: '' } : response;
  };
}

type Answer = (request: SlapRequest) => Promise<SlapResponse>;

function routeOf(master: ServedMaster, path: string): Answer | null {
  if (path === '/hateoas')
    return async (request) => redirectResponse(308, `${rootUrl(request)}${search(request)}`);
  if (path === ROOT) return (request) => answerRoot(master, request);
  const [, kind = '', encoded = ''] = /^\/hateoas\/(\w+)\/([^/]+)$/.exec(path) ?? [];
  const name = decoded(encoded);
  if (name === null) return null;
  switch (kind) {
    case 'partitions':
      return async () => json(serviceDocument(await findOwn(master, name)));
    case 'shared':
      return async () => json(serviceDocument(await findShared(master, name)));
    case 'computers':
      return async () => json(computerDocument(await findComputer(master, name)));
    default:
      return null;
  }
}

function rootUrl(request: SlapRequest): string {
  return masterUrl(request) + ROOT;
}

function search({ query }: SlapRequest): string {
  return query === '' ? '' : `?${query}`;
}

/** null for what is no encoded text. */
function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text) || null;
  } catch {
    return null;
  }
}

function json(value: SlapDictionary): SlapResponse {
  return textResponse(`${writeJson(value, COMPACT)}\n`, 200, { 'content-type': 'application/json' });
}

function refusal(error: SlapError): SlapResponse {
  if (error.status === 404) return errorResponse(404);
  return error.status >= 400 && error.status < 500
    ? errorResponse(error.status, error.message || undefined)
    : errorResponse(500);
}

/** Of a name that several instances have, the first one's, children included (§10.4). */
async function findOwn(master: ServedMaster, name: string): Promise<InstanceRecord> {
  const named = await master.listInstances({ of: 'name', name });
  return known(named.find((instance) => !instance.shared));
}

async function findShared(master: ServedMaster, name: string): Promise<InstanceRecord> {
  const roots = await master.listInstances({ of: 'roots', name });
  return known(roots.find((instance) => instance.shared));
}

/** Unknown ones are 404 here. */
async function findComputer(master: ServedMaster, computerId: string): Promise<ComputerSummary> {
  const found = await findComputers(master, computerId);
  return known(found[0]);
}

async function findComputers(
  master: ServedMaster,
  computerId: string | undefined,
): Promise<readonly ComputerSummary[]> {
  if (computerId === undefined) return master.listComputers();
  try {
    return [await master.getComputer(computerId)];
  } catch (error) {
    if (error instanceof SlapError && error.code === 'unknown-computer') return [];
    throw error;
  }
}

function known<Found>(found: Found | undefined): Found {
  if (found === undefined) throw new SlapError('not-found', '');
  return found;
}

async function answerRoot(master: ServedMaster, request: SlapRequest): Promise<SlapResponse> {
  const query = new URLSearchParams(request.query);
  const mode = query.get('mode');
  switch (mode) {
    case null:
      return json(rootDocument(rootUrl(request)));
    case 'search':
      return json(
        searchDocument(await searched(master, required(query, 'query'), masterPath(request) + ROOT)),
      );
    case 'traverse':
      return redirectResponse(302, target(required(query, 'relative_url'), masterPath(request)));
    default:
      throw new SlapError('bad-request', `Unhandled mode: ${mode}`);
  }
}

/** @throws SlapError 400 with the status' usual words. */
function required(query: URLSearchParams, name: string): string {
  const value = query.get(name);
  if (value === null) throw new SlapError('bad-request', '');
  return value;
}

const SERVICES = /^portal_type:"Instance Tree" AND validation_state:validated(?: AND title:="([^"]*)")?$/;
const COMPUTERS = /^portal_type:"Compute Node" AND validation_state:validated(?: AND reference:="([^"]*)")?$/;

/** The four queries of §10.2. */
async function searched(master: ServedMaster, query: string, root: string): Promise<SlapDictionary[]> {
  const services = SERVICES.exec(query);
  if (services !== null) {
    const [, name] = services;
    const found = await master.listInstances({ of: 'roots', ...(name === undefined ? {} : { name }) });
    // A name finds the shared one only where there is no other.
    const shown = name === undefined ? found : found.slice(0, 1);
    return shown.map((instance) => serviceEntry(root, instance));
  }
  const computers = COMPUTERS.exec(query);
  if (computers === null) throw new SlapError('bad-request', `Unhandled query: ${query}`);
  const found = await findComputers(master, computers[1]);
  return found.map((computer) => computerEntry(root, computer));
}

/** What a client sends of a name as it is, though a URL has it encoded. */
const UNENCODED = /[^\p{Cc}\w.~!$&'()*+,;=:@%/-]/gu;
const DOCUMENT = /^\/hateoas\/(?:partitions|shared|computers)\/[\w.~!$&'()*+,;=:@%-]+$/;

/** A document of this master, with or without where it was reached; anything else could send the caller anywhere. */
function target(relativeUrl: string, path: string): string {
  const url = relativeUrl.replaceAll(UNENCODED, encodeURIComponent);
  const below = url.startsWith(`${path}/`) ? url.slice(path.length) : url;
  if (!DOCUMENT.test(below)) throw new SlapError('not-found', '');
  return path + below;
}
