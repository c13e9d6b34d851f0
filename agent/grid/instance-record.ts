/**
 * What the agent keeps beside an instance, outside the sandbox's reach: the request (from which a lost database is rebuilt), its
 * secrets, and what was last processed. Each is one JSON file, written atomically, 0600.
 */
import { access, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { writeAtomically } from '../disk.ts';
import { systemErrorCode } from '../errors.ts';
import type { PartitionPaths } from '../paths.ts';
import { requestedState, type BusyTarget } from './instance-view.ts';
import { sharedInstancesOf } from './shared-instances.ts';

export const requestRecordSchema = z.object({
  schema: z.literal(1),
  partitionId: z.string(),
  guid: z.string(),
  name: z.string(),
  /** Name of the root of its tree; empty when a person asked. */
  requestedBy: z.string(),
  softwareUrl: z.string(),
  softwareType: z.string(),
  /** As the master gave them: texts. */
  parameters: z.record(z.string(), z.string().nullable()),
  requestedState: z.enum(['started', 'stopped', 'destroyed']),
  /** What it hosts for others; left out when nothing. */
  sharedInstances: z
    .array(z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])))
    .optional(),
});

export type RequestRecord = z.infer<typeof requestRecordSchema>;

export const processedRecordSchema = z.object({
  /** The master's time stamp of the last successful processing. */
  timestamp: z.string(),
  requestedState: z.string(),
  /** Tree and profile it runs with: kept until an upgrade on purpose. */
  treeDigest: z.string(),
  profileDigest: z.string(),
  softwareUrl: z.string(),
});

export type ProcessedRecord = z.infer<typeof processedRecordSchema>;

const publishedSchema = z.array(z.tuple([z.string(), z.string()]));

const secretsSchema = z.record(z.string(), z.string());

async function readRecord<Schema extends z.ZodType>(
  file: string,
  schema: Schema,
): Promise<z.output<Schema> | null> {
  let content: string;
  try {
    content = await readFile(file, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return null;
    throw error;
  }
  const parsed = schema.safeParse(parseJson(content));
  // Written atomically, so a bad record was not written by this program: it tells nothing.
  return parsed.success ? parsed.data : null;
}

function parseJson(content: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    return undefined;
  }
}

/** The records of one partition. */
export class InstanceRecords {
  readonly #paths: PartitionPaths;

  constructor(paths: PartitionPaths) {
    this.#paths = paths;
  }

  get #secretsFile(): string {
    return path.join(this.#paths.root, 'secrets.json');
  }

  get #processedFile(): string {
    return path.join(this.#paths.root, 'processed.json');
  }

  get #publishedFile(): string {
    return path.join(this.#paths.root, 'published.json');
  }

  get #vacatedFile(): string {
    return path.join(this.#paths.root, 'vacated.json');
  }

  readRequest(): Promise<RequestRecord | null> {
    return readRecord(this.#paths.request, requestRecordSchema);
  }

  /** Writes only when something differs: an idle reconcile writes nothing. */
  async writeRequest(record: RequestRecord): Promise<void> {
    const before = await this.readRequest();
    if (JSON.stringify(before) === JSON.stringify(requestRecordSchema.parse(record))) return;
    await writeAtomically(
      this.#paths.request,
      `${JSON.stringify(requestRecordSchema.parse(record), null, 2)}\n`,
    );
  }

  async readSecrets(): Promise<Record<string, string>> {
    return (await readRecord(this.#secretsFile, secretsSchema)) ?? {};
  }

  async writeSecrets(secrets: Readonly<Record<string, string>>): Promise<void> {
    await writeAtomically(this.#secretsFile, `${JSON.stringify(secrets)}\n`);
  }

  readProcessed(): Promise<ProcessedRecord | null> {
    return readRecord(this.#processedFile, processedRecordSchema);
  }

  async writeProcessed(record: ProcessedRecord): Promise<void> {
    await writeAtomically(this.#processedFile, `${JSON.stringify(record)}\n`);
  }

  async forgetProcessed(): Promise<void> {
    await rm(this.#processedFile, { force: true });
  }

  /** Reference and digest of what the master was told of each shared instance that it hosts. */
  async readPublished(): Promise<[reference: string, digest: string][]> {
    return (await readRecord(this.#publishedFile, publishedSchema)) ?? [];
  }

  /** Writes only when something differs. */
  async writePublished(published: [reference: string, digest: string][]): Promise<void> {
    if (JSON.stringify(await this.readPublished()) === JSON.stringify(published)) return;
    await writeAtomically(this.#publishedFile, `${JSON.stringify(published)}\n`);
  }

  /** The master may have given the partition away: what is in it must go before another instance comes. */
  async isVacated(): Promise<boolean> {
    try {
      await access(this.#vacatedFile);
      return true;
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return false;
      throw error;
    }
  }

  async setVacated(vacated: boolean): Promise<void> {
    if (vacated) await writeAtomically(this.#vacatedFile, '{}\n');
    else await rm(this.#vacatedFile, { force: true });
  }

  /** The request goes last: while it is there, the next start knows that there is something to clean. */
  async removeAll(): Promise<void> {
    await rm(this.#vacatedFile, { force: true });
    await rm(this.#processedFile, { force: true });
    await rm(this.#publishedFile, { force: true });
    await rm(this.#secretsFile, { force: true });
    await rm(this.#paths.request, { force: true });
  }
}

/** What the master said last, as far as it is kept. @param timestamp of the last processing; empty: there was none. */
export function rememberedTarget(record: RequestRecord, computerId: string, timestamp: string): BusyTarget {
  return {
    computerId,
    partitionId: record.partitionId,
    instanceGuid: record.guid,
    software: { url: record.softwareUrl },
    requestedState: record.requestedState,
    parameters: record.parameters,
    connection: {},
    softwareType: record.softwareType,
    instanceTitle: record.name,
    rootInstanceTitle: record.requestedBy === '' ? record.name : record.requestedBy,
    ipList: [],
    sharedInstances: record.sharedInstances ?? [],
    timestamp,
    accessStatus: null,
  };
}

/** What is kept beside an instance of what its master says. */
export function requestRecord(target: BusyTarget): RequestRecord {
  return {
    schema: 1,
    partitionId: target.partitionId,
    guid: target.instanceGuid,
    name: target.instanceTitle,
    requestedBy: target.rootInstanceTitle === target.instanceTitle ? '' : target.rootInstanceTitle,
    softwareUrl: target.software.url,
    softwareType: target.softwareType,
    parameters: { ...target.parameters },
    requestedState: requestedState(target.requestedState),
    ...(target.sharedInstances.length === 0 ? {} : { sharedInstances: sharedInstancesOf(target) }),
  };
}
