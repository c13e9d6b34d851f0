/**
 * Opens the local master's database; one that is damaged is kept aside and replaced by a new one.
 */
import { closeSync, existsSync, openSync, readSync, renameSync } from 'node:fs';
import { Database } from '../database.ts';
import { isNew, migrate } from './schema.ts';
import { isDamage, storageError } from './storage-errors.ts';

export type OpenedDatabase = {
  database: Database;
  /** Nothing was in it: the first start, or the file was lost or damaged. What is known otherwise can be restored. */
  created: boolean;
  /** Where the damaged file is now. */
  damaged: null | { keptAs: string };
};

/**
 * @throws SlapgridError `database-newer`, `read-only`, `disk-full`: the file is then untouched.
 */
export function openProxyDatabase(file: string, options: { clock?: () => Date } = {}): OpenedDatabase {
  const sound = openSound(file);
  if (sound !== null) return { ...sound, damaged: null };
  const keptAs = keepAside(file, (options.clock ?? (() => new Date()))());
  const replacement = openSound(file);
  if (replacement === null) throw new Error(`${file} was made anew and is damaged already`);
  return { ...replacement, damaged: { keptAs } };
}

/** null when the file is not a database, or a damaged one. */
function openSound(file: string): { database: Database; created: boolean } | null {
  let database: Database | undefined;
  try {
    // Not even opened: SQLite would throw away the log of what it does not know.
    if (isSomethingElse(file)) return null;
    database = new Database(file);
    const created = isNew(database);
    if (!created && database.integrityProblems().length > 0) {
      database.close();
      return null;
    }
    migrate(database, file);
    return { database, created };
  } catch (error) {
    database?.close();
    if (isDamage(error)) return null;
    throw storageError(error, file);
  }
}

/** What every database begins with; an empty file may become one. */
const MAGIC = Buffer.from('SQLite format 3\0');

function isSomethingElse(file: string): boolean {
  if (!existsSync(file)) return false;
  const beginning = Buffer.alloc(MAGIC.length);
  const descriptor = openSync(file, 'r');
  try {
    const length = readSync(descriptor, beginning);
    return length > 0 && !beginning.equals(MAGIC);
  } finally {
    closeSync(descriptor);
  }
}

/** The log goes with the file that it belongs to: nothing of it may be played into the new one. */
function keepAside(file: string, now: Date): string {
  // Colons are refused by some file systems a person may copy it to.
  const keptAs = `${file}.damaged-${now.toISOString().replaceAll(':', '-')}`;
  for (const suffix of ['-wal', '-shm', '']) {
    if (existsSync(`${file}${suffix}`)) renameSync(`${file}${suffix}`, `${keptAs}${suffix}`);
  }
  return keptAs;
}
