/**
 * Other masters that requests of this computer are forwarded to (§7.7): `private/forwarding.json`, by their URLs.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { createClassicClient } from '../../slap/classic/client.ts';
import type { PartitionReference, SlapMaster } from '../../slap/master.ts';
import { createHttpTransport } from '../../slap/transport.ts';
import { SlapgridError, systemErrorCode } from '../errors.ts';

const masterSchema = z.strictObject({
  /** URLs of the software that is asked for there. */
  software: z.array(z.string().min(1)).default([]),
  /** Files in the PEM format: who we are, and who may vouch for the master instead of the system's authorities. */
  key: z.string().optional(),
  cert: z.string().optional(),
  ca: z.string().optional(),
  /** Our partition there: requests are sent as coming from it. */
  computer: z.string().optional(),
  partition: z.string().optional(),
});

const mastersSchema = z.record(z.url({ protocol: /^https?$/u }), masterSchema);

export type OtherMaster = {
  /** Without a slash at its end. */
  url: string;
  software: readonly string[];
  /** Null for https without a key and a certificate. */
  client: SlapMaster | null;
  requester: PartitionReference | null;
};

/** @throws SlapgridError `configuration-invalid`. */
export async function loadOtherMasters(file: string): Promise<OtherMaster[]> {
  let content: string;
  try {
    content = await readFile(file, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return [];
    throw error;
  }
  const parsed = mastersSchema.safeParse(parseJson(content, file));
  if (!parsed.success) throw invalid(file, z.prettifyError(parsed.error), parsed.error);
  return Promise.all(
    Object.entries(parsed.data).map(async ([url, master]): Promise<OtherMaster> => {
      const [key, cert, ca] = await Promise.all(
        [master.key, master.cert, master.ca].map((each) => readPem(each, file)),
      );
      const tls = {
        ...(key === undefined ? {} : { key }),
        ...(cert === undefined ? {} : { cert }),
        ...(ca === undefined ? {} : { ca }),
      };
      const isNobody = url.startsWith('https:') && (key === undefined || cert === undefined);
      return {
        url: withoutSlash(url),
        software: master.software,
        client: isNobody ? null : createClassicClient({ transport: createHttpTransport({ url, tls }) }),
        requester:
          master.computer === undefined || master.partition === undefined
            ? null
            : { computerId: master.computer, partitionId: master.partition },
      };
    }),
  );
}

export function withoutSlash(url: string): string {
  return url.replace(/\/+$/u, '');
}

/** A relative path is beside the configuration. */
async function readPem(name: string | undefined, file: string): Promise<string | undefined> {
  if (name === undefined) return undefined;
  const place = path.resolve(path.dirname(file), name);
  try {
    return await readFile(place, 'utf8');
  } catch (error) {
    throw invalid(file, `${place}: ${systemErrorCode(error) ?? 'unreadable'}`, error);
  }
}

function parseJson(content: string, file: string): unknown {
  try {
    return JSON.parse(content);
  } catch (error) {
    throw invalid(file, 'it is not JSON', error);
  }
}

function invalid(file: string, problem: string, cause: unknown): SlapgridError {
  return new SlapgridError('configuration-invalid', { file, problem }, { cause });
}
