/**
 * Ids of the software user and of partitions, as seen from the host.
 *
 * An ordinary user's partitions run as that user (their walls are the namespaces). Root's agent gives each partition an id of its
 * own, which exists in no user database: nothing on the host belongs to it but the partition.
 */
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import type { PartitionIdentity } from '../sandbox/types.ts';

/** 0x70000000…0x7FFFFFFE is left unused by distributions, shadow-utils and systemd ("Users, Groups, UIDs and GIDs on systemd"). */
const FIRST_ID = 0x7000_0000;
const SLOTS = 0x0f_ffff;
/** One slot per data folder: a software user and up to 255 partitions. */
const SLOT_SIZE = 256;

/** Where a container maps only 16-bit ids: between ordinary users (1000…) and systemd's own ranges (60001…). */
const FIRST_SMALL_ID = 30_000;
const SMALL_SLOTS = 100;

/** @param digest hex digest of the data folder; decides the slot. @param uidMap text of `/proc/self/uid_map` (injectable). */
export async function chooseIdentityBase(digest: string, uidMap?: string): Promise<number> {
  const slot = Number.parseInt(digest.slice(8, 16), 16);
  const base = FIRST_ID + (slot % SLOTS) * SLOT_SIZE;
  const map = uidMap ?? (await readFile('/proc/self/uid_map', 'utf8'));
  return covers(map, base + SLOT_SIZE) ? base : FIRST_SMALL_ID + (slot % SMALL_SLOTS) * SLOT_SIZE;
}

/** user_namespaces(7): lines of "inside outside length". */
function covers(map: string, id: number): boolean {
  return map
    .trim()
    .split('\n')
    .some((line) => {
      const [inside = 0, , length = 0] = line.trim().split(/\s+/).map(Number);
      return id >= inside && id < inside + length;
    });
}

/** The user that owns software trees and runs providers; null: the agent's own user. */
export function softwareIdentity(base: number | null): PartitionIdentity | null {
  return base === null ? null : { uid: base, gid: base };
}

/** @param index partition number, 0-based. */
export function partitionIdentity(base: number | null, index: number): PartitionIdentity {
  if (base === null) return { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  return { uid: base + 1 + index, gid: base + 1 + index };
}
