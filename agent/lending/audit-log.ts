/**
 * What was decided about others, for a person to read: `private/audit.log`, one JSON document a line, appended and never changed. Four
 * files of about a megabyte each; the oldest goes. No line holds a secret: names, numbers and sentences only.
 */
import { open, readFile, rename } from 'node:fs/promises';
import { auditEntrySchema, type AuditEntry } from '../api/contract-lending.ts';
import { diskError, syncFolder } from '../disk.ts';
import { systemErrorCode } from '../errors.ts';
import path from 'node:path';

const FILE_BYTES = 1_000_000;
const FILES = 4;

export class AuditLog {
  readonly #file: string;
  readonly #fileBytes: number;
  /** One after another. */
  #writing: Promise<void> = Promise.resolve();

  /** @param fileBytes of one file, before the next is begun. */
  constructor(file: string, fileBytes = FILE_BYTES) {
    this.#file = file;
    this.#fileBytes = fileBytes;
  }

  /**
   * Resolves when the line is on the disk.
   * @throws SlapgridError `disk-full`, `read-only`; later lines are tried all the same.
   */
  append(entry: AuditEntry): Promise<void> {
    const written = this.#writing.then(() => this.#write(`${JSON.stringify(entry)}\n`));
    this.#writing = written.catch(() => undefined);
    return written;
  }

  /** Newest first. Lines that cannot be read are left out. */
  async newest(limit: number): Promise<AuditEntry[]> {
    await this.#writing;
    const entries: AuditEntry[] = [];
    for (const file of this.#files()) {
      if (entries.length >= limit) break;
      entries.push(...(await entriesIn(file)).toReversed());
    }
    return entries.slice(0, limit);
  }

  async settled(): Promise<void> {
    await this.#writing;
  }

  async #write(line: string): Promise<void> {
    try {
      const handle = await open(this.#file, 'a+', 0o600);
      let size: number;
      try {
        size = (await handle.stat()).size;
        // An agent that was killed while it wrote left half a line: it must not spoil this one.
        const last = Buffer.alloc(1);
        const isCut =
          size > 0 && (await handle.read(last, 0, 1, size - 1)).bytesRead === 1 && last[0] !== 0x0a;
        await handle.appendFile(isCut ? `\n${line}` : line);
        await handle.datasync();
      } finally {
        await handle.close();
      }
      if (size + line.length > this.#fileBytes) await this.#rotate();
    } catch (error) {
      throw diskError(error, this.#file);
    }
  }

  async #rotate(): Promise<void> {
    const files = this.#files();
    for (let index = files.length - 2; index >= 0; index -= 1) {
      const [from, to] = [files[index], files[index + 1]];
      if (from === undefined || to === undefined) continue;
      await rename(from, to).catch((error: unknown) => {
        if (systemErrorCode(error) !== 'ENOENT') throw error;
      });
    }
    await syncFolder(path.dirname(this.#file));
  }

  /** Newest first. */
  #files(): string[] {
    return Array.from({ length: FILES }, (_, age) => (age === 0 ? this.#file : `${this.#file}.${age}`));
  }
}

async function entriesIn(file: string): Promise<AuditEntry[]> {
  let content: string;
  try {
    content = await readFile(file, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
  return content.split('\n').flatMap((line) => {
    const entry = parsed(line);
    return entry === null ? [] : [entry];
  });
}

function parsed(line: string): AuditEntry | null {
  if (line === '') return null;
  try {
    return auditEntrySchema.safeParse(JSON.parse(line)).data ?? null;
  } catch {
    return null;
  }
}
