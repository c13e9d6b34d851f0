/**
 * Rows of the database as values. The database is this program's own, so a row that does not fit is a fault.
 */
import { z } from 'zod';
import type { InstanceParameters } from '../../slap/instance-xml.ts';
import { compareCodePoints } from '../../slap/order.ts';

const texts = z
  .string()
  .transform((json): unknown => JSON.parse(json))
  .pipe(z.custom<InstanceParameters>((value) => typeof value === 'object' && value !== null));

const partitionRowSchema = z.object({
  computer: z.string(),
  id: z.string(),
  software_url: z.string().nullable(),
  software_type: z.string(),
  name: z.string(),
  requested_by: z.string(),
  requested_state: z.enum(['started', 'stopped', 'destroyed']),
  parameters: texts,
  connection: texts.nullable(),
  timestamp: z.number().nullable(),
});

export type PartitionRow = z.infer<typeof partitionRowSchema>;
/** A partition with an instance in it. */
export type BusyRow = PartitionRow & { software_url: string };

export function partitionRow(row: unknown): PartitionRow {
  return partitionRowSchema.parse(row);
}

export function isBusy(row: PartitionRow): row is BusyRow {
  return row.software_url !== null;
}

const sharedRowSchema = z.object({
  name: z.string(),
  requested_by: z.string(),
  reference: z.string(),
  computer: z.string(),
  host: z.string().nullable(),
  entry: z.string().nullable(),
  connection: texts.nullable(),
});

export type SharedRow = z.infer<typeof sharedRowSchema>;

export function sharedRow(row: unknown): SharedRow {
  return sharedRowSchema.parse(row);
}

const hostedRowSchema = sharedRowSchema.extend({
  host: z.string(),
  entry: z.string(),
  software_url: z.string(),
  software_type: z.string(),
  timestamp: z.number().nullable(),
});

/** A shared instance that is requested, with what its host says of it. */
export type HostedRow = z.infer<typeof hostedRowSchema>;

export function hostedRow(row: unknown): HostedRow {
  return hostedRowSchema.parse(row);
}

/** Equal dictionaries have equal texts. */
export function storedJson(parameters: InstanceParameters): string {
  const keys = Object.keys(parameters).sort(compareCodePoints);
  return JSON.stringify(Object.fromEntries(keys.map((key) => [key, parameters[key] ?? null])));
}
