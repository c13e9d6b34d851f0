/**
 * The JSON-RPC family's methods (§11.4): what each takes and answers. Bodies and answers are validated on both sides of the wire.
 *
 * Keys stand in the order in which they are required, which decides what is missed first.
 */
import { z } from 'zod';
import { Float, isDictionary, type SlapDictionary } from '../marshal/values.ts';

/** Any JSON object. */
const dictionary = z.custom<SlapDictionary>(isDictionary, { params: { type: 'object' } });
const LONGEST_TITLE = 200;
const title = z.string().max(LONGEST_TITLE);
const guid = z.string();
const computerGuid = z.string();
const url = z.string();
const instanceState = z.enum(['started', 'stopped', 'destroyed']);
const softwareState = z.enum(['available', 'destroyed']);

const success = z.strictObject({ type: z.literal('success'), title: z.string() });
const certificate = z.strictObject({ key: z.string(), certificate: z.string() });
const addresses = z.array(z.array(z.string()));

/** §11.3, in its order. */
const instance = z.strictObject({
  title: z.string(),
  instance_guid: guid,
  software_release_uri: url,
  software_type: z.string(),
  state: instanceState,
  connection_parameters: dictionary,
  parameters: dictionary,
  shared: z.boolean(),
  root_instance_title: z.string(),
  ip_list: addresses,
  full_ip_list: addresses,
  sla_parameters: dictionary,
  computer_guid: computerGuid,
  compute_partition_id: z.string(),
  processing_timestamp: z.int(),
  access_status_message: z.string(),
});

export type InstanceDocument = z.infer<typeof instance>;

/** What a master that allocates later answers instead. */
const notYet = z.strictObject({ message: z.string(), name: z.string(), status: z.int() });

const listOf = <Item extends z.ZodType>(item: Item) => z.strictObject({ result_list: z.array(item) });

const slaParameters = z
  .object({
    computer_guid: z.string().optional(),
    instance_guid: z.string().optional(),
    network_guid: z.string().optional(),
    project_guid: z.string().optional(),
    retention_delay: z
      .custom<number | Float>((value) => typeof value === 'number' || value instanceof Float, {
        params: { type: 'number' },
      })
      .optional(),
  })
  .catchall(z.string());

const formattedPartition = z.object({
  partition_id: z.string(),
  ip_list: z
    .array(
      z.object({
        'ip-address': z.string(),
        netmask: z.string().optional(),
        'network-interface': z.string().optional(),
        'gateway-ip-address': z.string().optional(),
        'network-address': z.string().optional(),
      }),
    )
    .optional(),
});

export const METHODS = {
  'slapos.post.v0.software_instance': {
    body: z.strictObject({
      title,
      software_release_uri: url,
      software_type: z.string(),
      state: instanceState.optional(),
      shared: z.boolean().optional(),
      parameters: dictionary.optional(),
      sla_parameters: slaParameters.optional(),
    }),
    answer: z.union([instance, notYet]),
  },
  'slapos.get.v0.software_instance': { body: z.strictObject({ instance_guid: guid }), answer: instance },
  'slapos.get.v0.compute_partition': {
    body: z.strictObject({ computer_guid: computerGuid, compute_partition_id: z.string() }),
    answer: instance,
  },
  'slapos.get.v0.instance_tree': { body: z.strictObject({ title }), answer: z.union([instance, notYet]) },
  'slapos.allDocs.v0.instance_tree_list': {
    body: z.strictObject({}),
    answer: listOf(z.strictObject({ title: z.string() })),
  },
  'slapos.allDocs.v0.compute_node_instance_list': {
    body: z.strictObject({ computer_guid: computerGuid }),
    answer: listOf(
      z.strictObject({
        title: z.string(),
        instance_guid: guid,
        state: instanceState,
        compute_partition_id: z.string().optional(),
        software_release_uri: url.optional(),
      }),
    ),
  },
  'slapos.allDocs.v0.instance_node_instance_list': {
    body: z.strictObject({ instance_guid: guid }),
    answer: listOf(
      z.strictObject({
        title: z.string(),
        instance_guid: guid,
        software_type: z.string(),
        state: instanceState,
        parameters: dictionary,
        compute_partition_id: z.string().optional(),
        software_release_uri: url.optional(),
      }),
    ),
  },
  'slapos.allDocs.v0.compute_node_software_installation_list': {
    body: z.strictObject({ computer_guid: computerGuid }),
    answer: listOf(z.strictObject({ software_release_uri: url, state: softwareState })),
  },
  'slapos.post.v0.software_installation': {
    body: z.strictObject({
      software_release_uri: url,
      computer_guid: computerGuid,
      state: softwareState.optional(),
    }),
    answer: success,
  },
  'slapos.put.v0.software_installation_reported_state': {
    body: z.strictObject({
      software_release_uri: url,
      computer_guid: computerGuid,
      reported_state: z.enum(['available', 'destroyed', 'building']),
    }),
    answer: success,
  },
  'slapos.put.v0.software_installation_error': {
    body: z.strictObject({ software_release_uri: url, computer_guid: computerGuid, message: z.string() }),
    answer: success,
  },
  'slapos.put.v0.compute_node_format': {
    body: z.strictObject({
      compute_partition_list: z.array(formattedPartition),
      computer_guid: computerGuid,
    }),
    answer: success,
  },
  'slapos.put.v0.compute_node_bang': {
    body: z.strictObject({ computer_guid: computerGuid, message: z.string() }),
    answer: success,
  },
  'slapos.post.v0.compute_node_usage': {
    body: z.strictObject({ computer_guid: computerGuid, tioxml: z.string() }),
    answer: success,
  },
  'slapos.post.v0.compute_node_certificate': {
    body: z.strictObject({ computer_guid: computerGuid }),
    answer: certificate,
  },
  'slapos.remove.v0.compute_node_certificate': {
    body: z.strictObject({ computer_guid: computerGuid }),
    answer: success,
  },
  'slapos.get.v0.compute_node_status': {
    body: z.strictObject({ computer_guid: computerGuid }),
    answer: z.object({ text: z.string() }),
  },
  'slapos.get.v0.software_instance_certificate': {
    body: z.strictObject({ instance_guid: guid }),
    answer: certificate,
  },
  'slapos.get.v0.hateoas_url': {
    body: z.strictObject({}),
    answer: z.strictObject({ hateoas_url: z.string() }),
  },
  'slapos.put.v0.software_instance_reported_state': {
    body: z.strictObject({
      instance_guid: guid,
      reported_state: z.enum(['started', 'destroyed', 'stopped']),
    }),
    answer: success,
  },
  'slapos.put.v0.software_instance_bang': {
    body: z.strictObject({ instance_guid: guid, message: z.string() }),
    answer: success,
  },
  'slapos.put.v0.software_instance_title': {
    body: z.strictObject({ instance_guid: guid, title }),
    answer: success,
  },
  'slapos.put.v0.software_instance_connection_parameter': {
    body: z.strictObject({ instance_guid: guid, connection_parameter_dict: dictionary }),
    answer: success,
  },
  'slapos.put.v0.software_instance_error': {
    body: z.strictObject({ instance_guid: guid, message: z.string() }),
    answer: success,
  },
  /** Experimental. */
  'slapos.allDocs.WIP.compute_node_list': {
    body: z.strictObject({}),
    answer: listOf(z.strictObject({ computer_guid: computerGuid })),
  },
} as const satisfies Record<string, { body: z.ZodType; answer: z.ZodType }>;

export type MethodName = keyof typeof METHODS;
export type MethodBody<Name extends MethodName> = z.input<(typeof METHODS)[Name]['body']>;
export type MethodAnswer<Name extends MethodName> = z.output<(typeof METHODS)[Name]['answer']>;
