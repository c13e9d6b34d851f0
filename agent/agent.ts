/**
 * The agent as its interfaces see it: every call of the contract, over the local proxy (what is wanted) and the grid (what is).
 */
import { open, rm } from 'node:fs/promises';
import path from 'node:path';
import type { InstanceRequest } from '../slap/master.ts';
import type { Account } from './account/types.ts';
import type {
  ConditionsService,
  DesktopFacts,
  PauseInput,
  Preview,
  PreviewInput,
  ResumeInput,
  Rules,
} from './api/contract-conditions.ts';
import type { AuditEntry, Egress, LendingLimits, LendingService, Sharing } from './api/contract-lending.ts';
import type { ResolveReportInput, UsageByInput, UsageService, UsageSummary } from './api/contract-usage.ts';
import type {
  AgentService,
  AgentState,
  CatalogueEntry,
  ChangeEvent,
  CheckEvent,
  CheckResult,
  Download,
  DownloadInput,
  InspectMasterInput,
  InspectMasterResult,
  InstanceView,
  LeaveMasterInput,
  Lingering,
  MasterUrlScope,
  MasterView,
  Mode,
  RegisterNodeInput,
  RequestInput,
  RequestResult,
  DataSize,
  Settings as SettingsView,
  StartAtLogin,
  UninstallInput,
  UninstallResult,
  UsageHistory,
  UsageHistoryInput,
  SetNotificationInput,
} from './api/contract.ts';
import { instanceNameSchema } from './api/contract.ts';
import type { DownloadFile } from './api/downloads.ts';
import { newFileError } from './disk.ts';
import { SlapgridError } from './errors.ts';
import type { Grid } from './grid/grid.ts';
import type { InstalledSoftware } from './grid/installed-software.ts';
import { documentOf, requestParameters } from './grid/serialisation.ts';
import { dataDownload, logDownload, textDownload } from './instance-downloads.ts';
import { ownInstance, partitionNamed } from './instance-names.ts';
import { readLogs } from './logs.ts';
import type { PartitionLayout } from './node/format.ts';
import { proxyError } from './proxy/errors.ts';
import type { LocalProxy, ProxyInstance } from './proxy/local-proxy.ts';
import type { RequestOutcome } from './proxy/requests.ts';
import { exportTar } from './sandbox/inside.ts';
import type { Settings } from './settings/settings.ts';
import type { LoadedProfile, ProfileRenderer, ProfileSource } from './software/types.ts';
import type { StateStore } from './state.ts';
import type { UsageSampler } from './usage/sampler.ts';

export type AgentParts = {
  computerId: string;
  /** This computer's own. */
  layouts: readonly PartitionLayout[];
  /** Of whichever master. */
  layoutOf(partitionId: string): PartitionLayout | undefined;
  /** Stops every instance, changing nothing of what is requested. */
  suspendAll(): Promise<void>;
  proxy: LocalProxy;
  grid: Grid;
  store: StateStore;
  software: InstalledSoftware;
  profiles: ProfileSource;
  renderer: ProfileRenderer;
  usage: UsageSampler;
  settings: Settings;
  account: Account;
  lending: LendingService;
  conditions: ConditionsService;
  ledger: UsageService;
  /** Why nothing can be isolated here, or null. */
  isolationProblem(): Promise<SlapgridError | null>;
  doctor(): Promise<CheckResult[]>;
  checks(): AsyncIterable<CheckEvent>;
  createLink(): { url: string; expiresAt: string };
  /** A path of the page's server that answers with the file, once. */
  createDownload(open: () => Promise<DownloadFile>): string;
  masterUrl(scope: MasterUrlScope): string;
  rotateMasterUrl(): void;
  /** @returns absolute paths that are still there. */
  uninstall(keepData: boolean): Promise<string[]>;
  shutdown(): Promise<void>;
  onFault: (error: unknown) => void;
};

export class Agent implements AgentService {
  readonly #parts: AgentParts;

  constructor(parts: AgentParts) {
    this.#parts = parts;
  }

  state(): AgentState {
    return this.#parts.store.snapshot();
  }

  changes(options: Parameters<AgentService['changes']>[0]): AsyncIterable<ChangeEvent> {
    return this.#parts.store.changes(options);
  }

  async usageHistory({ partition, minutes }: UsageHistoryInput): Promise<UsageHistory> {
    return { samples: this.#parts.usage.samples(partition, minutes) };
  }

  async catalogue(): Promise<CatalogueEntry[]> {
    const loaded = await this.#parts.profiles.catalogue();
    return Promise.all(loaded.map((each) => this.#entryOf(each)));
  }

  async describe(software: string): Promise<CatalogueEntry> {
    const { profiles, software: installed } = this.#parts;
    return this.#entryOf(await installed.profile(profiles.resolve(software)));
  }

  async #entryOf({ url, profile }: LoadedProfile): Promise<CatalogueEntry> {
    const here = await this.#parts.software.isHere(url);
    return {
      url,
      name: profile.name,
      title: profile.title,
      description: profile.description,
      category: profile.category,
      here,
      // What else is needed is known when its packages have been resolved.
      bytesToDownload: here ? 0 : null,
      types: Object.entries(profile.types).map(([name, type]) => ({
        name,
        title: type.title ?? profile.title,
        parameters: { ...type.parameters },
      })),
    };
  }

  /**
   * Checks all that can be known before anything is changed: the name, the profile, its parameters, isolation, room. Then the same
   * request as a SLAP client would make.
   */
  async request(input: RequestInput): Promise<RequestResult> {
    const { proxy, profiles, renderer, software, computerId } = this.#parts;
    if (!instanceNameSchema.safeParse(input.name).success)
      throw new SlapgridError('name-invalid', { name: input.name });
    const url = profiles.resolve(input.software);
    const existing = proxy.instanceByName(input.name);
    const { profile } = await software.profile(url);
    const type = renderer.typeOf(profile, input.softwareType);
    // Left out: a new instance has the defaults, an existing one keeps what it has.
    const document = input.parameters ?? (existing === undefined ? {} : documentOf(existing.parameters));
    renderer.parameters(type, document);
    if (input.state === undefined || input.state === 'started') await this.#refuseWithoutIsolation();

    const supplied = proxy
      .softwareList(computerId)
      .some((each) => each.url === url && each.requestedState === 'available');
    if (!supplied && input.state !== 'destroyed') proxy.supply(url, computerId, 'available');
    const outcome = this.#ask({
      softwareUrl: url,
      softwareType: input.softwareType,
      name: input.name,
      state: input.state ?? null,
      parameters: requestParameters(profile, document),
      filter: {},
      shared: false,
      requester: null,
    });
    await this.#parts.grid.synchronise();
    const { partitionId } = outcome.instance;
    // The same request again is how a person says “try again”.
    if (
      outcome.outcome === 'unchanged' &&
      this.#parts.store.partition(partitionId)?.instance?.state === 'failed'
    )
      this.#parts.grid.worker(partitionId)?.retry();
    return {
      partition: partitionId,
      guid: outcome.instance.instanceGuid,
      outcome: outcome.outcome,
      softwareReplaced: outcome.softwareReplaced,
    };
  }

  /** @throws SlapgridError `no-free-partition` and what else the master refuses. */
  #ask(request: InstanceRequest): RequestOutcome {
    try {
      return this.#parts.proxy.requestWithOutcome(request);
    } catch (error) {
      throw proxyError(error, { name: request.name, partitionCount: this.#parts.layouts.length });
    }
  }

  async #refuseWithoutIsolation(): Promise<void> {
    const problem = await this.#parts.isolationProblem();
    if (problem !== null) throw problem;
  }

  async cancel(name: string): Promise<void> {
    const view = this.#own(name);
    if (
      view.state !== 'waiting' &&
      view.state !== 'installing' &&
      view.state !== 'starting' &&
      view.state !== 'failed'
    )
      throw new SlapgridError('nothing-to-cancel', { name });
    const { proxy, computerId, software } = this.#parts;
    await this.#requestState(name, 'destroyed');
    // The download was for this instance alone: it need not go on without it.
    const others = proxy
      .instances()
      .some((each) => each.softwareUrl === view.softwareUrl && each.name !== name);
    if (!others && software.find(view.softwareUrl) === undefined)
      proxy.supply(view.softwareUrl, computerId, 'destroyed');
    await this.#parts.grid.synchronise();
  }

  async start(name: string): Promise<void> {
    await this.#refuseWithoutIsolation();
    await this.#requestState(name, 'started');
  }

  stop(name: string): Promise<void> {
    return this.#requestState(name, 'stopped');
  }

  destroy(name: string): Promise<void> {
    return this.#requestState(name, 'destroyed');
  }

  async #requestState(name: string, state: 'started' | 'stopped' | 'destroyed'): Promise<void> {
    const { grid } = this.#parts;
    const existing = this.#requested(name);
    this.#ask({
      softwareUrl: existing.softwareUrl,
      softwareType: existing.softwareType,
      name,
      state,
      parameters: existing.parameters,
      filter: {},
      shared: false,
      requester: null,
    });
    await grid.synchronise();
  }

  async restart(name: string): Promise<void> {
    await this.#refuseWithoutIsolation();
    if (this.#own(name).requestedState !== 'started') throw new SlapgridError('not-started', { name });
    this.#parts.grid.worker(this.#layoutOf(name).id)?.restart();
  }

  async bang(name: string): Promise<void> {
    const { proxy, grid } = this.#parts;
    const existing = this.#requested(name);
    proxy.bangInstance(existing, '');
    await grid.synchronise();
  }

  /** Asked again for software that is here: the upgrade on purpose to what its URL says now. */
  async supply(software: string): Promise<{ url: string }> {
    const { proxy, profiles, grid, computerId } = this.#parts;
    const url = profiles.resolve(software);
    await profiles.load(url);
    proxy.supply(url, computerId, 'available');
    await grid.synchronise();
    // Goes on by itself; the state tree shows it.
    grid.renewSoftware(url).catch((error: unknown) => this.#parts.onFault(error));
    return { url };
  }

  async remove(software: string): Promise<{ url: string }> {
    const { proxy, profiles, grid, computerId } = this.#parts;
    const url = profiles.resolve(software);
    if (!proxy.softwareList(computerId).some((each) => each.url === url))
      throw new SlapgridError('not-supplied', { software });
    proxy.supply(url, computerId, 'destroyed');
    await grid.synchronise();
    return { url };
  }

  stopAll(): Promise<void> {
    return this.#parts.suspendAll();
  }

  async *logs(options: {
    name: string;
    service: string | null;
    lines: number;
    follow: boolean;
    after?: string;
    signal: AbortSignal;
  }): AsyncIterable<{ service: string; line: string; position: string }> {
    const layout = this.#layoutOf(options.name);
    yield* readLogs(layout, options);
  }

  async exportData(name: string, file: string): Promise<{ bytes: number }> {
    this.#refuseWithoutData(name);
    if (!path.isAbsolute(file)) throw new SlapgridError('export-path', { file });
    const layout = this.#layoutOf(name);
    const handle = await open(file, 'wx', 0o600).catch((error: unknown) => {
      throw newFileError(error, file);
    });
    try {
      await exportTar(layout.identity, layout.paths.data, handle.fd);
      await handle.sync();
      return { bytes: (await handle.stat()).size };
    } catch (error) {
      await rm(file, { force: true });
      throw error;
    } finally {
      await handle.close();
    }
  }

  #refuseWithoutData(name: string): void {
    if (this.#instance(name).requestedState === 'destroyed')
      throw new SlapgridError('export-destroyed', { name });
  }

  async createDownload({ name, what, service }: DownloadInput): Promise<Download> {
    const file = async (): Promise<DownloadFile> => {
      const layout = this.#layoutOf(name);
      if (what === 'log') return logDownload(layout, name, service ?? null);
      this.#refuseWithoutData(name);
      return dataDownload(layout, name);
    };
    // What can be wrong is said where it was asked for, not where the browser expects a file.
    await file();
    return { path: this.#parts.createDownload(file) };
  }

  async createUsageDownload(input: UsageByInput): Promise<Download> {
    const file = async (): Promise<DownloadFile> => textDownload(await this.usageCsv(input), 'text/csv');
    return { path: this.#parts.createDownload(file) };
  }

  usageSummary(input: UsageByInput): Promise<UsageSummary> {
    return this.#parts.ledger.usageSummary(input);
  }

  usageCsv(input: UsageByInput): Promise<{ name: string; text: string }> {
    return this.#parts.ledger.usageCsv(input);
  }

  resolveReport(input: ResolveReportInput): Promise<void> {
    return this.#parts.ledger.resolveReport(input);
  }

  setSharing(sharing: Sharing): Promise<void> {
    return this.#parts.lending.setSharing(sharing);
  }

  setLimits(limits: LendingLimits): Promise<void> {
    return this.#parts.lending.setLimits(limits);
  }

  setEgress(egress: Egress): Promise<void> {
    return this.#parts.lending.setEgress(egress);
  }

  setDoorAddresses(addresses: readonly string[]): Promise<void> {
    return this.#parts.lending.setDoorAddresses(addresses);
  }

  setMostPartitions(most: number | null): Promise<void> {
    return this.#parts.lending.setMostPartitions(most);
  }

  audit(limit: number): Promise<AuditEntry[]> {
    return this.#parts.lending.audit(limit);
  }

  pause(input: PauseInput): Promise<void> {
    return this.#parts.conditions.pause(input);
  }

  finish(): Promise<void> {
    return this.#parts.conditions.finish();
  }

  resume(input: ResumeInput): Promise<void> {
    return this.#parts.conditions.resume(input);
  }

  setRules(rules: Rules): Promise<void> {
    return this.#parts.conditions.setRules(rules);
  }

  preview(input: PreviewInput): Promise<Preview> {
    return this.#parts.conditions.preview(input);
  }

  tellDesktop(facts: DesktopFacts): Promise<void> {
    return this.#parts.conditions.tellDesktop(facts);
  }

  settings(): Promise<SettingsView> {
    return this.#parts.settings.view();
  }

  dataSize(): Promise<DataSize> {
    return this.#parts.settings.dataSize();
  }

  setStartAtLogin(enabled: boolean): Promise<StartAtLogin> {
    return this.#parts.settings.setStartAtLogin(enabled);
  }

  setLingering(enabled: boolean): Promise<Lingering> {
    return this.#parts.settings.setLingering(enabled);
  }

  inspectMaster(input: InspectMasterInput): Promise<InspectMasterResult> {
    return this.#parts.account.inspectMaster(input);
  }

  registerNode(input: RegisterNodeInput): Promise<MasterView> {
    return this.#parts.account.registerNode(input);
  }

  leaveMaster(input: LeaveMasterInput): Promise<void> {
    return this.#parts.account.leaveMaster(input);
  }

  stayWithMaster(id: string): Promise<void> {
    return this.#parts.account.stayWithMaster(id);
  }

  askMaster(id: string): Promise<void> {
    return this.#parts.account.askMaster(id);
  }

  setMode(mode: Mode): Promise<void> {
    return this.#parts.account.setMode(mode);
  }

  async setNotification(input: SetNotificationInput): Promise<void> {
    await this.#parts.settings.setNotification(input);
    this.#parts.store.setNotification(input);
  }

  async finishFirstRun(): Promise<void> {
    await this.#parts.settings.finishFirstRun();
    this.#parts.store.setFirstRunDone(true);
  }

  async uninstall({ keepData }: UninstallInput): Promise<UninstallResult> {
    return { kept: await this.#parts.uninstall(keepData) };
  }

  doctor(): Promise<CheckResult[]> {
    return this.#parts.doctor();
  }

  checks(): AsyncIterable<CheckEvent> {
    return this.#parts.checks();
  }

  async createLink(): Promise<{ url: string; expiresAt: string }> {
    return this.#parts.createLink();
  }

  async masterUrl(scope: MasterUrlScope): Promise<{ url: string }> {
    return { url: this.#parts.masterUrl(scope) };
  }

  async rotateMasterUrl(): Promise<void> {
    this.#parts.rotateMasterUrl();
  }

  shutdown(): Promise<void> {
    return this.#parts.shutdown();
  }

  #instance(name: string): InstanceView {
    return partitionNamed(this.state().partitions, name).instance;
  }

  /** What the local master may change. @throws SlapgridError `hosted-for-master`, `unknown-instance`. */
  #own(name: string): InstanceView {
    return ownInstance(this.state().partitions, name);
  }

  /** As the local master knows it. @throws as {@link #own}. */
  #requested(name: string): ProxyInstance {
    const existing = this.#parts.proxy.instanceByName(name);
    if (existing !== undefined) return existing;
    this.#own(name);
    throw new SlapgridError('unknown-instance', { name });
  }

  #layoutOf(name: string): PartitionLayout {
    const layout = this.#parts.layoutOf(partitionNamed(this.state().partitions, name).id);
    if (layout === undefined) throw new SlapgridError('unknown-instance', { name });
    return layout;
  }
}
