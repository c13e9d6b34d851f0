/** What of an instance can be saved as a file: its data, its logs. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { DownloadFile } from './api/downloads.ts';
import { wholeLogs } from './logs.ts';
import type { PartitionLayout } from './node/format.ts';
import { streamTar } from './sandbox/inside.ts';

/** A tar archive, made while it is sent. */
export function dataDownload(layout: PartitionLayout, name: string): DownloadFile {
  return {
    fileName: `${fileNameOf(name)}-data.tar`,
    type: 'application/x-tar',
    send: (destination, signal) => streamTar(layout.identity, layout.paths.data, destination, signal),
  };
}

/** @param service null: all. @throws SlapgridError `no-log`. */
export async function logDownload(
  layout: PartitionLayout,
  name: string,
  service: string | null,
): Promise<DownloadFile> {
  const log = await wholeLogs(layout, { name, service });
  return {
    fileName: `${[name, service]
      .filter((part) => part !== null)
      .map(fileNameOf)
      .join('-')}.log`,
    type: 'text/plain; charset=utf-8',
    send: (destination, signal) => pipeline(Readable.from(log), destination, { end: false, signal }),
  };
}

/** A text that is made already. @param type media type without its character set. */
export function textDownload({ name, text }: { name: string; text: string }, type: string): DownloadFile {
  return {
    fileName: name,
    type: `${type}; charset=utf-8`,
    send: (destination, signal) => pipeline(Readable.from([text]), destination, { end: false, signal }),
  };
}

/** What no file system minds, and no longer than any takes. */
function fileNameOf(name: string): string {
  return Array.from(name.replace(/[^\p{L}\p{N}._ -]/gu, '_'))
    .slice(0, 80)
    .join('');
}
