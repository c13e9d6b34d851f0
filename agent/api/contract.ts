/**
 * The contract between the agent and everything that shows it (page, command line, tray): one state tree, its changes, and
 * the calls. zod in, zod out. The router (`router.ts`) is a thin wrapper of {@link AgentService}; the agent implements it.
 */
import { NOTIFICATION_KINDS } from '../../assets/notification-kinds.ts';
import { z } from 'zod';
import { conditionsViewSchema, type ConditionsService } from './contract-conditions.ts';
import { lendingViewSchema, type LendingService } from './contract-lending.ts';
import type { UsageByInput, UsageService } from './contract-usage.ts';

/**
 * Grows when what crosses the API changes so that a page of another number would misunderstand it. The page has its own copy,
 * checked by type: `const CONTRACT_VERSION: typeof import('…/contract.ts').CONTRACT_VERSION = …`.
 */
export const CONTRACT_VERSION = 6;

/** More calls than these in one request are refused, all of them. */
export const MOST_CALLS_IN_A_BATCH = 16;

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

/** Whose an instance is. `name` is how to call them; for another's, the master that asks for it when it tells no person. */
export const ownerSchema = z.object({ kind: z.enum(['me', 'other']), name: z.string() });

/** The master of this computer itself: the local proxy. Never in the list of masters. */
export const LOCAL_MASTER = 'local';

/** *Shared*: hosting for the masters that were joined. *Local*: for this computer alone, with no network. */
export const modeSchema = z.enum(['shared', 'local']);

/** A master that this computer joined. */
export const masterViewSchema = z.object({
  /** Opaque; the same until it is left. */
  id: z.string(),
  /** The host of its URL: how to call it. */
  title: z.string(),
  url: z.string(),
  webUrl: z.string(),
  /** What this computer is called there. */
  computerName: z.string(),
  computerId: z.string(),
  joinedAt: z.string(),
  /**
   * `connecting`: not heard of since the agent began. `connected`: answered last time. `failing`: see `error` and `nextTryAt`; what
   * runs keeps running. `paused`: the mode is local. `leaving`: what it hosts here is being
   * destroyed, or will be as soon as the master can be told; see `error`, `nextTryAt` and `canStay`.
   */
  /** `aside`: it is not worked for, and nobody but a person mends that; see `error`. What is not known of it is empty. */
  state: z.enum(['connecting', 'connected', 'failing', 'paused', 'leaving', 'aside']),
  error: errorViewSchema.nullable(),
  /** When it answered last (ISO 8601); at most once a minute is a change of this alone told. */
  answeredAt: z.string().nullable(),
  nextTryAt: z.string().nullable(),
  certificateExpiresAt: z.string().nullable(),
  partitionAmount: z.number(),
  /** Usage reports that it has not taken yet. */
  reportsWaiting: z.number(),
  /** There while it is being left and nothing was destroyed yet: leaving can be cancelled. */
  canStay: z.literal(true).optional(),
});

/** Who a server says it is. */
export const serverCertificateSchema = z.object({
  /** `host:port` that showed it. */
  host: z.string(),
  subject: z.string(),
  issuer: z.string(),
  validFrom: z.string(),
  validTo: z.string(),
  /** SHA-256 of the authority's certificate that would be accepted, as pairs of hexadecimal digits with colons. */
  fingerprint: z.string(),
  /** `system`: this computer knows its authority. `accepted`: a person accepted it before. */
  trust: z.enum(['system', 'accepted', 'unknown']),
  /** Why it cannot be accepted whatever its fingerprint: another host's name, expired. null: it can. */
  problem: errorViewSchema.nullable(),
});

/** Who asks the local master: a person, the node of this computer, or that of another one which the master knows, or is to know. */
export const masterUrlScope = z.union([
  z.enum(['person', 'computer']),
  z.strictObject({ computer: z.string().max(200) }),
]);
export type MasterUrlScope = z.infer<typeof masterUrlScope>;

const masterUrl = z.string().min(1).max(2000);
export const inspectMasterInputSchema = z.object({ masterUrl, masterUrlWeb: masterUrl });
/** One for each of the servers that speak TLS, in the order of the URLs; the same server once. */
export const inspectMasterResultSchema = z.object({ certificates: z.array(serverCertificateSchema) });

export const registerNodeInputSchema = z.object({
  /** What this computer will be called there. */
  name: z.string().min(1).max(200),
  /** Shown once by the master's page; used once, never kept. */
  token: z.string().min(1).max(10_000),
  masterUrl,
  masterUrlWeb: masterUrl,
  partitions: z.number().int().min(1).max(100).default(10),
  /** Fingerprints of private authorities that the person accepts now. */
  acceptedFingerprints: z.array(z.string().max(200)).max(4).default([]),
});

export const leaveMasterInputSchema = z.object({
  id: z.string().min(1).max(100),
  /** Leave though the master cannot be told, and what it hosts here is destroyed with its data. */
  force: z.boolean().default(false),
});

export const instanceViewSchema = z.object({
  guid: z.string(),
  name: z.string(),
  owner: ownerSchema,
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
    /** Held back: its processes are there and get no processor. */
    'frozen',
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
  /** Id of the master it serves; {@link LOCAL_MASTER}: this computer's own. */
  master: z.string(),
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

/** What the application may tell a person who does not look at it (`docs/notifications.md`). */
export const notificationKindSchema = z.enum(NOTIFICATION_KINDS);

/** Which of them a person wants: all of them, unless they said otherwise. */
export const wantedNotificationsSchema = z.record(notificationKindSchema, z.boolean());

export const setNotificationInputSchema = z.object({ kind: notificationKindSchema, wanted: z.boolean() });

export const agentViewSchema = z.object({
  version: z.string(),
  /** {@link CONTRACT_VERSION} of the agent. */
  contractVersion: z.number(),
  pid: z.number(),
  startedAt: z.string(),
  home: z.string(),
  computerId: z.string(),
  /** What the computer has in all. */
  computer: z.object({ cpus: z.number(), memoryBytes: z.number() }),
  mode: modeSchema,
  /** Whether what comes first was seen to its end. */
  firstRunDone: z.boolean(),
  /** Kept here, so that every window, tray and menu shows the same. */
  notifications: wantedNotificationsSchema,
  /** Facts a person should know now: a rebuilt database, no isolation, a clock jump. */
  notices: z.array(errorViewSchema.extend({ id: z.string() })),
});

/** What a partition takes of the computer. */
export const usageSchema = z.object({
  /** In processors: 1 is one of them busy. The mean since the last value, to the hundredth. */
  cpu: z.number(),
  /** Memory that would be free without it: its own pages and the memory its processes share; no cache of files. */
  memoryBytes: z.number(),
  /** Space its data takes; null while it was never measured. Measured rarely: it may be minutes old. */
  diskBytes: z.number().nullable(),
  /** All its processes, those that isolate it included. */
  processes: z.number(),
});

/**
 * By id of partition; one that is absent is free, or began less than a second ago. What is stopped has zeros, and its disk.
 */
export const usageRecordSchema = z.record(z.string(), usageSchema);

/** One point of a curve. */
export const usageSampleSchema = z.object({
  at: z.string(),
  /** The mean of the time since the point before. */
  cpu: z.number(),
  memoryBytes: z.number(),
  diskBytes: z.number().nullable(),
});

/** How far back {@link AgentService.usageHistory} goes, and how far its points are apart. */
export const USAGE_MINUTES = 30;
export const USAGE_SECONDS = 10;

export const agentStateSchema = z.object({
  /** Grows by one with each change of the tree; unique to one run of the agent together with `agent.pid` and start. */
  revision: z.number(),
  agent: agentViewSchema,
  masters: z.array(masterViewSchema),
  lending: lendingViewSchema,
  conditions: conditionsViewSchema,
  software: z.array(softwareViewSchema),
  partitions: z.array(partitionViewSchema),
  usage: usageRecordSchema,
});

export const changeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('snapshot'), state: agentStateSchema }),
  z.object({ kind: z.literal('agent'), agent: agentViewSchema }),
  z.object({ kind: z.literal('master'), master: masterViewSchema }),
  z.object({ kind: z.literal('master-removed'), id: z.string() }),
  z.object({ kind: z.literal('lending'), lending: lendingViewSchema }),
  z.object({ kind: z.literal('conditions'), conditions: conditionsViewSchema }),
  z.object({ kind: z.literal('software'), software: softwareViewSchema }),
  z.object({ kind: z.literal('software-removed'), url: z.string() }),
  z.object({ kind: z.literal('partition'), partition: partitionViewSchema }),
  z.object({ kind: z.literal('partition-removed'), id: z.string() }),
  /**
   * The whole record, at most once a second, and only when it differs from the one before: until the next one it holds. Of
   * these only the newest counts: it has the id of the change before it, and those a slow reader missed are not repeated.
   */
  z.object({ kind: z.literal('usage'), at: z.string(), usage: usageRecordSchema }),
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
  /** Whether it is installed on this computer: then it starts at once. */
  here: z.boolean(),
  /** 0 when it is here; null when that is not known before it was asked for. */
  bytesToDownload: z.number().nullable(),
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

/** The doctor at work: first what is being checked, then each answer as it is known. */
export const checkEventSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('planned'),
    checks: z.array(checkResultSchema.pick({ id: true, title: true })),
  }),
  z.object({ kind: z.literal('result'), result: checkResultSchema }),
]);

export const usageHistoryInputSchema = z.object({
  /** Id of the partition. */
  partition: z.string().min(1).max(100),
  minutes: z.number().int().min(1).max(USAGE_MINUTES).default(USAGE_MINUTES),
});

export const usageHistorySchema = z.object({ samples: z.array(usageSampleSchema) });

export const startAtLoginSchema = z.object({
  supported: z.boolean(),
  enabled: z.boolean(),
  /** What enabling does here, or why it cannot be done: a sentence. */
  detail: z.string(),
});

/** Whether what runs goes on when its person has logged out. */
export const lingeringSchema = z.object({
  /** Whether that is theirs to decide here. */
  supported: z.boolean(),
  enabled: z.boolean(),
  /** Whether they have decided it here, one way or the other. */
  decided: z.boolean(),
  /** What it means, or why it cannot be decided: a sentence. */
  detail: z.string(),
});

export const settingsSchema = z.object({
  dataFolder: z.string(),
  /** What may still be written where the data folder is. */
  freeBytes: z.number(),
  startAtLogin: startAtLoginSchema,
  lingering: lingeringSchema,
  /** Where passwords and keys are kept: `detail` is a sentence. */
  /** Where what belongs to the person is kept; the sentence says where everything else is, too. */
  secrets: z.object({ kind: z.enum(['keyring', 'file']), detail: z.string() }),
  version: z.string(),
  firstRunDone: z.boolean(),
  partitionAmount: z.number(),
});

/** What the data folder takes: software, records, and the data of instances as it was measured last. */
export const dataSizeSchema = z.object({ bytes: z.number() });

export const uninstallInputSchema = z.object({ keepData: z.boolean() });

export const uninstallResultSchema = z.object({
  /** Absolute paths that are still there: on purpose, or because they are not Slapgrid’s. */
  kept: z.array(z.string()),
});

export const downloadInputSchema = z.object({
  name: instanceNameSchema,
  what: z.enum(['data', 'log']),
  /** For a log: of which service. Left out: all of them in one text. */
  service: z.string().min(1).max(200).optional(),
});

/** `path` is for a GET on the page's own server: works once, within a minute. */
export const downloadSchema = z.object({ path: z.string() });

export type ErrorView = z.infer<typeof errorViewSchema>;
export type Progress = z.infer<typeof progressSchema>;
export type PromiseView = z.infer<typeof promiseViewSchema>;
export type ServiceView = z.infer<typeof serviceViewSchema>;
export type ConnectionParameter = z.infer<typeof connectionParameterSchema>;
export type InstanceView = z.infer<typeof instanceViewSchema>;
export type PartitionView = z.infer<typeof partitionViewSchema>;
export type SoftwareView = z.infer<typeof softwareViewSchema>;
export type Mode = z.infer<typeof modeSchema>;
export type MasterView = z.infer<typeof masterViewSchema>;
export type ServerCertificate = z.infer<typeof serverCertificateSchema>;
export type InspectMasterInput = z.infer<typeof inspectMasterInputSchema>;
export type InspectMasterResult = z.infer<typeof inspectMasterResultSchema>;
export type RegisterNodeInput = z.infer<typeof registerNodeInputSchema>;
export type LeaveMasterInput = z.infer<typeof leaveMasterInputSchema>;
export type NotificationKind = z.infer<typeof notificationKindSchema>;
export type WantedNotifications = z.infer<typeof wantedNotificationsSchema>;
export type SetNotificationInput = z.infer<typeof setNotificationInputSchema>;
export type AgentView = z.infer<typeof agentViewSchema>;
export type AgentState = z.infer<typeof agentStateSchema>;
export type Change = z.infer<typeof changeSchema>;
export type ChangeEvent = z.infer<typeof changeEventSchema>;
export type Owner = z.infer<typeof ownerSchema>;
export type Usage = z.infer<typeof usageSchema>;
export type UsageRecord = z.infer<typeof usageRecordSchema>;
export type UsageSample = z.infer<typeof usageSampleSchema>;
export type UsageHistoryInput = z.infer<typeof usageHistoryInputSchema>;
export type UsageHistory = z.infer<typeof usageHistorySchema>;
export type StartAtLogin = z.infer<typeof startAtLoginSchema>;
export type Lingering = z.infer<typeof lingeringSchema>;
export type Settings = z.infer<typeof settingsSchema>;
export type DataSize = z.infer<typeof dataSizeSchema>;
export type UninstallInput = z.infer<typeof uninstallInputSchema>;
export type UninstallResult = z.infer<typeof uninstallResultSchema>;
export type DownloadInput = z.infer<typeof downloadInputSchema>;
export type Download = z.infer<typeof downloadSchema>;
export type RequestInput = z.infer<typeof requestInputSchema>;
export type RequestResult = z.infer<typeof requestResultSchema>;
export type CatalogueEntry = z.infer<typeof catalogueEntrySchema>;
export type CheckResult = z.infer<typeof checkResultSchema>;
export type CheckEvent = z.infer<typeof checkEventSchema>;

/** What the agent does for its interfaces. Failures are SlapgridErrors; the router turns them into tRPC errors. */
export interface AgentService extends LendingService, ConditionsService, UsageService {
  state(): AgentState;
  /**
   * Changes after `lastEventId` (resumes without loss or repetition), else a snapshot first. Ends when `signal` aborts.
   * @param options.usage false: no changes of usage, which is then not measured every second for this reader.
   */
  changes(options: {
    lastEventId: string | null;
    signal: AbortSignal;
    usage?: boolean;
  }): AsyncIterable<ChangeEvent>;
  /** The curves of a partition: of the instance in it now. Empty when it is free. Oldest first. */
  usageHistory(input: UsageHistoryInput): Promise<UsageHistory>;
  catalogue(): Promise<CatalogueEntry[]>;
  /** The software release of a catalogue name, path or URL, as the catalogue would show it. Reads the URL. */
  describe(software: string): Promise<CatalogueEntry>;
  request(input: RequestInput): Promise<RequestResult>;
  /** Cancels what is under way for a new instance (destroys it) or an installation; keeps finished downloads. */
  cancel(name: string): Promise<void>;
  /** By instance name. */
  start(name: string): Promise<void>;
  stop(name: string): Promise<void>;
  /** Resolves when accepted; the state tree shows the end. The data is lost. */
  destroy(name: string): Promise<void>;
  /**
   * Stops and starts the services of a started instance, changing nothing of what is requested. Resolves when accepted.
   * @throws SlapgridError `not-started`.
   */
  restart(name: string): Promise<void>;
  /** Process it again now. */
  bang(name: string): Promise<void>;
  supply(software: string): Promise<{ url: string }>;
  remove(software: string): Promise<{ url: string }>;
  /** Stops every instance without changing what is requested (they start again with the agent's next start). */
  stopAll(): Promise<void>;
  /**
   * Last `lines` of a log of an instance, then, when `follow`, what comes, until `signal` aborts.
   * @param options.after the `position` of the last line that was read: goes on after it. What rotation took away meanwhile is
   * missing.
   */
  logs(options: {
    name: string;
    service: string | null;
    lines: number;
    follow: boolean;
    after?: string;
    signal: AbortSignal;
  }): AsyncIterable<{ service: string; line: string; position: string }>;
  /** Copies the data of an instance as a tar file at `file` (absolute; must not exist). Made as the partition's user. */
  exportData(name: string, file: string): Promise<{ bytes: number }>;
  /**
   * A one-time path on the page's server that answers with a file: the data of an instance as a tar archive, or a log as text.
   * @throws SlapgridError `unknown-instance`, `no-log`, `export-destroyed`.
   */
  createDownload(input: DownloadInput): Promise<Download>;
  /** The same for {@link UsageService.usageCsv}. */
  createUsageDownload(input: UsageByInput): Promise<Download>;
  doctor(): Promise<CheckResult[]>;
  /** The same checks, each answer as soon as it is known. Ends with the last one. */
  checks(): AsyncIterable<CheckEvent>;
  settings(): Promise<Settings>;
  /** Walks through the data folder: may take seconds. */
  dataSize(): Promise<DataSize>;
  /** @throws SlapgridError `start-at-login-unsupported`. */
  setStartAtLogin(enabled: boolean): Promise<StartAtLogin>;
  /** @throws SlapgridError `lingering-refused`. */
  setLingering(enabled: boolean): Promise<Lingering>;
  /**
   * Who the servers of a master say they are, before anything is sent to them.
   * @throws SlapgridError `master-url-invalid`, `master-unreachable`, `master-no-network`, `master-not-tls`.
   */
  inspectMaster(input: InspectMasterInput): Promise<InspectMasterResult>;
  /**
   * Makes this computer a node of a master. Changes nothing when it fails, and can be repeated.
   * @throws SlapgridError what {@link inspectMaster} throws; `certificate-unknown`, `certificate-wrong-host`, `certificate-expired`,
   * `clock-wrong`, `token-refused`, `computer-name-in-use`, `computer-name-invalid`, `already-joined`, `master-answer`, `disk-full`.
   */
  registerNode(input: RegisterNodeInput): Promise<MasterView>;
  /**
   * Resolves when accepted; the state tree shows the end: what it hosts here is stopped and destroyed, and its keys forgotten. What
   * fails is tried again by itself, over starts of the agent.
   * @throws SlapgridError `unknown-master`, `master-unreachable` unless forced.
   */
  leaveMaster(input: LeaveMasterInput): Promise<void>;
  /** Cancels leaving, as long as nothing was destroyed. @throws SlapgridError `unknown-master`, `leaving-too-late`. */
  stayWithMaster(id: string): Promise<void>;
  /** Asks a master now instead of at its next turn. @throws SlapgridError `unknown-master`. */
  askMaster(id: string): Promise<void>;
  /** Resolves when accepted. Local stops what is hosted for masters and keeps its data; shared starts it again. */
  setMode(mode: Mode): Promise<void>;
  /** Whether the application tells of a kind of event from now on. @throws SlapgridError `disk-full`, `read-only`. */
  setNotification(input: SetNotificationInput): Promise<void>;
  /** Remembers that a person has seen what comes first. */
  finishFirstRun(): Promise<void>;
  /**
   * Stops every instance, removes what was made on this computer, and ends the agent right after the answer.
   * @throws SlapgridError `uninstall-in-use` while other processes run from the data folder; nothing was removed then.
   */
  uninstall(input: UninstallInput): Promise<UninstallResult>;
  /** A one-time link to the page (60 s, works once). */
  createLink(): Promise<{ url: string; expiresAt: string }>;
  /**
   * The local proxy's capability URLs for SLAP clients of this computer.
   * @throws SlapgridError `computer-name`.
   */
  masterUrl(scope: MasterUrlScope): Promise<{ url: string }>;
  rotateMasterUrl(): Promise<void>;
  /** Ends the agent. Instances go on. */
  shutdown(): Promise<void>;
}
