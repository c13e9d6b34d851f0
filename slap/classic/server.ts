/**
 * The server side of the classic family (§6): translates HTTP to a {@link SlapMaster} and back, with upstream's very answers.
 */
import { randomInt } from 'node:crypto';
import { readComputerDocument } from '../computer-document.ts';
import { tagged } from '../entity-tag.ts';
import { SlapError } from '../errors.ts';
import type { SlapHandler, SlapRequest, SlapResponse } from '../http.ts';
import { MarshalError, readMarshal } from '../marshal/read.ts';
import { isDictionary, type SlapDictionary, type SlapValue } from '../marshal/values.ts';
import { writeMarshal } from '../marshal/write.ts';
import type { InstanceRequest, PartitionReference, RequestedState, SlapMaster } from '../master.ts';
import { pythonRepr } from '../python.ts';
import { errorResponse, textResponse } from '../html.ts';
import { formFields } from './fields.ts';
import { computerObject, partitionObject, softwareInstanceObject } from './objects.ts';

type Fields = URLSearchParams;
type Route = {
  verb: 'GET' | 'POST';
  answer(fields: Fields): Promise<string> | string;
  /** Long, and asked for over and over. */
  isTagged?: true;
};

/**
 * @param options.onFault told about errors that are no {@link SlapError}: the caller of the wire only sees 500.
 */
export function createClassicServer(
  master: SlapMaster,
  options: { onFault?: (error: unknown) => void; runId?: string } = {},
): SlapHandler {
  const routes = routesOf(master, options.runId ?? randomRunId());
  return async (request) => {
    const route = routes.get(request.path);
    if (route === undefined) return errorResponse(404);
    const allow = route.verb === 'GET' ? 'GET, OPTIONS, HEAD' : 'OPTIONS, POST';
    if (request.method === 'OPTIONS') return textResponse('', 200, { allow });
    const isHead = request.method === 'HEAD' && route.verb === 'GET';
    if (request.method !== route.verb && !isHead) return errorResponse(405, undefined, { allow });
    const response = await answer(route, request, options.onFault);
    return isHead ? { ...response, body: '' } : response;
  };
}

async function answer(
  route: Route,
  request: SlapRequest,
  onFault: ((error: unknown) => void) | undefined,
): Promise<SlapResponse> {
  try {
    const response = textResponse(await route.answer(formFields(route.verb, request)));
    return route.isTagged ? tagged(response, request) : response;
  } catch (error) {
    if (error instanceof SlapError) return refusal(error);
    if (!(error instanceof MarshalError)) onFault?.(error);
    return errorResponse(500);
  }
}

/** The words of a 500 are always the same (§2.2). */
function refusal(error: SlapError): SlapResponse {
  if (error.status < 400 || error.status >= 500) return errorResponse(500);
  return errorResponse(error.status, error.message === '' ? undefined : error.message);
}

/** @throws SlapError 400 with the status' usual words. */
function required(fields: Fields, name: string): string {
  const value = fields.get(name);
  if (value === null) throw new SlapError('bad-request', '');
  return value;
}

/** References count as what they stand for, so that no small request becomes a large instance. */
const FIELD_LIMITS = { maximumLength: 2 * 1024 * 1024 };

function readField(text: string): SlapValue {
  return readMarshal(text, FIELD_LIMITS);
}

function dictionaryField(text: string | null): SlapDictionary {
  if (text === null) return {};
  const value = readField(text);
  if (!isDictionary(value)) throw new SlapError('invalid-document', 'a dictionary was expected');
  return value;
}

function partitionOf(fields: Fields): PartitionReference {
  return {
    computerId: required(fields, 'computer_id'),
    partitionId: required(fields, 'computer_partition_id'),
  };
}

/** Upstream looks at nothing of a report that it ignores: without ids there is nobody it is about. */
function reporterOf(fields: Fields): PartitionReference | null {
  const computerId = fields.get('computer_id');
  const partitionId = fields.get('computer_partition_id');
  return computerId === null || partitionId === null ? null : { computerId, partitionId };
}

function supplyState(text: string): 'available' | 'destroyed' {
  if (text === 'available' || text === 'destroyed') return text;
  throw new SlapError('invalid-document', `unknown state ${pythonRepr(text)}`);
}

const REQUESTED_STATES: readonly string[] = ['started', 'stopped', 'destroyed'] satisfies RequestedState[];

function isRequestedState(value: SlapValue): value is RequestedState {
  return typeof value === 'string' && REQUESTED_STATES.includes(value);
}

function requestedState(value: SlapValue): RequestedState | null {
  if (value === null || isRequestedState(value)) return value;
  throw new SlapError('bad-request', `Unknown state: ${pythonRepr(value)}`);
}

/** §7.1. Upstream fails when one of the three last fields is missing; here they are as optional as they were meant. */
function instanceRequestOf(fields: Fields): InstanceRequest {
  const softwareUrl = required(fields, 'software_release');
  const softwareType = required(fields, 'software_type');
  const name = required(fields, 'partition_reference');
  const state = readField(required(fields, 'state'));
  const parameters = dictionaryField(fields.get('partition_parameter_xml'));
  const filter = dictionaryField(fields.get('filter_xml'));
  const shared = fields.get('shared_xml');
  return {
    softwareUrl,
    softwareType,
    name,
    state: requestedState(state),
    parameters,
    filter,
    shared: shared !== null && isTrue(readField(shared)),
    requester: requesterOf(fields),
  };
}

/** What Python takes for true, as far as anybody sends it. */
function isTrue(value: SlapValue): boolean {
  return value !== null && value !== false && value !== 0 && value !== '';
}

function requesterOf(fields: Fields): PartitionReference | null {
  const computerId = fields.get('computer_id') ?? '';
  const partitionId = fields.get('computer_partition_id') ?? '';
  return computerId === '' || partitionId === '' ? null : { computerId, partitionId };
}

function randomRunId(): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  return Array.from({ length: 32 }, () => letters.charAt(randomInt(letters.length))).join('');
}

/** Some refusals come with status 200 and a text (§6.3, §6.4). */
async function orRefusalText(work: () => unknown, done: string): Promise<string> {
  try {
    await work();
    return done;
  } catch (error) {
    if (error instanceof SlapError && ['unknown-partition', 'children-remain'].includes(error.code)) {
      return error.message;
    }
    throw error;
  }
}

function routesOf(master: SlapMaster, runId: string): ReadonlyMap<string, Route> {
  const get = (answerTo: Route['answer']): Route => ({ verb: 'GET', answer: answerTo });
  const post = (answerTo: Route['answer']): Route => ({ verb: 'POST', answer: answerTo });
  const computerInformation: Route = {
    verb: 'GET',
    isTagged: true,
    answer: async (fields) =>
      writeMarshal(computerObject(await master.getFullComputerInformation(required(fields, 'computer_id')))),
  };
  const softwareReport = (state: 'building' | 'available'): Route =>
    post(async (fields) => {
      const url = fields.get('url');
      const computerId = fields.get('computer_id');
      if (url !== null && computerId !== null) await master.reportSoftware(url, computerId, { state });
      return 'Ignored';
    });
  const instanceReport = (state: 'started' | 'stopped'): Route =>
    post(async (fields) => {
      const reporter = reporterOf(fields);
      if (reporter !== null) await master.reportInstance(reporter, { state });
      return 'Ignored';
    });
  return new Map(
    Object.entries({
      '/getRunId': get(() => runId),

      '/getFullComputerInformation': computerInformation,
      '/getComputerInformation': computerInformation,
      '/loadComputerConfigurationFromXML': post(async (fields) => {
        await master.loadComputerConfiguration(readComputerDocument(readField(required(fields, 'xml'))));
        return 'done';
      }),
      '/useComputer': post(async (fields) => {
        const computerId = fields.get('computer_id');
        const usage = fields.get('use_string');
        if (computerId !== null && usage !== null) await master.reportUsage(computerId, usage);
        return 'Ignored';
      }),
      '/computerBang': post(async (fields) => {
        const computerId = fields.get('computer_id');
        if (computerId !== null) await master.bangComputer(computerId, fields.get('message') ?? '');
        return writeMarshal('');
      }),

      '/supplySupply': post(async (fields) => {
        const url = required(fields, 'url');
        const computerId = required(fields, 'computer_id');
        const state = supplyState(required(fields, 'state'));
        await master.supply(url, computerId, state);
        return `Supplied ${pythonRepr(url)} to be ${state}`;
      }),
      '/buildingSoftwareRelease': softwareReport('building'),
      '/availableSoftwareRelease': softwareReport('available'),
      '/softwareReleaseError': post(async (fields) => {
        const url = fields.get('url');
        const computerId = fields.get('computer_id');
        const log = fields.get('error_log') ?? '';
        if (url !== null && computerId !== null) {
          await master.reportSoftware(url, computerId, { state: 'error', log });
        }
        return 'Ignored';
      }),
      '/destroyedSoftwareRelease': post(async (fields) => {
        const url = required(fields, 'url');
        await master.reportSoftware(url, required(fields, 'computer_id'), { state: 'destroyed' });
        return 'OK';
      }),
      '/getSoftwareReleaseListFromSoftwareProduct': get(async (fields) => {
        const product = fields.get('software_product_reference');
        if (product === null || fields.has('software_release_url')) {
          throw new SlapError('invalid-document', 'exactly a product is asked for');
        }
        return writeMarshal([...(await master.softwareReleasesOfProduct(product))]);
      }),

      '/requestComputerPartition': post(async (fields) =>
        writeMarshal(
          softwareInstanceObject(await master.requestComputerPartition(instanceRequestOf(fields))),
        ),
      ),
      '/registerComputerPartition': get(async (fields) =>
        writeMarshal(
          partitionObject(
            await master.registerComputerPartition({
              computerId: required(fields, 'computer_reference'),
              partitionId: required(fields, 'computer_partition_reference'),
            }),
          ),
        ),
      ),
      '/softwareInstanceRename': post((fields) => {
        const newName = required(fields, 'new_name');
        const partition = partitionOf(fields);
        return orRefusalText(() => master.renameInstance(partition, newName), 'done');
      }),
      '/getComputerPartitionStatus': get(() => writeMarshal('Not implemented.')),

      '/setComputerPartitionConnectionXml': post(async (fields) => {
        const partition = partitionOf(fields);
        const connection = dictionaryField(required(fields, 'connection_xml'));
        const shared = fields.get('slave_reference');
        const isOwn = shared === null || shared === '' || shared === 'None';
        await master.setConnectionParameters(partition, connection, isOwn ? null : shared);
        return 'done';
      }),
      '/startedComputerPartition': instanceReport('started'),
      '/stoppedComputerPartition': instanceReport('stopped'),
      '/softwareInstanceError': post(async (fields) => {
        const reporter = reporterOf(fields);
        const log = fields.get('error_log') ?? '';
        if (reporter !== null) await master.reportInstance(reporter, { state: 'error', log });
        return 'Ignored';
      }),
      '/softwareInstanceBang': post(async (fields) => {
        await master.bangInstance(partitionOf(fields), fields.get('message') ?? '');
        return 'OK';
      }),
      '/destroyedComputerPartition': post((fields) => {
        const partition = partitionOf(fields);
        return orRefusalText(() => master.reportInstance(partition, { state: 'destroyed' }), 'OK');
      }),
      '/getComputerPartitionCertificate': get(async (fields) => {
        const partition = reporterOf(fields);
        const pair = partition === null ? NO_CERTIFICATE : await master.getPartitionCertificate(partition);
        return writeMarshal({ certificate: pair.certificate, key: pair.key });
      }),
    } satisfies Record<string, Route>),
  );
}

const NO_CERTIFICATE = { certificate: '', key: '' };
