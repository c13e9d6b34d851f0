/**
 * What an instance may ask of the joined master that it is hosted for, and how it is asked: in the name of its own partition, whatever it
 * says, with the computer's certificate, which it never sees. Everything else is refused here; what the master answers is passed on.
 *
 * | call                                | and besides who asks                                                                  |
 * | ----------------------------------- | ------------------------------------------------------------------------------------- |
 * | `requestComputerPartition`          | a child: what §7.1 names; always asked by the partition, never as a person            |
 * | `registerComputerPartition`         | itself                                                                                |
 * | `setComputerPartitionConnectionXml` | its own connection parameters, and those of shared instances that it hosts            |
 * | `softwareInstanceBang`              | itself                                                                                |
 * | `getComputerPartitionCertificate`   | itself                                                                                |
 */
import { formFields } from '../../slap/classic/fields.ts';
import { SlapError } from '../../slap/errors.ts';
import { errorResponse, textResponse } from '../../slap/html.ts';
import {
  FORM_TYPE,
  type SlapHandler,
  type SlapRequest,
  type SlapResponse,
  type SlapTransport,
} from '../../slap/http.ts';
import { writeMarshal } from '../../slap/marshal/write.ts';
import type { PartitionReference } from '../../slap/master.ts';
import { text } from '../messages.ts';

type Fields = Readonly<Record<string, string>>;

type Call = {
  verb: 'GET' | 'POST';
  /** What the partition is called in it. */
  computer: string;
  partition: string;
  /** What may be said besides, and what is said where nothing is: some masters fail without it (§7.1). */
  fields: Readonly<Record<string, string | null>>;
  /** Whether a success is a marshal document. */
  isDocument: boolean;
};

const OWN = { computer: 'computer_id', partition: 'computer_partition_id' };
const NOTHING = writeMarshal({});

const CALLS: ReadonlyMap<string, Call> = new Map([
  [
    '/requestComputerPartition',
    {
      verb: 'POST',
      ...OWN,
      fields: {
        software_release: null,
        software_type: 'default',
        partition_reference: null,
        state: writeMarshal(null),
        partition_parameter_xml: NOTHING,
        filter_xml: NOTHING,
        shared_xml: writeMarshal(false),
      },
      isDocument: true,
    },
  ],
  [
    '/registerComputerPartition',
    {
      verb: 'GET',
      computer: 'computer_reference',
      partition: 'computer_partition_reference',
      fields: {},
      isDocument: true,
    },
  ],
  [
    '/setComputerPartitionConnectionXml',
    { verb: 'POST', ...OWN, fields: { connection_xml: null, slave_reference: null }, isDocument: false },
  ],
  ['/softwareInstanceBang', { verb: 'POST', ...OWN, fields: { message: null }, isDocument: false }],
  ['/getComputerPartitionCertificate', { verb: 'GET', ...OWN, fields: {}, isDocument: true }],
]);

/** Calls of one instance that are under way at once; more have to wait. */
const MOST_AT_ONCE = 4;
const RETRY_SECONDS = { busy: '1', silent: '60' };

export type InstanceCallsOptions = {
  partition: PartitionReference;
  /** How the master is called. */
  master: string;
  transport: SlapTransport;
  /** References of the shared instances that it hosts. */
  hosted: () => readonly string[];
};

export function instanceCalls(options: InstanceCallsOptions): SlapHandler {
  let underWay = 0;
  return async (request) => {
    const call = CALLS.get(request.path);
    if (call === undefined) return errorResponse(404);
    const allow = call.verb === 'GET' ? 'GET' : 'POST';
    if (request.method !== call.verb) return errorResponse(405, undefined, { allow });
    if (underWay >= MOST_AT_ONCE)
      return errorResponse(429, text('hosting.inside.busy'), { 'retry-after': RETRY_SECONDS.busy });
    underWay += 1;
    try {
      return await forwarded(call, fieldsOf(call, request, options), request.path, options);
    } catch (error) {
      if (!(error instanceof SlapError)) throw error;
      return refusal(error, options.master);
    } finally {
      underWay -= 1;
    }
  };
}

/** @throws SlapError `bad-request`, `forbidden`. */
function fieldsOf(call: Call, request: SlapRequest, options: InstanceCallsOptions): Fields {
  const { computerId, partitionId } = options.partition;
  const said = formFields(call.verb, request);
  const isOther = (name: string, own: string): boolean => said.getAll(name).some((value) => value !== own);
  if (isOther(call.computer, computerId) || isOther(call.partition, partitionId))
    throw new SlapError('forbidden', text('hosting.inside.forbidden'));
  const fields: Record<string, string> = { [call.computer]: computerId, [call.partition]: partitionId };
  for (const [name, missing] of Object.entries(call.fields)) {
    const value = said.get(name) ?? missing;
    if (value !== null) fields[name] = value;
  }
  const shared = fields['slave_reference'] ?? '';
  // As upstream's library says that there is none (§6.4).
  if (shared === '' || shared === 'None') delete fields['slave_reference'];
  else if (!options.hosted().includes(shared))
    throw new SlapError('forbidden', text('hosting.inside.forbidden'));
  return fields;
}

/** @throws SlapError `unreachable`. */
async function forwarded(
  { verb, isDocument }: Call,
  fields: Fields,
  path: string,
  { transport, master }: InstanceCallsOptions,
): Promise<SlapResponse> {
  const form = new URLSearchParams(fields).toString();
  const headers = { 'user-agent': 'slapgrid', accept: '*/*' };
  const { status, body } = await transport(
    verb === 'GET'
      ? { method: verb, path, query: form, headers, body: '' }
      : { method: verb, path, query: '', headers: { ...headers, 'content-type': FORM_TYPE }, body: form },
  );
  const isSuccess = status >= 200 && status < 300;
  if (isSuccess ? isDocument && !MARSHAL.test(body) : status < 400)
    return errorResponse(502, text('hosting.inside.unreadable', { master }));
  return textResponse(body, status);
}

const MARSHAL = /^\s*(?:<\?xml[^>]*>\s*)?<marshal[\s>][^]*<\/marshal>\s*$/u;

function refusal(error: SlapError, master: string): SlapResponse {
  if (error.code === 'unreachable')
    return errorResponse(503, text('hosting.inside.silent', { master }), {
      'retry-after': RETRY_SECONDS.silent,
    });
  return errorResponse(error.status, error.message === '' ? undefined : error.message);
}
