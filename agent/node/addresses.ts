/**
 * Loopback addresses of partitions: 127.A.B.N, one /24 block per data folder, N = partition + 1.
 *
 * Two data folders, of one user or of two, must never share a block: a service would answer for another. The block is claimed by
 * creating a file named after it in a folder that everybody on the computer can write to and where nobody can remove what
 * belongs to another (sticky, like /tmp itself). `O_EXCL` makes the kernel the judge. Blocks that somebody already listens in
 * are passed over.
 */
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, lstat, mkdir, open, readFile, readdir, rm, rmdir } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { SlapgridError, systemErrorCode } from '../errors.ts';

/** /var/tmp survives reboots, as partitions and their addresses do. */
export const CLAIMS_FOLDER = '/var/tmp/slapgrid-loopback';

/** 127.64.0 … 127.254.255: away from 127.0.0.1, 127.0.1.1 (Debian's host name) and 127.0.0.53 (resolved). */
const FIRST_SECOND_OCTET = 64;
const BLOCKS = (254 - FIRST_SECOND_OCTET + 1) * 256;

function blockAt(index: number): string {
  return `127.${FIRST_SECOND_OCTET + Math.floor(index / 256)}.${index % 256}`;
}

/** Address of partition `index` (0-based) in `block`. `.1` is left to nobody. */
export function partitionAddress(block: string, index: number): string {
  return `${block}.${index + 2}`;
}

/** What a claim file says: a digest, so that one user does not learn the other's folder names. */
function claimText(home: string): string {
  return createHash('sha256').update(home).digest('hex');
}

/**
 * Claims a block for `home`, or returns the one it has claimed before.
 * @throws SlapgridError `no-address-block` when all are taken.
 */
export async function claimAddressBlock(home: string, folder: string = CLAIMS_FOLDER): Promise<string> {
  await openClaimsFolder(folder);
  const mine = claimText(home);
  const owned = await ownClaims(folder);
  const before = owned.find((claim) => claim.text === mine);
  if (before !== undefined) return before.block;
  const busy = await blocksInUse();
  const start = Number.parseInt(mine.slice(0, 8), 16);
  for (let step = 0; step < BLOCKS; step += 1) {
    const block = blockAt((start + step) % BLOCKS);
    if (!busy.has(block) && (await create(path.join(folder, block), mine))) return block;
  }
  throw new SlapgridError('no-address-block');
}

/** Gives back what `home` claimed. Idempotent. */
export async function releaseAddressBlock(home: string, folder: string = CLAIMS_FOLDER): Promise<void> {
  const mine = claimText(home);
  for (const claim of await ownClaims(folder)) {
    if (claim.text === mine) await rm(path.join(folder, claim.block), { force: true });
  }
  // The last one closes the door. Somebody else's claims, or somebody else's folder, are no failure.
  await rmdir(folder).catch(() => undefined);
}

async function openClaimsFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o1777 });
    // The umask took bits of the mode away.
    await chmod(folder, 0o1777);
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') throw error;
  }
  const found = await lstat(folder);
  if (!found.isDirectory()) throw new SlapgridError('claims-folder-unusable', { folder });
  // Without the sticky bit anybody could remove a claim. Only its owner can have taken the bit away.
  if ((found.mode & 0o1000) === 0) throw new SlapgridError('claims-folder-unusable', { folder });
}

async function create(file: string, content: string): Promise<boolean> {
  try {
    const handle = await open(
      file,
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
      0o644,
    );
    try {
      await handle.writeFile(content);
    } finally {
      await handle.close();
    }
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false;
    if (systemErrorCode(error) !== 'ENOENT') throw error;
    // Somebody gave back the last claim, and the folder with it.
    await openClaimsFolder(path.dirname(file));
    return create(file, content);
  }
}

async function ownClaims(folder: string): Promise<{ block: string; text: string }[]> {
  const uid = process.getuid?.();
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
  const claims: { block: string; text: string }[] = [];
  for (const name of names) {
    const file = path.join(folder, name);
    const found = await lstat(file).catch(() => null);
    if (found === null || !found.isFile() || found.uid !== uid) continue;
    claims.push({ block: name, text: await readFile(file, 'utf8') });
  }
  return claims;
}

/** Blocks of 127/8 in which some process of any user listens now, from `/proc/net/tcp` (proc(5): state 0A is LISTEN). */
async function blocksInUse(): Promise<Set<string>> {
  const busy = new Set<string>();
  for (const line of (await readFile('/proc/net/tcp', 'utf8')).split('\n').slice(1)) {
    const fields = line.trim().split(/\s+/);
    const local = fields[1];
    if (local === undefined || fields[3] !== '0A') continue;
    // Host byte order: 0100007F is 127.0.0.1.
    const octets =
      local
        .slice(0, 8)
        .match(/../g)
        ?.map((pair) => Number.parseInt(pair, 16))
        .toReversed() ?? [];
    busy.add(octets.slice(0, 3).join('.'));
  }
  return busy;
}
