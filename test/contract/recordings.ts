/**
 * Recorded exchanges between upstream's client, node and slapproxy (`test/fixtures/slap`), and how they are replayed.
 */
import { readFileSync } from 'node:fs';
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

export const RECORDINGS_FOLDER = path.join(import.meta.dirname, '..', 'fixtures', 'slap');

/** @param name of its file, without the ending. */
export function readRecording(name: string): Recording {
  const file = path.join(RECORDINGS_FOLDER, `${name}.json`);
  return recordingSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
}

/** Calls that only a node makes. */
const NODES_METHODS = new Set([
  'slapos.put.v0.compute_node_format',
  'slapos.put.v0.software_installation_reported_state',
  'slapos.put.v0.software_installation_error',
  'slapos.post.v0.compute_node_usage',
  'slapos.post.v0.compute_node_certificate',
  'slapos.remove.v0.compute_node_certificate',
  'slapos.get.v0.software_instance_certificate',
  'slapos.put.v0.software_instance_reported_state',
  'slapos.put.v0.software_instance_connection_parameter',
  'slapos.put.v0.software_instance_error',
]);

/** Who would make that call with our capabilities; upstream asks nobody who he is. */
export function callerOf({ request }: Exchange): Scope {
  if (request.path.startsWith('/slapos.')) {
    const computerId = /"computer_guid": "([^"]+)"/.exec(request.body)?.[1] ?? 'local_computer';
    const isNodes = NODES_METHODS.has(request.path.slice(1));
    return isNodes ? { kind: 'computer', computerId } : { kind: 'person' };
  }
  const field = new Map(request.form);
  const computerId = field.get('computer_id');
  const partitionId = field.get('computer_partition_id');
  if (request.path === '/requestComputerPartition' && computerId !== undefined && partitionId !== undefined) {
    return { kind: 'partition', computerId, partitionId };
  }
  if (request.path === '/loadComputerConfigurationFromXML') {
    const reference =
      /<string>reference<\/string><string>([^<]+)<\/string><string>(?:software_root|slapos_version)/.exec(
        field.get('xml') ?? '',
      );
    return { kind: 'computer', computerId: reference?.[1] ?? 'local_computer' };
  }
  const isPersons = [
    '/getFullComputerInformation',
    '/getComputerInformation',
    '/getSoftwareReleaseListFromSoftwareProduct',
    '/registerComputerPartition',
    '/requestComputerPartition',
    '/softwareInstanceRename',
    '/supplySupply',
  ].includes(request.path);
  return isPersons || request.path.startsWith('/hateoas')
    ? { kind: 'person' }
    : { kind: 'computer', computerId: 'local_computer' };
}

/** Where upstream was when it was recorded. */
const RECORDED = /(https?):\/\/127\.0\.0\.1:18081((?:\/proxy)?)/g;
/** A path in a document or a page: behind a quote or the end of a tag. */
const RECORDED_PATH = /(?<=["'>]|^)\/hateoas\//g;

/** A recorded text with ours in the place of upstream's own address. */
export function localised(text: string, masterUrl: string): string {
  const { host, pathname } = new URL(masterUrl);
  return text
    .replaceAll(RECORDED_PATH, `${pathname}/hateoas/`)
    .replaceAll(
      RECORDED,
      (_whole, scheme: string, prefix: string) => `${scheme}://${host}${prefix}${pathname}`,
    );
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

const SECONDS = /("processing_timestamp": )1\d{9}\b/g;

/** Whole seconds do not tell one change from the next: that there is a time stamp is what counts. */
export function withoutSeconds(body: string): string {
  return body.replaceAll(SECONDS, '$1SECONDS');
}
