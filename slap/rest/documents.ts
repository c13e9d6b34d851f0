/**
 * Instances as the REST family shows them.
 */
import type { InstanceRecord } from '../master.ts';
import { MODULE_PATH } from './openapi.ts';
import type { InstanceDocument } from './schemas.ts';

/** @param url where the master is. @param children names of the instances that a root requested. */
export function documentOf(
  url: string,
  instance: InstanceRecord,
  children: readonly string[],
): InstanceDocument {
  return {
    instance_id: instance.name,
    instance_guid: instance.guid,
    url: instanceUrl(url, instance),
    software_release: instance.softwareUrl,
    instance_type: instance.softwareType,
    status: instance.requestedState,
    slave: instance.shared,
    parameter: instance.parameters,
    sla: instance.filter,
    connection: instance.connection ?? {},
    root_instance_id: instance.requestedBy || instance.name,
    children_id_list: [...children],
    partition: {
      computer_id: instance.computerId,
      partition_id: instance.partitionId,
      ip_list: instance.ipList.map(([name, address]) => ({ interface: name, address })),
    },
    last_modified: instance.modified === null ? null : new Date(instance.modified / 1000).toISOString(),
  };
}

export function instanceUrl(url: string, { guid }: InstanceRecord): string {
  return `${url}${MODULE_PATH}${encodeURIComponent(guid)}`;
}
