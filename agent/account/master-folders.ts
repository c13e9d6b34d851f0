/**
 * What is kept of each joined master: `private/masters/<id>/`, 0700, with `certificate`, `key`, `authorities` and `master.json`,
 * each 0600. A folder is there whole or not at all: it is made aside and moved into its place.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { diskError, removeUnfinished, syncFolder, writeAtomically } from '../disk.ts';
import { SlapgridError, systemErrorCode } from '../errors.ts';
import type { JoinedMaster } from './types.ts';

const recordSchema = z.object({
  schema: z.literal(1),
  url: z.url(),
  webUrl: z.url(),
  computerName: z.string(),
  computerId: z.string().min(1),
  joinedAt: z.iso.datetime(),
  partitions: z.object({ first: z.int().min(0), amount: z.int().min(1) }),
  /** A person wants to leave it; null: nobody does. */
  leaving: z
    .object({
      force: z.boolean(),
      /** Something of it was destroyed already. */
      isBegun: z.boolean().default(false),
    })
    .nullable()
    .default(null),
});

/** What is known of a master without its keys. */
export type MasterRecord = z.infer<typeof recordSchema>;

/** A folder that cannot be read, and what of its record can. */
export type DamagedMaster = { id: string; problem: SlapgridError; record: MasterRecord | null };

export type KeptMaster = JoinedMaster & { leaving: { force: boolean; isBegun: boolean } | null };

/** Names of folders that are being made. */
const ASIDE = '.joining-';

/** What a master's certificate, key and record take at the most: a disk that has less is full. */
const ROOM_BYTES = 64 * 1024;

export class MasterFolders {
  readonly #folder: string;

  /** @param folder `private/masters`. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * All that are whole; removes what a kill left half made. Nobody may be writing there.
   * @returns also the folders that cannot be read; they are left as they are.
   */
  async load(): Promise<{ masters: KeptMaster[]; damaged: DamagedMaster[] }> {
    const masters: KeptMaster[] = [];
    const damaged: DamagedMaster[] = [];
    for (const name of (await this.#names()).toSorted()) {
      const folder = path.join(this.#folder, name);
      if (name.startsWith(ASIDE)) {
        await rm(folder, { recursive: true, force: true });
        continue;
      }
      try {
        masters.push(await readMaster(folder, name));
      } catch (error) {
        const problem = new SlapgridError('master-records-damaged', { folder }, { cause: error });
        damaged.push({ id: name, problem, record: await readRecord(folder).catch(() => null) });
      }
    }
    masters.sort((left, right) => left.partitions.first - right.partitions.first);
    return { masters, damaged };
  }

  async #names(): Promise<string[]> {
    try {
      return await readdir(this.#folder);
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return [];
      throw error;
    }
  }

  /**
   * Makes sure that there is room for a master before it is asked for anything that it gives only once.
   * @throws SlapgridError `disk-full`, `read-only`; nothing is left then.
   */
  async reserve(id: string): Promise<Reservation> {
    const aside = path.join(this.#folder, `${ASIDE}${id}`);
    const room = path.join(aside, 'room');
    const giveUp = async (): Promise<void> => rm(aside, { recursive: true, force: true });
    try {
      await makePrivate(this.#folder);
      await makePrivate(aside);
      await writeAtomically(room, Buffer.alloc(ROOM_BYTES));
    } catch (error) {
      await giveUp();
      throw diskError(error, this.#folder);
    }
    return {
      giveUp,
      keep: async (master) => {
        const folder = path.join(this.#folder, id);
        try {
          await rm(room);
          await writeMaster(aside, { ...master, leaving: null });
          await rename(aside, folder);
          await syncFolder(this.#folder);
        } catch (error) {
          await giveUp();
          throw diskError(error, folder);
        }
      },
    };
  }

  /** @throws SlapgridError `disk-full`, `read-only`. */
  async setLeaving(master: JoinedMaster, leaving: KeptMaster['leaving']): Promise<void> {
    await writeRecord(path.join(this.#folder, master.id), { ...master, leaving });
  }

  /** Idempotent. Moved aside first: what a kill leaves of it is removed by the next load. */
  async remove(id: string): Promise<void> {
    const aside = path.join(this.#folder, `${ASIDE}${id}`);
    try {
      await rename(path.join(this.#folder, id), aside);
    } catch (error) {
      if (systemErrorCode(error) !== 'ENOENT') throw diskError(error, this.#folder);
    }
    await rm(aside, { recursive: true, force: true });
  }
}

/** Either of both ends it. */
export type Reservation = {
  /** @throws SlapgridError `disk-full`, `read-only`; nothing is left then. */
  keep(master: JoinedMaster): Promise<void>;
  giveUp(): Promise<void>;
};

async function makePrivate(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
}

async function readRecord(folder: string): Promise<MasterRecord> {
  return recordSchema.parse(JSON.parse(await readFile(path.join(folder, 'master.json'), 'utf8')));
}

async function readMaster(folder: string, id: string): Promise<KeptMaster> {
  await removeUnfinished(folder);
  const read = (name: string): Promise<string> => readFile(path.join(folder, name), 'utf8');
  const { schema: _, ...record } = await readRecord(folder);
  const [certificate, key] = await Promise.all([read('certificate'), read('key')]);
  const authorities = await read('authorities');
  if (!new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))) {
    throw new Error('the key is another certificate’s');
  }
  return { id, ...record, certificate, key, authorities: authorities === '' ? null : authorities };
}

async function writeMaster(folder: string, master: KeptMaster): Promise<void> {
  await writeAtomically(path.join(folder, 'certificate'), master.certificate);
  await writeAtomically(path.join(folder, 'key'), master.key);
  await writeAtomically(path.join(folder, 'authorities'), master.authorities ?? '');
  await writeRecord(folder, master);
}

async function writeRecord(folder: string, master: KeptMaster): Promise<void> {
  const { id: _, certificate: _1, key: _2, authorities: _3, ...record } = master;
  const text = JSON.stringify({ schema: 1, ...record }, null, 2);
  await writeAtomically(path.join(folder, 'master.json'), `${text}\n`);
}
