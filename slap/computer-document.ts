/**
 * The computer document that a node's format sends to its master (§14.3), as far as a master needs it (§6.1).
 */
import { z } from 'zod';
import { SlapError } from './errors.ts';
import type { SlapDictionary, SlapValue } from './marshal/values.ts';
import type { ComputerDocument } from './master.ts';

const documentSchema = z.object({
  reference: z.string(),
  address: z.string(),
  netmask: z.string(),
  partition_list: z.array(
    z.object({
      reference: z.string(),
      address_list: z.array(z.object({ addr: z.string(), netmask: z.string() })),
      tap: z.object({ name: z.string().nullable() }),
    }),
  ),
});

/** @throws SlapError `invalid-document` naming the first thing that is wrong. */
export function readComputerDocument(value: SlapValue): ComputerDocument {
  const parsed = documentSchema.safeParse(value);
  if (!parsed.success) {
    throw new SlapError('invalid-document', z.prettifyError(parsed.error), { cause: parsed.error });
  }
  const { reference, address, netmask, partition_list: partitions } = parsed.data;
  return {
    reference,
    address,
    netmask,
    partitions: partitions.map((partition) => ({
      reference: partition.reference,
      interfaceName: partition.tap.name || partition.reference,
      addresses: partition.address_list.map((entry) => ({ address: entry.addr, netmask: entry.netmask })),
    })),
  };
}

export function writeComputerDocument(document: ComputerDocument): SlapDictionary {
  return {
    reference: document.reference,
    address: document.address ?? '',
    netmask: document.netmask ?? '',
    partition_list: document.partitions.map((partition) => ({
      reference: partition.reference,
      address_list: partition.addresses.map((entry) => ({ addr: entry.address, netmask: entry.netmask })),
      tap: { name: partition.interfaceName },
    })),
  };
}
