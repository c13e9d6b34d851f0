/**
 * The client side of the classic family (§6): a {@link SlapMaster} that is somewhere else.
 */
import { writeComputerDocument } from '../computer-document.ts';
import { SlapError, slapErrorOfStatus } from '../errors.ts';
import { FORM_TYPE, type SlapResponse, type SlapTransport } from '../http.ts';
import { MarshalError, readMarshal } from '../marshal/read.ts';
import { isDictionary, type SlapValue } from '../marshal/values.ts';
import { writeMarshal } from '../marshal/write.ts';
import type { ComputerRecord, InstanceRequest, PartitionReference, SlapMaster } from '../master.ts';
import { pythonString } from '../python.ts';
import { errorMessage } from '../html.ts';
import { readComputer, readPartition, readSoftwareInstance } from './objects.ts';

type Fields = Readonly<Record<string, string>>;

/**
 * While a computer's answer stays the same, so does the record that is returned for it.
 * @param options.userAgent what the master sees as `User-Agent`.
 */
export function createClassicClient(options: { transport: SlapTransport; userAgent?: string }): SlapMaster {
  const agent = { 'user-agent': options.userAgent ?? 'slapgrid', accept: '*/*' };

  async function respond(
    method: 'GET' | 'POST',
    name: string,
    fields: Fields,
    extra: { once?: true; known?: string | null } = {},
  ): Promise<SlapResponse> {
    const { known, ...once } = extra;
    const form = new URLSearchParams(fields).toString();
    const response = await options.transport(
      method === 'GET'
        ? {
            method,
            path: `/${name}`,
            query: form,
            headers: typeof known === 'string' ? { ...agent, 'if-none-match': known } : agent,
            body: '',
          }
        : {
            method,
            path: `/${name}`,
            query: '',
            headers: { ...agent, 'content-type': FORM_TYPE },
            body: form,
            ...once,
          },
    );
    if (response.status >= 200 && response.status < 300) return response;
    if (response.status === 304 && typeof known === 'string') return response;
    const words = errorMessage(response.body) ?? `${name} was answered with status ${response.status}`;
    throw slapErrorOfStatus(response.status, words);
  }

  async function call(...[method, name, fields, extra]: Parameters<typeof respond>): Promise<string> {
    return (await respond(method, name, fields, extra)).body;
  }

  const get = (name: string, fields: Fields): Promise<string> => call('GET', name, fields);
  const post = (name: string, fields: Fields): Promise<string> => call('POST', name, fields);

  /** A node asks again and again for its computer, and seldom is anything new. */
  let latest: { asked: string; tag: string | null; body: string; computer: ComputerRecord } | null = null;

  async function computerInformation(name: string, computerId: string): Promise<ComputerRecord> {
    const before = latest?.asked === computerId ? latest : null;
    const answer = await respond('GET', name, { computer_id: computerId }, { known: before?.tag ?? null });
    if (before !== null && (answer.status === 304 || answer.body === before.body)) return before.computer;
    const computer = readComputer(parsed(answer.body));
    latest = { asked: computerId, tag: answer.headers['etag'] ?? null, body: answer.body, computer };
    return computer;
  }

  return {
    async getFullComputerInformation(computerId) {
      try {
        return await computerInformation('getFullComputerInformation', computerId);
      } catch (error) {
        if (!(error instanceof SlapError && error.status === 404)) throw error;
        return computerInformation('getComputerInformation', computerId);
      }
    },

    async loadComputerConfiguration(document) {
      await post('loadComputerConfigurationFromXML', { xml: writeMarshal(writeComputerDocument(document)) });
    },

    async supply(url, computerId, state) {
      await post('supplySupply', { url, computer_id: computerId, state });
    },

    async reportSoftware(url, computerId, report) {
      const fields = { url, computer_id: computerId };
      if (report.state === 'error') await post('softwareReleaseError', { ...fields, error_log: report.log });
      else await post(`${report.state}SoftwareRelease`, fields);
    },

    async requestComputerPartition(request) {
      const answer = parsed(await post('requestComputerPartition', requestFields(request)));
      return readSoftwareInstance(answer, request.shared);
    },

    async registerComputerPartition({ computerId, partitionId }) {
      const fields = { computer_reference: computerId, computer_partition_reference: partitionId };
      return readPartition(parsed(await get('registerComputerPartition', fields)));
    },

    async setConnectionParameters(partition, connection, sharedReference) {
      await post('setComputerPartitionConnectionXml', {
        ...partitionFields(partition),
        connection_xml: writeMarshal(connection),
        ...(sharedReference === null ? {} : { slave_reference: sharedReference }),
      });
    },

    async reportInstance(partition, report) {
      const fields = partitionFields(partition);
      if (report.state === 'error') {
        await post('softwareInstanceError', { ...fields, error_log: report.log });
      } else {
        refuseText(await post(`${report.state}ComputerPartition`, fields));
      }
    },

    async bangInstance(partition, message) {
      await post('softwareInstanceBang', { ...partitionFields(partition), message });
    },

    async bangComputer(computerId, message) {
      await post('computerBang', { computer_id: computerId, message });
    },

    async renameInstance(partition, newName) {
      refuseText(await post('softwareInstanceRename', { ...partitionFields(partition), new_name: newName }));
    },

    async softwareReleasesOfProduct(product) {
      const fields = { software_product_reference: product };
      const urls = parsed(await get('getSoftwareReleaseListFromSoftwareProduct', fields));
      if (!Array.isArray(urls)) throw new SlapError('invalid-document', 'a list was expected');
      return urls.map((url: SlapValue) => pythonString(url));
    },

    async getPartitionCertificate(partition) {
      const pair = parsed(await get('getComputerPartitionCertificate', partitionFields(partition)));
      if (!isDictionary(pair)) throw new SlapError('invalid-document', 'a dictionary was expected');
      return { certificate: pythonString(pair['certificate'] ?? ''), key: pythonString(pair['key'] ?? '') };
    },

    async reportUsage(computerId, usage) {
      // A master keeps what it is told, however often.
      await call('POST', 'useComputer', { computer_id: computerId, use_string: usage }, { once: true });
    },
  };
}

function parsed(body: string): SlapValue {
  try {
    return readMarshal(body);
  } catch (error) {
    if (!(error instanceof MarshalError)) throw error;
    throw new SlapError('invalid-document', `the answer cannot be read: ${error.message}`, { cause: error });
  }
}

function partitionFields({ computerId, partitionId }: PartitionReference): Fields {
  return { computer_id: computerId, computer_partition_id: partitionId };
}

/** All fields, always: some servers fail without the ones that are called optional (§7.1). */
function requestFields(request: InstanceRequest): Fields {
  return {
    software_release: request.softwareUrl,
    partition_reference: request.name,
    partition_parameter_xml: writeMarshal(request.parameters),
    filter_xml: writeMarshal(request.filter),
    software_type: request.softwareType === '' ? 'default' : request.softwareType,
    state: writeMarshal(request.state),
    shared_xml: writeMarshal(request.shared),
    ...(request.requester === null ? {} : partitionFields(request.requester)),
  };
}

/** Upstream refuses some calls with status 200 and a sentence, which its own client cannot see (§6.4). */
function refuseText(text: string): void {
  if (text.startsWith('Unknown partition ')) throw new SlapError('unknown-partition', text, { status: 200 });
  if (text.startsWith('Not destroying yet')) throw new SlapError('children-remain', text, { status: 200 });
}
