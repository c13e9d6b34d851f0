/**
 * Methods about computers and their software (§11.4).
 */
import { masterUrl } from '../addresses.ts';
import type { ComputerDocument, ServedMaster } from '../master.ts';
import { compareCodePoints } from '../order.ts';
import { method, pairOf, type Route, success } from './method.ts';
import { METHODS, type MethodBody, type MethodName } from './methods.ts';

export function computerRoutes(master: ServedMaster) {
  return {
    'slapos.allDocs.v0.compute_node_instance_list': method(
      METHODS['slapos.allDocs.v0.compute_node_instance_list'],
      async (body) => {
        const instances = await master.listInstances({ of: 'computer', computerId: body.computer_guid });
        return {
          result_list: instances.map((instance) => ({
            title: instance.name,
            instance_guid: instance.guid,
            state: instance.requestedState,
            compute_partition_id: instance.partitionId,
            software_release_uri: instance.softwareUrl,
          })),
        };
      },
    ),
    'slapos.allDocs.v0.compute_node_software_installation_list': method(
      METHODS['slapos.allDocs.v0.compute_node_software_installation_list'],
      async (body) => {
        const software = await master.listSoftware(body.computer_guid);
        return {
          result_list: software.map(({ url, requestedState }) => ({
            software_release_uri: url,
            state: requestedState,
          })),
        };
      },
    ),
    'slapos.post.v0.software_installation': method(
      METHODS['slapos.post.v0.software_installation'],
      async ({ software_release_uri: url, computer_guid: computerId, state = 'available' }) => {
        await master.supply(url, computerId, state);
        return success(`Supplied ${url} to be ${state}`);
      },
    ),
    'slapos.put.v0.software_installation_reported_state': method(
      METHODS['slapos.put.v0.software_installation_reported_state'],
      async ({ software_release_uri: url, computer_guid: computerId, reported_state: state }) => {
        await master.reportSoftware(url, computerId, { state });
        return success(state === 'destroyed' ? 'Destroyed' : 'Ignored');
      },
    ),
    'slapos.put.v0.software_installation_error': method(
      METHODS['slapos.put.v0.software_installation_error'],
      async ({ software_release_uri: url, computer_guid: computerId, message }) => {
        await master.reportSoftware(url, computerId, { state: 'error', log: message });
        return success('Ignored');
      },
    ),
    'slapos.put.v0.compute_node_format': method(
      METHODS['slapos.put.v0.compute_node_format'],
      async (body) => {
        await master.loadComputerConfiguration(computerDocumentOf(body));
        return success('Formatted');
      },
    ),
    'slapos.put.v0.compute_node_bang': method(
      METHODS['slapos.put.v0.compute_node_bang'],
      async ({ computer_guid: computerId, message }) => {
        await master.bangComputer(computerId, message);
        return success('Ignored');
      },
    ),
    'slapos.post.v0.compute_node_usage': method(
      METHODS['slapos.post.v0.compute_node_usage'],
      async ({ computer_guid: computerId, tioxml }) => {
        await master.reportUsage(computerId, tioxml);
        return success('Ignored');
      },
    ),
    'slapos.post.v0.compute_node_certificate': method(
      METHODS['slapos.post.v0.compute_node_certificate'],
      async (body) => pairOf(await master.generateComputerCertificate(body.computer_guid)),
    ),
    'slapos.remove.v0.compute_node_certificate': method(
      METHODS['slapos.remove.v0.compute_node_certificate'],
      async (body) => {
        await master.revokeComputerCertificate(body.computer_guid);
        return success('Ignored');
      },
    ),
    'slapos.get.v0.compute_node_status': method(
      METHODS['slapos.get.v0.compute_node_status'],
      async (body) => ({
        text: (await master.getComputerStatus(body.computer_guid)) ?? 'Unknown (not implemented)',
      }),
    ),
    'slapos.get.v0.hateoas_url': method(METHODS['slapos.get.v0.hateoas_url'], async (_body, request) => ({
      hateoas_url: `${masterUrl(request)}/hateoas/`,
    })),
    'slapos.allDocs.WIP.compute_node_list': method(
      METHODS['slapos.allDocs.WIP.compute_node_list'],
      async () => {
        const ids = (await master.listComputers()).map(({ computerId }) => computerId);
        return { result_list: ids.toSorted(compareCodePoints).map((id) => ({ computer_guid: id })) };
      },
    ),
  } satisfies Partial<Record<MethodName, Route>>;
}

/** A node tells nothing of the computer's own address here; what else is left out is empty. */
function computerDocumentOf(body: MethodBody<'slapos.put.v0.compute_node_format'>): ComputerDocument {
  return {
    reference: body.computer_guid,
    address: null,
    netmask: null,
    partitions: body.compute_partition_list.map((partition) => ({
      reference: partition.partition_id,
      interfaceName: partition.partition_id,
      addresses: (partition.ip_list ?? []).map((address) => ({
        address: address['ip-address'],
        netmask: address.netmask ?? '',
        interfaceName: address['network-interface'] || partition.partition_id,
      })),
    })),
  };
}
