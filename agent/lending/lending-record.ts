/**
 * What a person decided about lending, kept in `private/lending.json`. Absent: nothing was decided yet. Damaged: nobody may start
 * anything until the person decides again, because what they decided may have been narrower than what is usual.
 */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import {
  doorAddressesSchema,
  egressSchema,
  lendingLimitsSchema,
  mostPartitionsSchema,
  sharingSchema,
} from '../api/contract-lending.ts';
import { writeAtomically } from '../disk.ts';
import { systemErrorCode } from '../errors.ts';
import { DEFAULT_LIMITS } from './defaults.ts';

const recordSchema = z.object({
  schema: z.literal(1),
  sharing: sharingSchema,
  limits: lendingLimitsSchema,
  egress: egressSchema,
  doorAddresses: doorAddressesSchema.default([]),
  mostPartitions: mostPartitionsSchema.default(null),
});

export type LendingRecord = Readonly<Omit<z.infer<typeof recordSchema>, 'schema'>>;

const UNDECIDED: LendingRecord = {
  sharing: 'me',
  limits: DEFAULT_LIMITS,
  egress: 'internet',
  doorAddresses: [],
  mostPartitions: null,
};
const NARROWEST: LendingRecord = { ...UNDECIDED, sharing: 'nobody', egress: 'none' };

export async function readLendingRecord(file: string): Promise<{ record: LendingRecord; damaged: boolean }> {
  try {
    const { schema: _, ...record } = recordSchema.parse(JSON.parse(await readFile(file, 'utf8')));
    return { record, damaged: false };
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return { record: UNDECIDED, damaged: false };
    return { record: NARROWEST, damaged: true };
  }
}

/** @throws SlapgridError `disk-full`, `read-only`. */
export async function writeLendingRecord(file: string, record: LendingRecord): Promise<void> {
  await writeAtomically(file, `${JSON.stringify({ schema: 1, ...record })}\n`);
}
