/**
 * Methods about instances (§11.4).
 */
import { SlapError } from '../errors.ts';
import type { SlapValue } from '../marshal/values.ts';
import type { InstanceRecord, InstanceRequest, PartitionReference, ServedMaster } from '../master.ts';
import { instanceDocument, requestedDocument } from './documents.ts';
import { method, pairOf, Refusal, type Route, success } from './method.ts';
import { METHODS, type MethodBody, type MethodName } from './methods.ts';

/** @param requester the instance that calls; null: a person. */
export function instanceRoutes(master: ServedMaster, requester: PartitionReference | null) {
  const find = async (guid: string): Promise<InstanceRecord> => master.getInstance(guid);
  /** The instance, or a refusal for a shared one, even if that is unknown. */
  const findOwn = async (guid: string, words = 'NotImplemented'): Promise<InstanceRecord> => {
    const notShared = new Refusal(403, words);
    const instance = await find(guid).catch((error: unknown) => {
      throw error instanceof SlapError && error.code === 'unknown-shared-instance' ? notShared : error;
    });
    if (instance.shared) throw notShared;
    return instance;
  };

  return {
    'slapos.post.v0.software_instance': method(METHODS['slapos.post.v0.software_instance'], async (body) => {
      const request = instanceRequestOf(body, requester);
      try {
        return requestedDocument(request, await master.requestComputerPartition(request));
      } catch (error) {
        if (error instanceof SlapError && error.code === 'not-ready') return notReady(error);
        throw error;
      }
    }),
    'slapos.get.v0.software_instance': method(
      METHODS['slapos.get.v0.software_instance'],
      async ({ instance_guid: guid }) => instanceDocument(await find(guid)),
    ),
    'slapos.get.v0.compute_partition': method(METHODS['slapos.get.v0.compute_partition'], async (body) =>
      instanceDocument(
        await master.getInstanceOfPartition({
          computerId: body.computer_guid,
          partitionId: body.compute_partition_id,
        }),
      ),
    ),
    'slapos.get.v0.instance_tree': method(METHODS['slapos.get.v0.instance_tree'], async ({ title }) => {
      const [root, ...others] = await master.listInstances({ of: 'roots', name: title });
      // One of each kind has that name: neither is meant.
      if (root === undefined || others.length > 0) {
        throw new Refusal(403, `No instance tree ${title} found.`);
      }
      return instanceDocument(root);
    }),
    'slapos.allDocs.v0.instance_tree_list': method(
      METHODS['slapos.allDocs.v0.instance_tree_list'],
      async () => {
        const roots = await master.listInstances({ of: 'roots' });
        return { result_list: roots.map((root) => ({ title: root.name })) };
      },
    ),
    'slapos.allDocs.v0.instance_node_instance_list': method(
      METHODS['slapos.allDocs.v0.instance_node_instance_list'],
      async ({ instance_guid: guid }) => {
        const host = await findOwn(guid, `No software instance ${guid} found.`);
        const hosted = await master.listInstances({ of: 'host', partition: host });
        return {
          result_list: hosted.map((instance) => ({
            title: instance.name,
            instance_guid: instance.guid,
            software_type: instance.softwareType,
            state: instance.requestedState,
            parameters: instance.parameters,
            compute_partition_id: instance.partitionId,
          })),
        };
      },
    ),
    'slapos.get.v0.software_instance_certificate': method(
      METHODS['slapos.get.v0.software_instance_certificate'],
      async ({ instance_guid: guid }) => pairOf(await master.getPartitionCertificate(await findOwn(guid))),
    ),
    'slapos.put.v0.software_instance_reported_state': method(
      METHODS['slapos.put.v0.software_instance_reported_state'],
      async ({ instance_guid: guid, reported_state: state }) => {
        const instance = await find(guid).catch((error: unknown) => {
          // Only whose end is reported must be known.
          if (isUnknownShared(error) || (state !== 'destroyed' && isUnknown(error))) return null;
          throw error;
        });
        if (instance === null || instance.shared) return success('Ignored');
        await master.reportInstance(instance, { state });
        return success(state === 'destroyed' ? 'Destroyed' : 'Ignored');
      },
    ),
    'slapos.put.v0.software_instance_bang': method(
      METHODS['slapos.put.v0.software_instance_bang'],
      async ({ instance_guid: guid, message }) => {
        const instance = await unlessUnknown(findOwn(guid));
        if (instance !== undefined) await master.bangInstance(instance, message);
        return success('Bang handled');
      },
    ),
    'slapos.put.v0.software_instance_title': method(
      METHODS['slapos.put.v0.software_instance_title'],
      async ({ instance_guid: guid, title }) => {
        await master.renameInstance(await findOwn(guid), title);
        return success('Renamed');
      },
    ),
    'slapos.put.v0.software_instance_connection_parameter': method(
      METHODS['slapos.put.v0.software_instance_connection_parameter'],
      async ({ instance_guid: guid, connection_parameter_dict: connection }) => {
        const instance = await unlessUnknown(find(guid));
        if (instance !== undefined) {
          await master.setConnectionParameters(instance, connection, instance.sharedReference);
        }
        return success('Updated');
      },
    ),
    'slapos.put.v0.software_instance_error': method(
      METHODS['slapos.put.v0.software_instance_error'],
      async ({ instance_guid: guid, message }) => {
        const instance = await unlessUnknown(find(guid));
        if (instance !== undefined && !instance.shared) {
          await master.reportInstance(instance, { state: 'error', log: message });
        }
        return success('Ignored');
      },
    ),
  } satisfies Partial<Record<MethodName, Route>>;
}

/** `undefined` for one that is unknown: some calls pass over those in silence (§11.4). */
async function unlessUnknown(instance: Promise<InstanceRecord>): Promise<InstanceRecord | undefined> {
  try {
    return await instance;
  } catch (error) {
    if (isUnknown(error)) return undefined;
    throw error;
  }
}

function isUnknown(error: unknown): boolean {
  return error instanceof SlapError && ['unknown-instance', 'unknown-shared-instance'].includes(error.code);
}

function isUnknownShared(error: unknown): boolean {
  return error instanceof SlapError && error.code === 'unknown-shared-instance';
}

function notReady(error: SlapError): { message: string; name: string; status: number } {
  return { message: error.message, name: 'SoftwareInstanceNotReady', status: 102 };
}

/** No state is started here: a person who asks again without one starts it again (§11.4). */
function instanceRequestOf(
  body: MethodBody<'slapos.post.v0.software_instance'>,
  requester: PartitionReference | null,
): InstanceRequest {
  const filter: Record<string, SlapValue> = { __proto__: null };
  for (const [key, value] of Object.entries(body.sla_parameters ?? {})) {
    if (value !== undefined) filter[key] = value;
  }
  return {
    name: body.title,
    softwareUrl: body.software_release_uri,
    softwareType: body.software_type,
    state: body.state ?? 'started',
    shared: body.shared ?? false,
    parameters: body.parameters ?? {},
    filter,
    requester,
  };
}
