/**
 * What the REST family takes and answers. The OpenAPI document is made of these very schemas.
 *
 * Names are those of the SlapOS presentation (`software_release`, `instance_id`, `instance_type`) and, for the rest, of the SlapOS
 * Master REST API v1 (`status`, `slave`, `parameter`, `sla`, `connection`).
 */
import { z } from 'zod';
import { Float, isDictionary, type SlapDictionary } from '../marshal/values.ts';

/** Any JSON object. */
const dictionary = z
  .custom<SlapDictionary>(isDictionary, { error: 'Must be an object' })
  .meta({ type: 'object' });

const LONGEST_NAME = 200;
const LONGEST_URL = 2000;
const LONGEST_LOG = 10_000;

const instanceId = z
  .string()
  .min(1)
  .max(LONGEST_NAME)
  .describe('Name of the instance, chosen by who requests it');
const softwareRelease = z.string().min(1).max(LONGEST_URL).describe('URL of the software release');
const instanceType = z.string().max(LONGEST_NAME).describe('Software type');
const status = z.enum(['started', 'stopped', 'destroyed']);
const parameter = dictionary.describe('Parameters; values that are no texts become texts');
/** 7.0 stays a float (§3.3). */
const number = z
  .custom<number | Float>((value) => typeof value === 'number' || value instanceof Float, {
    error: 'Must be a text or a number',
  })
  .meta({ type: 'number' });
const sla = z
  .record(z.string(), z.union([z.string(), number], { error: 'Must be a text or a number' }))
  .describe('Where it may run: `computer_guid` …');

export const instanceRequest = z.strictObject({
  software_release: softwareRelease,
  instance_id: instanceId,
  instance_type: instanceType.default('default'),
  status: status.optional().describe('Left out: as it is; a new instance is started'),
  slave: z.boolean().default(false).describe('Whether it is shared'),
  parameter: parameter.default({}),
  sla: sla.default({}),
});

export const instanceChange = z
  .strictObject({
    software_release: softwareRelease.optional(),
    instance_type: instanceType.optional(),
    status: status.optional(),
    parameter: parameter.optional(),
  })
  .meta({ minProperties: 1 })
  .refine((change) => Object.values(change).some((value) => value !== undefined), {
    error: 'Nothing to change',
  });

export const instanceName = z.strictObject({ instance_id: instanceId });
export const connectionChange = dictionary.describe('All connection parameters');
export const bangMessage = z.strictObject({ log: z.string().max(LONGEST_LOG).describe('Why') });

export const instanceDocument = z.strictObject({
  instance_id: z.string(),
  instance_guid: z.string().describe('Names the instance in URLs; changes with its name'),
  url: z.string(),
  software_release: z.string(),
  instance_type: z.string(),
  status,
  slave: z.boolean(),
  parameter: dictionary,
  sla: dictionary,
  connection: dictionary.describe('What the instance published'),
  root_instance_id: z.string().describe('Name of the root of its tree'),
  children_id_list: z.array(z.string()).describe('Names of the instances that it requested, of a root'),
  partition: z.strictObject({
    computer_id: z.string(),
    partition_id: z.string(),
    ip_list: z.array(z.strictObject({ interface: z.string(), address: z.string() })),
  }),
  last_modified: z.string().nullable(),
});

export type InstanceDocument = z.infer<typeof instanceDocument>;

export const instanceList = z.strictObject({ list: z.array(instanceDocument) });
export const processing = z.strictObject({ status: z.literal('processing') });
export const certificatePair = z.strictObject({ ssl_key: z.string(), ssl_certificate: z.string() });

/** RFC 9457. */
export const problem = z.strictObject({
  status: z.int(),
  title: z.string(),
  detail: z.string().optional(),
  errors: z.record(z.string(), z.string()).optional().describe('By the name of what is wrong'),
});
