/**
 * The four marshalled classes (§5) and the records they stand for.
 */
import { z } from 'zod';
import { SlapError } from '../errors.ts';
import {
  isDictionary,
  SlapObject,
  type SlapClass,
  type SlapDictionary,
  type SlapValue,
  Tuple,
} from '../marshal/values.ts';
import type {
  ComputerPartitionRecord,
  ComputerRecord,
  IpPair,
  SoftwareInstanceRecord,
  SoftwareReleaseRecord,
} from '../master.ts';
import { pythonString } from '../python.ts';

type Texts = Readonly<Record<string, string | null>>;

// Containers are always made anew below: the writer shows one that occurs twice as a reference, which upstream does not do here.

function ipListValue(ipList: readonly IpPair[]): SlapValue[] {
  return ipList.map(([name, address]) => new Tuple([name, address]));
}

export function computerObject(computer: ComputerRecord): SlapObject {
  return new SlapObject('Computer', [computer.computerId], {
    _computer_id: computer.computerId,
    _computer_partition_list: computer.partitions.map(partitionObject),
    _software_release_list: computer.software.map((release) =>
      softwareReleaseObject(release.url, computer.computerId, { _requested_state: release.requestedState }),
    ),
  });
}

function softwareReleaseObject(url: string, computerId: string, more: SlapDictionary): SlapObject {
  return new SlapObject('SoftwareRelease', [url, computerId], {
    _computer_guid: computerId,
    _software_instance_list: [],
    _software_release: url,
    ...more,
  });
}

export function partitionObject(partition: ComputerPartitionRecord): SlapObject {
  const { computerId, partitionId } = partition;
  const identity = {
    _computer_id: computerId,
    _instance_guid: partition.instanceGuid,
    _partition_id: partitionId,
    _request_dict: null,
  };
  const state: SlapDictionary =
    partition.software === null
      ? {
          ...identity,
          _need_modification: 0,
          _requested_state: 'destroyed',
          _software_release_document: null,
        }
      : {
          ...identity,
          _connection_dict: partition.connection,
          _need_modification: 1,
          _parameter_dict: partitionParameters(partition, partition.software.url),
          _requested_state: partition.requestedState,
          _software_release_document: softwareReleaseObject(partition.software.url, computerId, {}),
          ...(partition.accessStatus === null ? {} : { _access_status: partition.accessStatus }),
        };
  return new SlapObject('ComputerPartition', [computerId, partitionId, null], state);
}

/** The instance's own parameters, and over them what §5.2 adds. */
function partitionParameters(partition: ComputerPartitionRecord, softwareUrl: string): SlapDictionary {
  return {
    ...partition.parameters,
    full_address_list: [],
    instance_title: partition.instanceTitle,
    ip_list: ipListValue(partition.ipList),
    root_instance_title: partition.rootInstanceTitle,
    slap_computer_id: partition.computerId,
    slap_computer_partition_id: partition.partitionId,
    slap_software_release_url: softwareUrl,
    slap_software_type: partition.softwareType,
    slave_instance_list: partition.sharedInstances,
    ...(partition.timestamp === '' ? {} : { timestamp: partition.timestamp }),
  };
}

export function softwareInstanceObject(instance: SoftwareInstanceRecord): SlapObject {
  const common = {
    _connection_dict: instance.connection,
    ip_list: ipListValue(instance.ipList),
    slap_computer_id: instance.computerId,
    slap_computer_partition_id: instance.partitionId,
    // A constant of upstream's (§5.4).
    slap_server_url: 'slap_server_url',
    slap_software_release_url: instance.softwareUrl,
    slap_software_type: instance.softwareType,
  };
  const state: SlapDictionary = instance.shared
    ? { ...common, _parameter_dict: instance.parameters }
    : {
        ...common,
        _instance_guid: instance.instanceGuid,
        _parameter_dict: { ...instance.parameters, timestamp: instance.timestamp },
        _requested_state: instance.requestedState,
        connection_xml: instance.connectionXml,
      };
  return new SlapObject('SoftwareInstance', [], state);
}

// Reading: unknown attributes are ignored, absent ones survived (§5).

/** Keys of `_parameter_dict` that are not the instance's own (§5.2). */
const ADDED_PARAMETERS = new Set([
  'full_address_list',
  'full_ip_list',
  'instance_title',
  'ip_list',
  'root_instance_short_title',
  'root_instance_title',
  'slap_computer_id',
  'slap_computer_partition_id',
  'slap_software_release_url',
  'slap_software_type',
  'slave_instance_list',
  'timestamp',
]);

const value = z.custom<SlapValue>();
const dictionary = z.custom<SlapDictionary>(isDictionary).optional();
const optionalText = z.string().nullish();
const text = optionalText.transform((given) => given ?? '');
/** A text or, from a full master, an integer. */
const opaqueText = value
  .optional()
  .transform((given) => (given === null || given === undefined ? '' : pythonString(given)));
const ipList = z
  .array(z.instanceof(Tuple))
  .optional()
  .transform((pairs) =>
    (pairs ?? []).map(({ items }): IpPair => [pythonString(items[0] ?? ''), pythonString(items[1] ?? '')]),
  );

/** The attributes of an object of one class. */
function attributesOf(className: SlapClass) {
  return z
    .custom<SlapObject>((given) => given instanceof SlapObject && given.className === className)
    .transform((given): unknown => given.state);
}

const softwareReleaseSchema = attributesOf('SoftwareRelease').pipe(
  z
    .object({ _software_release: z.string(), _requested_state: optionalText })
    .transform((state): SoftwareReleaseRecord => ({
      url: state._software_release,
      requestedState: state._requested_state === 'destroyed' ? 'destroyed' : 'available',
    })),
);

const addedParameters = z.object({
  instance_title: text,
  root_instance_title: text,
  slap_software_type: text,
  timestamp: opaqueText,
  ip_list: ipList,
  slave_instance_list: z.array(z.custom<SlapDictionary>(isDictionary)).optional(),
});

const partitionSchema = attributesOf('ComputerPartition').pipe(
  z
    .object({
      _computer_id: z.string(),
      _partition_id: z.string(),
      _instance_guid: text,
      _requested_state: text,
      _software_release_document: z.union([z.null(), softwareReleaseSchema]).optional(),
      _connection_dict: dictionary,
      _parameter_dict: dictionary,
      _access_status: optionalText,
    })
    .transform((state): ComputerPartitionRecord => {
      const added = addedParameters.parse(state._parameter_dict ?? {});
      const software = state._software_release_document ?? null;
      return {
        computerId: state._computer_id,
        partitionId: state._partition_id,
        instanceGuid: state._instance_guid,
        software: software === null ? null : { url: software.url },
        requestedState: state._requested_state,
        parameters: texts(state._parameter_dict, ADDED_PARAMETERS),
        connection: texts(state._connection_dict),
        softwareType: added.slap_software_type,
        instanceTitle: added.instance_title,
        rootInstanceTitle: added.root_instance_title,
        ipList: added.ip_list,
        sharedInstances: added.slave_instance_list ?? [],
        timestamp: added.timestamp,
        accessStatus: state._access_status ?? null,
      };
    }),
);

const computerSchema = attributesOf('Computer').pipe(
  z
    .object({
      _computer_id: z.string(),
      _computer_partition_list: z.array(partitionSchema).default([]),
      _software_release_list: z.array(softwareReleaseSchema).default([]),
    })
    .transform((state): ComputerRecord => ({
      computerId: state._computer_id,
      partitions: state._computer_partition_list,
      software: state._software_release_list,
    })),
);

const softwareInstanceSchema = attributesOf('SoftwareInstance').pipe(
  z.object({
    slap_computer_id: z.string(),
    slap_computer_partition_id: z.string(),
    slap_software_release_url: text,
    slap_software_type: text,
    _instance_guid: text,
    _requested_state: text,
    _parameter_dict: dictionary,
    _connection_dict: dictionary,
    connection_xml: optionalText,
    root_instance_title: text,
    ip_list: ipList,
    timestamp: opaqueText,
  }),
);

function texts(given: SlapDictionary | undefined, except: ReadonlySet<string> = new Set()): Texts {
  const result: Record<string, string | null> = { __proto__: null };
  for (const [key, item] of Object.entries(given ?? {})) {
    if (!except.has(key)) result[key] = item === null ? null : pythonString(item);
  }
  return result;
}

function read<Schema extends z.ZodType>(schema: Schema, given: SlapValue): z.output<Schema> {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw new SlapError('invalid-document', z.prettifyError(parsed.error), { cause: parsed.error });
}

/** @throws SlapError `invalid-document`, as the next two. */
export function readComputer(given: SlapValue): ComputerRecord {
  return read(computerSchema, given);
}

export function readPartition(given: SlapValue): ComputerPartitionRecord {
  return read(partitionSchema, given);
}

/** @param shared what was asked for: the wire does not tell. */
export function readSoftwareInstance(given: SlapValue, shared: boolean): SoftwareInstanceRecord {
  const state = read(softwareInstanceSchema, given);
  const timestamp = state._parameter_dict?.['timestamp'] ?? null;
  return {
    guid: state._instance_guid,
    computerId: state.slap_computer_id,
    partitionId: state.slap_computer_partition_id,
    instanceGuid: state._instance_guid,
    rootInstanceTitle: state.root_instance_title,
    requestedState: state._requested_state,
    softwareUrl: state.slap_software_release_url,
    softwareType: state.slap_software_type,
    parameters: texts(state._parameter_dict, new Set(['timestamp'])),
    timestamp: timestamp === null ? state.timestamp : pythonString(timestamp),
    connection: texts(state._connection_dict),
    connectionXml: state.connection_xml ?? null,
    ipList: state.ip_list,
    shared,
  };
}
