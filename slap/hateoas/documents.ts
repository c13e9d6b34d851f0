/**
 * The documents of the hateoas family (§10).
 */
import { storedParameters, writeInstanceXml } from '../instance-xml.ts';
import { Float, type SlapDictionary, type SlapValue } from '../marshal/values.ts';
import { writeMarshal } from '../marshal/write.ts';
import type { ComputerSummary, InstanceRecord } from '../master.ts';

export const SERVICE_TYPE = 'Instance Tree';
export const COMPUTER_TYPE = 'Computer';

/** §10.1. @param root URL of the family, with a slash at its end. */
export function rootDocument(root: string): SlapDictionary {
  return {
    _links: {
      raw_search: { href: `${root}?mode=search&query={query}&select_list={select_list}` },
      traverse: { href: `${root}?mode=traverse&relative_url={relative_url}&view={view}` },
    },
  };
}

export function searchDocument(contents: readonly SlapDictionary[]): SlapDictionary {
  return { _embedded: { contents } };
}

/** @param root path of the family, with a slash at its end; as in the next two. */
export function serviceEntry(root: string, instance: InstanceRecord): SlapDictionary {
  const common = { title: instance.name, url_string: instance.softwareUrl };
  if (instance.shared) return { ...common, relative_url: linkTo(root, 'shared', instance.name) };
  return {
    ...common,
    relative_url: linkTo(root, 'partitions', instance.name),
    reference: instance.partitionId,
    computer_reference: instance.computerId,
    partition_reference: instance.name,
    requested_by: instance.requestedBy,
    requested_state: instance.requestedState,
    slap_state: 'busy',
    software_release: instance.softwareUrl,
    software_type: instance.softwareType,
    timestamp: instance.modified === null ? null : new Float(instance.modified / 1e6),
    xml: parameterXml(instance),
    connection_xml: connectionXml(instance),
    slave_instance_list: instance.hosted === null ? null : writeMarshal([...instance.hosted]),
  };
}

export function computerEntry(root: string, computer: ComputerSummary): SlapDictionary {
  return {
    title: computer.computerId,
    reference: computer.computerId,
    address: computer.address,
    netmask: computer.netmask,
    relative_url: linkTo(root, 'computers', computer.computerId),
  };
}

export function linkTo(root: string, kind: 'partitions' | 'shared' | 'computers', name: string): string {
  return `${root}${kind}/${encodeURIComponent(name)}`;
}

/** §10.4. */
export function serviceDocument(instance: InstanceRecord): SlapDictionary {
  return form(SERVICE_TYPE, {
    form_id: field('StringField', 'form_id', 'InstanceTree_viewAsHateoas'),
    ...own('my_reference', instance.name),
    ...own('my_slap_state', instance.shared ? 'unused' : instance.requestedState),
    ...own('my_text_content', parameterXml(instance)),
    ...own('my_connection_parameter_list', connectionXml(instance)),
    ...own('my_url_string', instance.softwareUrl),
    ...own('my_source_reference', instance.softwareType),
    my_root_slave: field('IntegerField', 'field_my_root_slave', instance.shared ? 1 : 0),
  });
}

export function computerDocument({ computerId }: ComputerSummary): SlapDictionary {
  return form(COMPUTER_TYPE, {
    form_id: field('StringField', 'computer', computerId),
    my_reference: field('StringField', 'reference', computerId),
    my_title: field('StringField', 'reference', computerId),
  });
}

function form(type: string, view: SlapDictionary): SlapDictionary {
  return { _embedded: { _view: view }, _links: { type: { name: type } } };
}

function field(type: string, key: string, value: SlapValue): SlapDictionary {
  return { type, key, default: value };
}

function own(name: string, value: SlapValue): SlapDictionary {
  return { [name]: field('StringField', `field_${name}`, value) };
}

function parameterXml(instance: InstanceRecord): string {
  return writeInstanceXml(storedParameters(textsOf(instance)));
}

/** An empty parameter reads back as null (§4), and is written as the empty one that it was. */
function textsOf({ parameters, shared }: InstanceRecord): SlapDictionary {
  if (shared) return parameters;
  return Object.fromEntries(Object.entries(parameters).map(([key, value]) => [key, value ?? '']));
}

function connectionXml({ connection }: InstanceRecord): string | null {
  return connection === null ? null : writeInstanceXml(connection);
}
