/**
 * SQLite's result codes (sqlite.org/rescode.html) as what they mean for a person.
 */
import { diskError } from '../disk.ts';

const SYSTEM_CODES: Readonly<Record<number, string>> = {
  8: 'EROFS', // SQLITE_READONLY
  13: 'ENOSPC', // SQLITE_FULL
  14: 'EACCES', // SQLITE_CANTOPEN
};
/** SQLITE_CORRUPT and SQLITE_NOTADB. */
const DAMAGE = new Set([11, 26]);

/** The low byte of an extended result code; undefined for an error that is not SQLite's. */
function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined;
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
}

/** Whether SQLite says that the file is not a database, or not a sound one. */
export function isDamage(error: unknown): boolean {
  return DAMAGE.has(resultCode(error) ?? 0);
}

/** `disk-full` and `read-only` as SlapgridErrors, from SQLite or from the system; anything else as it is. */
export function storageError(error: unknown, file: string): unknown {
  const code = SYSTEM_CODES[resultCode(error) ?? 0];
  if (code === undefined || !(error instanceof Error)) return diskError(error, file);
  return diskError(Object.assign(new Error(error.message, { cause: error }), { code }), file);
}
