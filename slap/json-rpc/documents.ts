/**
 * Instances as the JSON-RPC family shows them (§11.3).
 */
import type { InstanceRecord, InstanceRequest, SoftwareInstanceRecord } from '../master.ts';
import type { InstanceDocument } from './methods.ts';

/** A shared one has no addresses of its own here, but its host's time stamp. */
export function instanceDocument(instance: InstanceRecord): InstanceDocument {
  return {
    title: instance.name,
    instance_guid: instance.guid,
    software_release_uri: instance.softwareUrl,
    software_type: instance.softwareType,
    state: instance.requestedState,
    connection_parameters: instance.connection ?? {},
    parameters: instance.parameters,
    shared: instance.shared,
    root_instance_title: instance.requestedBy || instance.name,
    ip_list: instance.shared ? [] : instance.ipList.map((pair) => [...pair]),
    full_ip_list: [],
    sla_parameters: instance.filter,
    computer_guid: instance.computerId,
    compute_partition_id: instance.partitionId,
    processing_timestamp: Math.trunc((instance.modified ?? 0) / 1e6),
    access_status_message: instance.accessStatus ?? '',
  };
}

/** What a request answers: a shared one has its host's addresses, and no time stamp. */
export function requestedDocument(
  request: InstanceRequest,
  answer: SoftwareInstanceRecord,
): InstanceDocument {
  return {
    title: request.name,
    instance_guid: answer.guid,
    software_release_uri: answer.softwareUrl,
    software_type: answer.softwareType,
    state: answer.shared ? 'started' : stateOf(answer.requestedState),
    connection_parameters: answer.connection,
    parameters: answer.parameters,
    shared: answer.shared,
    root_instance_title: answer.rootInstanceTitle || request.name,
    ip_list: answer.ipList.map((pair) => [...pair]),
    full_ip_list: [],
    sla_parameters: {},
    computer_guid: answer.computerId,
    compute_partition_id: answer.partitionId,
    processing_timestamp: secondsOf(answer.timestamp),
    access_status_message: '',
  };
}

function stateOf(state: string): InstanceDocument['state'] {
  return state === 'stopped' || state === 'destroyed' ? state : 'started';
}

/** 0 for a text that is no time. */
function secondsOf(timestamp: string): number {
  const seconds = Math.trunc(Number(timestamp));
  return Number.isSafeInteger(seconds) ? seconds : 0;
}
