/**
 * Which computer document a master was told last: it is told again only when it would be another one.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { ComputerDocument } from '../../slap/master.ts';
import { writeAtomically } from '../disk.ts';
import { systemErrorCode } from '../errors.ts';

export class FormatRecord {
  readonly #file: string;

  /** @param folder the master's. */
  constructor(folder: string) {
    this.#file = path.join(folder, 'format.sha256');
  }

  /** `never`: it was told none yet. */
  async compare(document: ComputerDocument): Promise<'same' | 'other' | 'never'> {
    try {
      return (await readFile(this.#file, 'utf8')).trim() === digestOf(document) ? 'same' : 'other';
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return 'never';
      throw error;
    }
  }

  async keep(document: ComputerDocument): Promise<void> {
    await mkdir(path.dirname(this.#file), { recursive: true, mode: 0o700 });
    await writeAtomically(this.#file, `${digestOf(document)}\n`);
  }
}

function digestOf(document: ComputerDocument): string {
  return createHash('sha256').update(JSON.stringify(document)).digest('hex');
}
