/**
 * An application's archive (`app.asar`), which Electron reads as if it were a folder: here it is laid out as one, for as long as
 * the application runs. Every file must be what the archive says of it.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';

type Entry =
  | { files: Record<string, Entry> }
  | { size: number; offset?: string; unpacked?: boolean; integrity: { hash: string } };

/** @returns the folder. */
export function layOutArchive(archive: string): string {
  const bytes = readFileSync(archive);
  // Two numbers in Chromium's pickle format: the size of the header, and within it that of the JSON.
  const headerSize = bytes.readUInt32LE(4);
  const header = JSON.parse(bytes.toString('utf8', 16, 16 + bytes.readUInt32LE(12))) as Entry;
  const folder = mkdtempSync(path.join(tmpdir(), 'electron-stand-in-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));

  const contentOf = (entry: Exclude<Entry, { files: unknown }>, name: string): Buffer => {
    if (entry.unpacked === true) return readFileSync(path.join(`${archive}.unpacked`, name));
    const start = 8 + headerSize + Number(entry.offset);
    return bytes.subarray(start, start + entry.size);
  };
  const layOut = (entry: Entry, name: string): void => {
    if ('files' in entry) {
      mkdirSync(path.join(folder, name), { recursive: true });
      for (const [part, below] of Object.entries(entry.files)) layOut(below, path.join(name, part));
      return;
    }
    const content = contentOf(entry, name);
    const digest = createHash('sha256').update(content).digest('hex');
    if (digest !== entry.integrity.hash) throw new Error(`${name} is not what the archive says`);
    writeFileSync(path.join(folder, name), content);
  };
  layOut(header, '.');
  return folder;
}
