/**
 * The contract between the agent and everything that shows it (page, command line, tray): one state tree, its changes, and
 * the calls. zod in, zod out. The router (`router.ts`) is a thin wrapper of {@link AgentService}; the agent implements it.
 */
import { z } from 'zod';

export const errorViewSchema = z.object({ code: z.string(), sentence: z.string(), nextStep: z.string() });

/** Lower-case words separated by dashes or dots is advice; what is refused: empty, > 200 characters, control characters. */
export const instanceNameSchema = z
  .string()
  .min(1)
  .max(200)
  // oxlint-disable-next-line no-control-regex
  .regex(/^[^\u0000-\u001f\u007f]+$/u);

export const progressSchema = z.object({
  step: z.enum([
    'waiting',
    'resolving',
    'downloading',
    'verifying',
    'unpacking',
    'preparing',
    'starting',
    'checking',
  ]),
  /** Units of `step`: bytes while downloading, packages while verifying and unpacking, else 0 of 0 (unknown). */
  done: z.number(),
  total: z.number(),
  bytesPerSecond: z.number().optional(),
});

export const promiseViewSchema = z.object({
  name: z.string(),
  state: z.enum(['unknown', 'kept', 'failed']),
  message: z.string(),
  checkedAt: z.string().nullable(),
});

export const serviceViewSchema = z.object({
  name: z.string(),
  state: z.enum(['running', 'restarting', 'stopping', 'stopped']),
  pid: z.number().nullable(),
  restarts: z.number(),
  /** While `restarting`: when it is started again (ISO 8601). */
  nextStartAt: z.string().nullable(),
  lastExitStatus: z.number().nullable(),
});

export const connectionParameterSchema = z.object({
  key: z.string(),
  value: z.string(),
  secret: z.boolean(),
});

export const instanceViewSchema = z.object({
  guid: z.string(),
  name: z.string(),
  softwareUrl: z.string(),
  softwareTitle: z.string(),
  softwareType: z.string(),
  requestedState: z.enum(['started', 'stopped', 'destroyed']),
  /** What is true now. `failed` needs somebody: see `error`. */
  state: z.enum([
    'waiting',
    'installing',
    'starting',
    'started',
    'restarting',
    'stopping',
    'stopped',
    'destroying',
    'failed',
  ]),
  progress: progressSchema.nullable(),
  error: errorViewSchema.nullable(),
  promises: z.array(promiseViewSchema),
  services: z.array(serviceViewSchema),
  parameters: z.record(z.string(), z.unknown()),
  /** Everything published so far; empty until the promises are kept once. */
  connection: z.array(connectionParameterSchema),
  changedAt: z.string(),
});

export const partitionViewSchema = z.object({
  id: z.string(),
  address: z.string(),
  instance: instanceViewSchema.nullable(),
});

export const softwareViewSchema = z.object({
  url: z.string(),
  title: z.string(),
  requestedState: z.enum(['available', 'destroyed']),
  state: z.enum(['waiting', 'building', 'available', 'destroying', 'failed']),
  progress: progressSchema.nullable(),
  error: errorViewSchema.nullable(),
  bytes: z.number().nullable(),
});

export const agentViewSchema = z.object({
  version: z.string(),
  pid: z.number(),
  startedAt: z.string(),
  home: z.string(),
  computerId: z.string(),
  /** Facts a person should know now: a rebuilt database, no isolation, a clock jump. */
  notices: z.array(errorViewSchema.extend({ id: z.string() })),
});

export const agentStateSchema = z.object({
  /** Grows by one with each change of the tree; unique to one run of the agent together with `agent.pid` and start. */
  revision: z.number(),
  agent: agentViewSchema,
  software: z.array(softwareViewSchema),
  partitions: z.array(partitionViewSchema),
});

export const changeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('snapshot'), state: agentStateSchema }),
  z.object({ kind: z.literal('agent'), agent: agentViewSchema }),
  z.object({ kind: z.literal('software'), software: softwareViewSchema }),
  z.object({ kind: z.literal('software-removed'), url: z.string() }),
  z.object({ kind: z.literal('partition'), partition: partitionViewSchema }),
  z.object({ kind: z.literal('partition-removed'), id: z.string() }),
]);

/** One event of the stream. `id` is `<run>:<revision>`; give the last one back to resume without a gap. */
export const changeEventSchema = z.object({ id: z.string(), change: changeSchema });

export const requestInputSchema = z.object({
  /** The agent refuses what is no {@link instanceNameSchema} in its own words. */
  name: z.string(),
  /** Catalogue name, path or URL. */
  software: z.string().min(1).max(2000),
  softwareType: z.string().max(200).default('default'),
  parameters: z.record(z.string(), z.unknown()).optional(),
  state: z.enum(['started', 'stopped', 'destroyed']).optional(),
});

export const requestResultSchema = z.object({
  partition: z.string(),
  guid: z.string(),
  outcome: z.enum(['created', 'updated', 'unchanged']),
  /** True when an instance of that name existed with other software, which this request replaced in place. */
  softwareReplaced: z.boolean(),
});

export const catalogueEntrySchema = z.object({
  url: z.string(),
  /** The short name accepted by `request`. */
  name: z.string(),
  title: z.string(),
  description: z.string(),
  category: z.string(),
  types: z.array(
    z.object({ name: z.string(), title: z.string(), parameters: z.record(z.string(), z.unknown()) }),
  ),
});

export const checkResultSchema = z.object({
  id: z.string(),
  title: z.string(),
  passed: z.boolean(),
  detail: z.string(),
  fixes: z.array(z.string()),
});

export type ErrorView = z.infer<typeof errorViewSchema>;
export type Progress = z.infer<typeof progressSchema>;
export type PromiseView = z.infer<typeof promiseViewSchema>;
export type ServiceView = z.infer<typeof serviceViewSchema>;
export type ConnectionParameter = z.infer<typeof connectionParameterSchema>;
export type InstanceView = z.infer<typeof instanceViewSchema>;
export type PartitionView = z.infer<typeof partitionViewSchema>;
export type SoftwareView = z.infer<typeof softwareViewSchema>;
export type AgentView = z.infer<typeof agentViewSchema>;
export type AgentState = z.infer<typeof agentStateSchema>;
export type Change = z.infer<typeof changeSchema>;
export type ChangeEvent = z.infer<typeof changeEventSchema>;
export type RequestInput = z.infer<typeof requestInputSchema>;
export type RequestResult = z.infer<typeof requestResultSchema>;
export type CatalogueEntry = z.infer<typeof catalogueEntrySchema>;
export type CheckResult = z.infer<typeof checkResultSchema>;

/** What the agent does for its interfaces. Failures are SlapgridErrors; the router turns them into tRPC errors. */
export interface AgentService {
  state(): AgentState;
  /**
   * Changes after `lastEventId` (resumes without loss or repetition), else a snapshot first. Ends when `signal` aborts.
   */
  changes(options: { lastEventId: string | null; signal: AbortSignal }): AsyncIterable<ChangeEvent>;
  catalogue(): Promise<CatalogueEntry[]>;
  request(input: RequestInput): Promise<RequestResult>;
  /** Cancels what is under way for a new instance (destroys it) or an installation; keeps finished downloads. */
  cancel(name: string): Promise<void>;
  /** By instance name. */
  start(name: string): Promise<void>;
  stop(name: string): Promise<void>;
  /** Resolves when accepted; the state tree shows the end. The data is lost. */
  destroy(name: string): Promise<void>;
  /** Process it again now. */
  bang(name: string): Promise<void>;
  supply(software: string): Promise<{ url: string }>;
  remove(software: string): Promise<{ url: string }>;
  /** Stops every instance without changing what is requested (they start again with the agent's next start). */
  stopAll(): Promise<void>;
  /** Last `lines` of a log of an instance, then, when `follow`, what comes, until `signal` aborts. */
  logs(options: {
    name: string;
    service: string | null;
    lines: number;
    follow: boolean;
    signal: AbortSignal;
  }): AsyncIterable<{ service: string; line: string }>;
  /** Copies the data of an instance as a tar file at `file` (absolute; must not exist). Made as the partition's user. */
  exportData(name: string, file: string): Promise<{ bytes: number }>;
  doctor(): Promise<CheckResult[]>;
  /** A one-time link to the page (60 s, works once). */
  createLink(): Promise<{ url: string; expiresAt: string }>;
  /** The local proxy's capability URLs for SLAP clients of this computer. */
  masterUrl(scope: 'person' | 'computer'): Promise<{ url: string }>;
  rotateMasterUrl(): Promise<void>;
  /** Ends the agent. Instances go on. */
  shutdown(): Promise<void>;
}
