/**
 * A stand-in of the agent for tests of what shows it: the real state tree and its stream, a catalogue like the real one, and
 * no software, sandbox or process behind it. Typed from the contract, so it cannot drift; tests move it by hand.
 */
import type {
  ConditionsView,
  DesktopFacts,
  PauseInput,
  Preview,
  PreviewInput,
  Reason,
  ResumeInput,
  Rules,
} from '../../agent/api/contract-conditions.ts';
import type { AuditEntry, Egress, LendingLimits, Sharing } from '../../agent/api/contract-lending.ts';
import type {
  ResolveReportInput,
  UsageByInput,
  UsageReports,
  UsageSummary,
} from '../../agent/api/contract-usage.ts';
import {
  CONTRACT_VERSION,
  LOCAL_MASTER,
  USAGE_SECONDS,
  type AgentService,
  type AgentState,
  type CatalogueEntry,
  type ChangeEvent,
  type CheckEvent,
  type CheckResult,
  type DataSize,
  type Download,
  type DownloadInput,
  type ErrorView,
  type InspectMasterInput,
  type InspectMasterResult,
  type InstanceView,
  type LeaveMasterInput,
  type Lingering,
  type MasterView,
  type Mode,
  type PartitionView,
  type Progress,
  type RegisterNodeInput,
  type RequestInput,
  type RequestResult,
  type ServerCertificate,
  type Settings,
  type StartAtLogin,
  type UninstallInput,
  type UninstallResult,
  type UsageHistory,
  type UsageHistoryInput,
  type MasterUrlScope,
  type SetNotificationInput,
} from '../../agent/api/contract.ts';
import { SlapgridError } from '../../agent/errors.ts';
import { StateStore } from '../../agent/state.ts';
import { sampleConditions, samplePreview } from '../../renderer/tour/sample-conditions.ts';
import { sampleAudit, sampleLending } from '../../renderer/tour/sample-lending.ts';
import { sampleUsageSummary, type SampleUser } from '../../renderer/tour/sample-usage.ts';

const AT = '2026-11-22T14:00:00.000Z';

export const standInCatalogue: CatalogueEntry[] = [
  {
    url: 'slapgrid:memcached',
    name: 'memcached',
    title: 'Memcached',
    description: 'A fast memory cache, shared by name.',
    category: 'cache',
    here: true,
    bytesToDownload: 0,
    types: [
      {
        name: 'default',
        title: 'Memcached',
        parameters: {
          type: 'object',
          properties: {
            memory: {
              type: 'integer',
              title: 'Memory for values',
              'x-unit': 'MB',
              default: 64,
              minimum: 16,
              maximum: 2048,
            },
            connections: {
              type: 'integer',
              title: 'Connections at once',
              default: 256,
              minimum: 16,
              maximum: 4096,
            },
            evict: {
              type: 'boolean',
              title: 'Evict old values when full',
              description: 'Off: writing fails instead.',
              default: true,
            },
          },
          additionalProperties: false,
        },
      },
    ],
  },
  {
    url: 'slapgrid:redis',
    name: 'redis',
    title: 'Redis',
    description: 'Keeps values, lists and queues, on disk too.',
    category: 'cache',
    here: false,
    bytesToDownload: null,
    types: [
      {
        name: 'default',
        title: 'Redis',
        parameters: {
          type: 'object',
          properties: {
            durability: {
              type: 'string',
              title: 'Written to disk',
              enum: ['always', 'every second', 'never'],
              default: 'every second',
            },
          },
        },
      },
    ],
  },
  {
    url: 'slapgrid:postgresql',
    name: 'postgresql',
    title: 'PostgreSQL',
    description: 'The relational database. Password made for you.',
    category: 'database',
    here: false,
    bytesToDownload: 58_400_000,
    types: [
      {
        name: 'default',
        title: 'PostgreSQL',
        parameters: {
          type: 'object',
          required: ['database'],
          properties: {
            database: {
              type: 'string',
              title: 'Database',
              description: 'Created at the first start.',
              minLength: 1,
              maxLength: 63,
              pattern: '^[a-z][a-z0-9_]*$',
            },
            extensions: {
              type: 'array',
              title: 'Extensions',
              description: 'Made available in the database.',
              items: { type: 'string', minLength: 1 },
              maxItems: 5,
            },
            shared_buffers: {
              type: 'integer',
              title: 'Shared buffers',
              'x-unit': 'MB',
              default: 32,
              minimum: 8,
              maximum: 1024,
            },
          },
        },
      },
    ],
  },
  {
    url: 'slapgrid:nginx',
    name: 'nginx',
    title: 'nginx',
    description: 'Serves files over HTTP.',
    category: 'web-server',
    here: false,
    bytesToDownload: null,
    types: [
      {
        name: 'default',
        title: 'Serve files',
        parameters: {
          type: 'object',
          properties: {
            page: {
              type: 'string',
              title: 'Front page',
              description: 'HTML that is served at “/”.',
              contentMediaType: 'text/html',
            },
          },
        },
      },
      {
        name: 'forward',
        title: 'Forward to another server',
        parameters: {
          type: 'object',
          required: ['target'],
          properties: { target: { type: 'string', title: 'Target', format: 'uri' } },
        },
      },
    ],
  },
];

/** An instance as the tree shows it once it is ready. */
export function readyInstance(over: Partial<InstanceView> = {}): InstanceView {
  return {
    guid: 'SOFTINST-1',
    name: 'cache',
    owner: { kind: 'me', name: 'ana' },
    softwareUrl: 'slapgrid:memcached',
    softwareTitle: 'Memcached',
    softwareType: 'default',
    requestedState: 'started',
    state: 'started',
    progress: null,
    error: null,
    promises: [
      { name: 'port', state: 'kept', message: 'port 11211 answers', checkedAt: AT },
      { name: 'authentication', state: 'kept', message: 'asks for the password', checkedAt: AT },
    ],
    services: [
      {
        name: 'memcached',
        state: 'running',
        pid: 4711,
        restarts: 0,
        nextStartAt: null,
        lastExitStatus: null,
      },
    ],
    parameters: { memory: 64, connections: 256, evict: true },
    connection: [
      { key: 'address', value: '127.64.0.1:11211', secret: false },
      { key: 'user', value: 'slapgrid', secret: false },
      { key: 'password', value: 'k3-Zq8wXbTn', secret: true },
    ],
    changedAt: AT,
    ...over,
  };
}

/** What was asked of the stand-in: the procedure's name and what it was given. */
export type StandInCall = readonly [procedure: string, ...given: unknown[]];

export class StandInAgentService implements AgentService {
  readonly calls: StandInCall[] = [];
  readonly store: StateStore;
  /** What the next call of a procedure fails with. */
  readonly failures = new Map<string, Error>();
  /** What it says of itself: another one than this version's is that of an older or newer agent. */
  contractVersion: number = CONTRACT_VERSION;
  /** How many streams of changes are open. */
  openStreams = 0;
  /** How many events those streams were asked for so far. */
  streamedEvents = 0;
  /** Where the links of {@link createLink} lead; set by a test that serves the page. */
  link: () => { url: string; expiresAt: string } = () => ({ url: 'http://127.0.0.1/', expiresAt: AT });

  /** What {@link createDownload} leads to; set by a test that serves the page. */
  download: (input: DownloadInput) => Download = () => ({ path: '/download/stand-in' });
  /** What {@link settings} says; tests change it by hand. */
  shownSettings: Settings;
  /** What {@link dataSize} says. */
  shownDataBytes = 1_840_000_000;

  /** What {@link doctor} says; tests change it by hand. */
  shownChecks: CheckResult[] = [
    { id: 'isolation', title: 'Isolation', passed: true, detail: 'held by the kernel', fixes: [] },
  ];
  /** When the answer of a check is known; tests hold it back. */
  checkEnds: (id: string) => Promise<void> = () => Promise.resolve();

  readonly #now: () => number;
  readonly #written = new Map<string, { service: string; line: string }[]>();
  readonly #logWakers = new Set<() => void>();

  /** @param now the clock of what it says of the past. */
  constructor(partitions = 10, now: () => number = Date.now) {
    this.#now = now;
    this.shownSettings = standInSettings(partitions);
    this.store = new StateStore(
      {
        version: '0.1.0',
        contractVersion: CONTRACT_VERSION,
        pid: 4242,
        startedAt: AT,
        home: '/var/lib/slapgrid',
        computerId: 'local_computer',
        computer: { cpus: 8, memoryBytes: 16_000_000_000 },
        mode: 'shared',
        firstRunDone: true,
        notifications: { ready: true, failed: true, dying: true, problem: true, master: true, update: true },
        notices: [],
      },
      sampleLending(),
      sampleConditions(now()),
    );
    for (let number = 0; number < partitions; number += 1) this.store.setPartition(freePartition(number));
  }

  /** One with `amount` partitions, nine of ten of them in use by instances of the catalogue's software, and their usage. */
  static crowded(amount: number, now?: () => number): StandInAgentService {
    const service = new StandInAgentService(amount, now);
    for (let number = 0; number < amount; number += 1) {
      if (number % 10 !== 9) service.show(number, crowdInstance(number));
    }
    service.moveUsage(Date.parse(AT));
    return service;
  }

  /** Measures what is shown as if it were used, as it would be at `now` (ms). Without, the usage stays as it was. */
  moveUsage(now: number): void {
    const busy = this.store.snapshot().partitions.filter(({ instance }) => instance !== null);
    const usage = busy.map(({ id, instance }) => [id, usageAt(id, now, instance?.state ?? 'stopped')]);
    this.store.setUsage(new Date(now).toISOString(), Object.fromEntries(usage));
  }

  /** Moves the usage every second, as long as somebody follows it. Returns what ends that. */
  live(): () => void {
    const timer = setInterval(() => {
      if (this.store.watchers > 0) this.moveUsage(Date.now());
    }, 1000);
    timer.unref();
    return () => clearInterval(timer);
  }

  /** Puts an instance into a partition, or empties it. */
  show(partition: number, instance: InstanceView | null): void {
    this.store.setPartition({ ...freePartition(partition), instance });
  }

  /**
   * Joins a master, with partitions of its own after those that there are: what it hosts in the first of them, the rest free.
   * @returns the number of its first partition.
   */
  join(master: MasterView, ...hosted: Partial<InstanceView>[]): number {
    const first = this.store.snapshot().partitions.length;
    this.store.setMaster(master);
    for (let place = 0; place < Math.max(master.partitionAmount, hosted.length); place += 1) {
      const number = first + place;
      const over = hosted[place];
      const instance =
        over === undefined
          ? null
          : readyInstance({
              guid: `SOFTINST-H${number}`,
              owner: { kind: 'other', name: master.title },
              ...over,
            });
      this.store.setPartition({ ...freePartition(number), master: master.id, instance });
    }
    return first;
  }

  /** Changes the instance of a name. */
  change(name: string, over: Partial<InstanceView>): void {
    const partition = this.#partitionOf(name);
    this.store.setPartition({ ...partition, instance: { ...this.#instanceOf(partition), ...over } });
  }

  progress(name: string, progress: Progress): void {
    const installing = ['starting', 'checking'].includes(progress.step) ? 'starting' : 'installing';
    this.change(name, { state: installing, progress });
  }

  fail(name: string, error: ErrorView): void {
    this.change(name, { state: 'failed', error, progress: null });
  }

  state(): AgentState {
    return this.store.snapshot();
  }

  async *changes(options: Parameters<AgentService['changes']>[0]): AsyncGenerator<ChangeEvent> {
    this.openStreams += 1;
    try {
      for await (const event of this.store.changes(options)) {
        this.streamedEvents += 1;
        yield this.#ofContract(event);
      }
    } finally {
      this.openStreams -= 1;
    }
  }

  async usageHistory(input: UsageHistoryInput): Promise<UsageHistory> {
    this.#called('usageHistory', input);
    const instance = this.store.partition(input.partition)?.instance ?? null;
    if (instance === null) return { samples: [] };
    const points = (input.minutes * 60) / USAGE_SECONDS;
    const samples = Array.from({ length: points }, (_, index) => {
      const now = this.#now() - (points - 1 - index) * USAGE_SECONDS * 1000;
      const { cpu, memoryBytes, diskBytes } = usageAt(input.partition, now, instance.state);
      return { at: new Date(now).toISOString(), cpu, memoryBytes, diskBytes };
    });
    return { samples };
  }

  catalogue(): Promise<CatalogueEntry[]> {
    this.#called('catalogue');
    return Promise.resolve(standInCatalogue);
  }

  async describe(software: string): Promise<CatalogueEntry> {
    this.#called('describe', software);
    const known = standInCatalogue.find(({ name, url }) => name === software || url === software);
    if (known !== undefined) return known;
    const [redis] = standInCatalogue.slice(1);
    if (redis === undefined || !URL.canParse(software)) throw new SlapgridError('not-found');
    return {
      ...redis,
      url: software,
      name: 'of-somebody',
      title: 'Of somebody',
      here: false,
      bytesToDownload: null,
    };
  }

  async request(input: RequestInput): Promise<RequestResult> {
    this.#called('request', input);
    const entry = standInCatalogue.find(({ name, url }) => name === input.software || url === input.software);
    if (entry === undefined) throw new SlapgridError('not-found');
    const free = this.store.snapshot().partitions.find(({ instance }) => instance === null);
    if (free === undefined) throw new SlapgridError('not-found');
    const waiting = readyInstance({
      guid: `SOFTINST-${free.id}`,
      name: input.name,
      softwareUrl: entry.url,
      softwareTitle: entry.title,
      softwareType: input.softwareType,
      state: 'waiting',
      progress: { step: 'waiting', done: 0, total: 0 },
      parameters: input.parameters ?? {},
      promises: [],
      services: [],
      connection: [],
    });
    this.store.setPartition({ ...free, instance: waiting });
    return { partition: free.id, guid: waiting.guid, outcome: 'created', softwareReplaced: false };
  }

  async cancel(name: string): Promise<void> {
    this.#called('cancel', name);
    this.#empty(name);
  }

  async start(name: string): Promise<void> {
    this.#called('start', name);
    this.change(name, { requestedState: 'started', state: 'started', error: null });
  }

  async stop(name: string): Promise<void> {
    this.#called('stop', name);
    this.change(name, { requestedState: 'stopped', state: 'stopped' });
  }

  async restart(name: string): Promise<void> {
    this.#called('restart', name);
    this.change(name, { state: 'starting', progress: { step: 'starting', done: 0, total: 0 } });
    this.change(name, { state: 'started', progress: null });
  }

  async destroy(name: string): Promise<void> {
    this.#called('destroy', name);
    this.#empty(name);
  }

  async bang(name: string): Promise<void> {
    this.#called('bang', name);
  }

  async supply(software: string): Promise<{ url: string }> {
    this.#called('supply', software);
    return { url: `slapgrid:${software}` };
  }

  async remove(software: string): Promise<{ url: string }> {
    this.#called('remove', software);
    return { url: `slapgrid:${software}` };
  }

  async stopAll(): Promise<void> {
    this.#called('stopAll');
  }

  /** Lines that a service of an instance writes to its log. Without any, a log has as many lines as are asked for. */
  write(name: string, service: string, ...lines: string[]): void {
    const written = this.#written.get(name) ?? [];
    this.#written.set(name, [...written, ...lines.map((line) => ({ service, line }))]);
    for (const wake of this.#logWakers) wake();
  }

  async *logs(
    options: Parameters<AgentService['logs']>[0],
  ): AsyncGenerator<{ service: string; line: string; position: string }> {
    const { signal, ...given } = options;
    this.#called('logs', given);
    const { name, lines, follow, after } = options;
    if (!this.#written.has(name)) {
      for (let number = 1; number <= lines; number += 1) {
        if (signal.aborted) return;
        yield { service: 'memcached', line: `line ${number}`, position: String(number) };
      }
      return;
    }
    const all = (): { service: string; line: string }[] => this.#written.get(name) ?? [];
    for (let place = Number(after ?? Math.max(0, all().length - lines)); !signal.aborted;) {
      const line = all()[place];
      if (line !== undefined) {
        place += 1;
        if (options.service === null || options.service === line.service)
          yield { ...line, position: String(place) };
      } else if (follow) {
        await this.#logWritten(signal);
      } else return;
    }
  }

  #logWritten(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        this.#logWakers.delete(done);
        resolve();
      };
      this.#logWakers.add(done);
      signal.addEventListener('abort', done, { once: true });
    });
  }

  async exportData(name: string, file: string): Promise<{ bytes: number }> {
    this.#called('exportData', name, file);
    return { bytes: 1024 };
  }

  async createDownload(input: DownloadInput): Promise<Download> {
    this.#called('createDownload', input);
    return this.download(input);
  }

  async dataSize(): Promise<DataSize> {
    this.#called('dataSize');
    return { bytes: this.shownDataBytes };
  }

  async settings(): Promise<Settings> {
    this.#called('settings');
    return this.shownSettings;
  }

  async setStartAtLogin(enabled: boolean): Promise<StartAtLogin> {
    this.#called('setStartAtLogin', enabled);
    const startAtLogin = { ...this.shownSettings.startAtLogin, enabled };
    this.shownSettings = { ...this.shownSettings, startAtLogin };
    return startAtLogin;
  }

  async setLingering(enabled: boolean): Promise<Lingering> {
    this.#called('setLingering', enabled);
    const lingering = { ...this.shownSettings.lingering, enabled, decided: true };
    this.shownSettings = { ...this.shownSettings, lingering };
    return lingering;
  }

  /** Who the servers of every master say they are; tests change it by hand. */
  shownCertificates: ServerCertificate[] = [];
  /** When a master answers; tests hold it back. */
  masterAnswers: (procedure: 'inspectMaster' | 'registerNode') => Promise<void> = () => Promise.resolve();

  async inspectMaster(input: InspectMasterInput): Promise<InspectMasterResult> {
    this.#called('inspectMaster', input);
    await this.masterAnswers('inspectMaster');
    return { certificates: this.shownCertificates };
  }

  async registerNode(input: RegisterNodeInput): Promise<MasterView> {
    this.#called('registerNode', input);
    await this.masterAnswers('registerNode');
    const master = standInMaster({
      title: new URL(input.masterUrl).host,
      url: input.masterUrl,
      webUrl: input.masterUrlWeb,
      computerName: input.name,
      partitionAmount: input.partitions ?? 10,
    });
    this.store.setMaster(master);
    return master;
  }

  async leaveMaster(input: LeaveMasterInput): Promise<void> {
    this.#called('leaveMaster', input);
    this.store.removeMaster(input.id);
  }

  async stayWithMaster(id: string): Promise<void> {
    this.#called('stayWithMaster', id);
  }

  async askMaster(id: string): Promise<void> {
    this.#called('askMaster', id);
  }

  async setNotification(input: SetNotificationInput): Promise<void> {
    this.#called('setNotification', input);
    this.store.setNotification(input);
  }

  async setMode(mode: Mode): Promise<void> {
    this.#called('setMode', mode);
    this.store.setMode(mode);
    for (const master of this.store.snapshot().masters)
      this.store.setMaster({ ...master, state: mode === 'local' ? 'paused' : 'connected' });
    for (const partition of this.store.snapshot().partitions) {
      if (partition.master === LOCAL_MASTER || partition.instance === null) continue;
      const state = mode === 'local' ? 'stopped' : 'started';
      this.store.setPartition({ ...partition, instance: { ...partition.instance, state } });
    }
  }

  /** Who used this computer; null: as in the tour. */
  shownUsers: readonly SampleUser[] | null = null;
  /** What was used; null: a month of {@link shownUsers}. */
  shownUsage: UsageSummary | null = null;
  /** What the reports of {@link usageSummary} are; null: as in the tour. */
  shownReports: UsageReports[] | null = null;
  /** What rules would have meant; null: it depends on the rules that are asked about. */
  shownPreview: Preview | null = null;
  shownAudit: AuditEntry[] | null = null;
  shownCsv = '';

  async usageSummary(input: UsageByInput): Promise<UsageSummary> {
    this.#called('usageSummary', input);
    const usage = this.shownUsage ?? sampleUsageSummary(input, this.#now(), this.shownUsers ?? undefined);
    return this.shownReports === null ? usage : { ...usage, reports: this.shownReports };
  }

  async usageCsv(input: UsageByInput): Promise<{ name: string; text: string }> {
    this.#called('usageCsv', input);
    return { name: 'usage.csv', text: this.shownCsv };
  }

  async createUsageDownload(input: UsageByInput): Promise<Download> {
    this.#called('createUsageDownload', input);
    return this.download({ name: 'usage', what: 'log' });
  }

  async resolveReport(input: ResolveReportInput): Promise<void> {
    this.#called('resolveReport', input);
    this.shownReports = (this.shownReports ?? []).map((reports) => ({
      ...reports,
      uncertain: reports.uncertain.filter(({ period }) => period !== input.period),
    }));
  }

  async setSharing(sharing: Sharing): Promise<void> {
    this.#called('setSharing', sharing);
    this.store.setLending({ ...this.store.lending, sharing });
  }

  async setLimits(limits: LendingLimits): Promise<void> {
    this.#called('setLimits', limits);
    this.store.setLending({ ...this.store.lending, limits });
  }

  async setEgress(egress: Egress): Promise<void> {
    this.#called('setEgress', egress);
    this.store.setLending({ ...this.store.lending, egress });
  }

  async setDoorAddresses(addresses: readonly string[]): Promise<void> {
    this.#called('setDoorAddresses', addresses);
    this.store.setLending({ ...this.store.lending, doorAddresses: [...addresses] });
  }

  async setMostPartitions(most: number | null): Promise<void> {
    this.#called('setMostPartitions', most);
    this.store.setLending({ ...this.store.lending, mostPartitions: most });
  }

  async audit(limit: number): Promise<AuditEntry[]> {
    this.#called('audit', limit);
    return (this.shownAudit ?? sampleAudit(this.#now())).slice(0, limit);
  }

  async pause(input: PauseInput): Promise<void> {
    this.#called('pause', input);
    const until =
      typeof input.for === 'number' ? new Date(this.#now() + input.for * 60_000).toISOString() : null;
    this.halt([
      { cause: 'person', sentence: 'by you', ends: 'ends when you resume', until, action: 'freeze' },
    ]);
    this.store.setConditions({ ...this.store.conditions, said: { kind: 'pause', until }, until });
  }

  /** Pauses for these reasons: what is hosted is frozen. */
  halt(reasons: Reason[], over: Partial<ConditionsView> = {}): void {
    this.store.setConditions({ ...this.store.conditions, state: 'paused', reasons, ...over });
    this.#changeHosted('frozen');
  }

  async finish(): Promise<void> {
    this.#called('finish');
    this.store.setConditions({
      ...this.store.conditions,
      state: 'finishing',
      reasons: [],
      said: { kind: 'finish', until: null },
    });
  }

  async resume(input: ResumeInput): Promise<void> {
    this.#called('resume', input);
    this.store.setConditions({
      ...this.store.conditions,
      state: 'running',
      said: null,
      until: null,
      reasons: [],
    });
    this.#changeHosted('started');
  }

  async setRules(rules: Rules): Promise<void> {
    this.#called('setRules', rules);
    this.store.setConditions({ ...this.store.conditions, rules });
  }

  async preview(input: PreviewInput): Promise<Preview> {
    this.#called('preview', input);
    return (
      this.shownPreview ?? samplePreview(input.rules ?? this.store.conditions.rules, this.#now(), input.days)
    );
  }

  async tellDesktop(facts: DesktopFacts): Promise<void> {
    this.#called('tellDesktop', facts);
  }

  /** As if nobody had seen it before. */
  beginFirstRun(): void {
    this.shownSettings = { ...this.shownSettings, firstRunDone: false };
    this.store.setFirstRunDone(false);
  }

  async finishFirstRun(): Promise<void> {
    this.#called('finishFirstRun');
    this.store.setFirstRunDone(true);
    this.shownSettings = { ...this.shownSettings, firstRunDone: true };
  }

  async uninstall(input: UninstallInput): Promise<UninstallResult> {
    this.#called('uninstall', input);
    return { kept: input.keepData ? ['/var/lib/slapgrid/instances', '/var/lib/slapgrid/private'] : [] };
  }

  async doctor(): Promise<CheckResult[]> {
    this.#called('doctor');
    return this.shownChecks;
  }

  async *checks(): AsyncGenerator<CheckEvent> {
    this.#called('checks');
    const checks = this.shownChecks.map(({ id, title }) => ({ id, title }));
    yield { kind: 'planned', checks };
    for (const result of this.shownChecks) {
      await this.checkEnds(result.id);
      yield { kind: 'result', result };
    }
  }

  async createLink(): Promise<{ url: string; expiresAt: string }> {
    this.#called('createLink');
    return this.link();
  }

  async masterUrl(scope: MasterUrlScope): Promise<{ url: string }> {
    this.#called('masterUrl', scope);
    return { url: `http://127.0.0.1:1/slapcap_${typeof scope === 'string' ? scope : scope.computer}` };
  }

  async rotateMasterUrl(): Promise<void> {
    this.#called('rotateMasterUrl');
  }

  async shutdown(): Promise<void> {
    this.#called('shutdown');
  }

  #changeHosted(state: InstanceView['state']): void {
    for (const partition of this.store.snapshot().partitions) {
      if (partition.instance?.owner.kind !== 'other') continue;
      this.store.setPartition({ ...partition, instance: { ...partition.instance, state } });
    }
  }

  #ofContract({ id, change }: ChangeEvent): ChangeEvent {
    if (change.kind !== 'snapshot') return { id, change };
    const agent = { ...change.state.agent, contractVersion: this.contractVersion };
    return { id, change: { ...change, state: { ...change.state, agent } } };
  }

  #called(...call: [string, ...unknown[]]): void {
    this.calls.push(call);
    const [procedure] = call;
    const failure = this.failures.get(procedure);
    this.failures.delete(procedure);
    if (failure !== undefined) throw failure;
  }

  #empty(name: string): void {
    this.store.setPartition({ ...this.#partitionOf(name), instance: null });
  }

  #partitionOf(name: string): PartitionView {
    const found = this.store.snapshot().partitions.find(({ instance }) => instance?.name === name);
    if (found === undefined) throw new SlapgridError('not-found');
    return found;
  }

  #instanceOf(partition: PartitionView): InstanceView {
    if (partition.instance === null) throw new SlapgridError('not-found');
    return partition.instance;
  }
}

/** A server whose authority this computer does not know. */
export function standInCertificate(differs: Partial<ServerCertificate> = {}): ServerCertificate {
  return {
    host: 'slap.example.org:443',
    subject: 'slap.example.org',
    issuer: 'Neighbours’ grid authority',
    validFrom: '2026-01-05T00:00:00.000Z',
    validTo: '2028-01-05T00:00:00.000Z',
    fingerprint:
      '3F:9A:11:C4:7E:08:D2:55:B0:6D:42:E7:19:AC:88:F1:0C:5B:77:E2:94:3D:A6:1F:C8:20:4E:B9:63:DF:12:7A',
    trust: 'unknown',
    problem: null,
    ...differs,
  };
}

/** A master that answered a moment ago. */
export function standInMaster(differs: Partial<MasterView> = {}): MasterView {
  return {
    id: 'master-1',
    title: 'slap.example.org',
    url: 'https://slap.example.org/',
    webUrl: 'https://panel.example.org/',
    computerName: 'my-laptop',
    computerId: 'COMP-1234',
    joinedAt: AT,
    state: 'connected',
    error: null,
    answeredAt: AT,
    nextTryAt: null,
    certificateExpiresAt: '2027-11-22T12:00:00.000Z',
    partitionAmount: 10,
    reportsWaiting: 0,
    ...differs,
  };
}

function freePartition(number: number): PartitionView {
  return { id: `slappart${number}`, master: LOCAL_MASTER, address: `127.64.0.${number + 1}`, instance: null };
}

function standInSettings(partitionAmount: number): Settings {
  return {
    dataFolder: '/var/lib/slapgrid',
    freeBytes: 212_000_000_000,
    startAtLogin: { supported: true, enabled: false, detail: 'It starts when you sign in.' },
    lingering: { supported: false, enabled: false, decided: false, detail: '' },
    secrets: { kind: 'file', detail: 'They are kept in files that only you can read.' },
    version: '0.1.0',
    firstRunDone: true,
    partitionAmount,
  };
}

const CROWD_STATES = ['started', 'started', 'started', 'stopped', 'restarting', 'started', 'failed'] as const;

function crowdInstance(number: number): InstanceView {
  const entry = standInCatalogue[number % standInCatalogue.length];
  const state = CROWD_STATES[number % CROWD_STATES.length] ?? 'started';
  return readyInstance({
    guid: `SOFTINST-${number}`,
    name: number % 25 === 7 ? `${'a-very-long-name-'.repeat(11)}${number}` : `service-${number}`,
    softwareUrl: entry?.url ?? '',
    softwareTitle: entry?.title ?? '',
    requestedState: state === 'stopped' ? 'stopped' : 'started',
    state,
    error: state === 'failed' ? new SlapgridError('disk-full', { path: '/var/lib/slapgrid' }).toView() : null,
  });
}

/** A believable usage: bursts of work over a slow swell, memory that follows, a disk that fills. The same for the same moment. */
function usageAt(partition: string, now: number, state: InstanceView['state']): AgentState['usage'][string] {
  const seed = Number(partition.replace(/\D/gu, ''));
  const diskBytes = 1_000_000 * (4 + ((seed * 37) % 900)) + 4096 * Math.floor((now / 60_000) % 5000);
  if (state === 'stopped' || state === 'failed') return { cpu: 0, memoryBytes: 0, diskBytes, processes: 0 };
  if (state === 'frozen') return { cpu: 0, memoryBytes: 3e7 * (1 + (seed % 9)), diskBytes, processes: 6 };
  const seconds = now / 1000 + seed * 61;
  const swell = 0.5 + 0.5 * Math.sin(seconds / 97);
  const burst = Math.max(0, Math.sin(seconds / 23) * Math.sin(seconds / 7.1)) ** 2;
  const appetite = 0.02 + ((seed * 13) % 10) / 20;
  return {
    cpu: Math.round(100 * appetite * (0.1 * swell + burst)) / 100,
    memoryBytes: 100_000 * Math.round(10 * (8 + ((seed * 29) % 400) + 20 * swell + 6 * burst)),
    diskBytes,
    processes: 8 + (seed % 5),
  };
}
