/**
 * Recorded exchanges between upstream's client, node and slapproxy (`test/fixtures/slap`), and how they are replayed.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { request as requestHttp } from 'node:http';
import path from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { z } from 'zod';
import type { Scope } from '../../agent/proxy/capabilities.ts';

const exchangeSchema = z.object({
  n: z.number(),
  label: z.string(),
  request: z.object({
    method: z.string(),
    path: z.string(),
    query_string: z.string().default(''),
    headers: z.record(z.string(), z.string()),
    form: z.array(z.tuple([z.string(), z.string()])).default([]),
    body: z.string().default(''),
  }),
  response: z.object({
    status: z.number(),
    headers: z.record(z.string(), z.string()),
    body: z.string().default(''),
  }),
});

const recordingSchema = z.object({
  scenario: z.string(),
  note: z.string(),
  exchanges: z.array(exchangeSchema),
});

export type Exchange = z.infer<typeof exchangeSchema>;
export type Recording = z.infer<typeof recordingSchema>;

const FOLDER = path.join(import.meta.dirname, '..', 'fixtures', 'slap');

/** Recordings whose name begins with `prefix`, in the order of their names. */
export function recordings(prefix: string): Recording[] {
  return readdirSync(FOLDER)
    .filter((name) => name.startsWith(prefix))
    .sort()
    .map((name) => recordingSchema.parse(JSON.parse(readFileSync(path.join(FOLDER, name), 'utf8'))));
}

/** Who would make that call with our capabilities; upstream asks nobody who he is. */
export function callerOf({ request }: Exchange): Scope {
  const field = new Map(request.form);
  const computerId = field.get('computer_id');
  const partitionId = field.get('computer_partition_id');
  const isPersons = [
    '/getFullComputerInformation',
    '/getComputerInformation',
    '/getSoftwareReleaseListFromSoftwareProduct',
    '/registerComputerPartition',
    '/requestComputerPartition',
    '/softwareInstanceRename',
    '/supplySupply',
  ].includes(request.path);
  if (request.path === '/requestComputerPartition' && computerId !== undefined && partitionId !== undefined) {
    return { kind: 'partition', computerId, partitionId };
  }
  return isPersons ? { kind: 'person' } : { kind: 'computer', computerId: 'local_computer' };
}

export type Answer = { status: number; headers: Record<string, string>; body: string };

/** Sends what was recorded, byte for byte but for the host and the capability in front of the path. */
export async function replay(masterUrl: string, { request }: Exchange): Promise<Answer> {
  const query = request.query_string === '' ? '' : `?${request.query_string}`;
  const { host: _host, ...headers } = lowerCase(request.headers);
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const outgoing = requestHttp(`${masterUrl}${request.path}${query}`, {
    method: request.method,
    headers,
    agent: false,
  });
  outgoing.once('error', reject);
  outgoing.once('response', (incoming) => {
    readText(incoming).then((body) => {
      const received = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]);
      return resolve({ status: incoming.statusCode ?? 0, headers: Object.fromEntries(received), body });
    }, reject);
  });
  outgoing.end(request.body);
  return promise;
}

function lowerCase(headers: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

const TIMESTAMP = /\b1\d{9}\.\d+\b/g;

/** Time stamps differ from recording to replay, but what was equal, or not, has to be so again. */
export class TimestampPairs {
  readonly #ours = new Map<string, string>();
  readonly #taken = new Set<string>();

  /** The recorded body with each time stamp replaced by the one that stands for it in ours. */
  translate(recorded: string, ours: string): string {
    const candidates = ours.match(TIMESTAMP) ?? [];
    let index = -1;
    return recorded.replaceAll(TIMESTAMP, (timestamp) => {
      index += 1;
      const known = this.#ours.get(timestamp);
      if (known !== undefined) return known;
      const candidate = candidates[index];
      if (candidate === undefined || this.#taken.has(candidate)) return timestamp;
      this.#ours.set(timestamp, candidate);
      this.#taken.add(candidate);
      return candidate;
    });
  }
}
