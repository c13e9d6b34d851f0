/**
 * Which secrets there are and where each is, with those that no keyring would take: `private/secrets.json`, 0600 in a 0700 folder,
 * every version of it whole.
 */
import { copyFile, readFile, rm } from 'node:fs/promises';
import { z } from 'zod';
import { writeAtomically } from '../disk.ts';
import { systemErrorCode } from '../errors.ts';

const placeSchema = z.discriminatedUnion('in', [
  z.object({ in: z.literal('keyring') }),
  z.object({
    in: z.literal('file'),
    value: z.string(),
    /** Whether a keyring that did not answer may have an older one. */
    over: z.boolean(),
  }),
  /** Deleted, while the keyring that has it did not answer. */
  z.object({ in: z.literal('forgotten') }),
]);

export type Place = z.infer<typeof placeSchema>;

const listSchema = z.object({
  schema: z.literal(1),
  /** False after it was lost: then a keyring may have what it does not name. */
  complete: z.boolean(),
  secrets: z.record(z.string(), placeSchema),
});

type List = { complete: boolean; places: ReadonlyMap<string, Place> };

export class SecretList {
  readonly #file: string;
  readonly #now: () => number;
  #known: List | null = null;

  /** @param now wall clock (ms), for the name of a list that is set aside. */
  constructor(file: string, now: () => number) {
    this.#file = file;
    this.#now = now;
  }

  async read(): Promise<List> {
    return (this.#known ??= await this.#load());
  }

  /** @param place null for one that there is no longer. @throws SlapgridError `disk-full`, `read-only`. */
  async put(name: string, place: Place | null): Promise<void> {
    const { complete, places } = await this.read();
    const changed = new Map(places);
    if (place === null) changed.delete(name);
    else changed.set(name, place);
    const content = { schema: 1, complete, secrets: Object.fromEntries(changed) };
    await writeAtomically(this.#file, `${JSON.stringify(content)}\n`);
    this.#known = { complete, places: changed };
  }

  async remove(): Promise<void> {
    await rm(this.#file, { force: true });
    this.#known = null;
  }

  /** One that cannot be understood is kept beside: it may have the only copy of something. */
  async #load(): Promise<List> {
    const content = await this.#content();
    if (content === null) return { complete: true, places: new Map() };
    try {
      const { complete, secrets } = listSchema.parse(JSON.parse(content));
      return { complete, places: new Map(Object.entries(secrets)) };
    } catch {
      await copyFile(this.#file, `${this.#file.replace(/\.json$/u, '')}-damaged-${this.#now()}.json`);
      await writeAtomically(this.#file, `${JSON.stringify({ schema: 1, complete: false, secrets: {} })}\n`);
      return { complete: false, places: new Map() };
    }
  }

  async #content(): Promise<string | null> {
    try {
      return await readFile(this.#file, 'utf8');
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return null;
      throw error;
    }
  }
}
