/**
 * The account in a folder of its own, with a stand-in of what works for the masters.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createAccount, type AccountParts, type LoadedAccount } from '../../../agent/account/account.ts';
import type { JoinedMaster, MasterNodes } from '../../../agent/account/types.ts';
import { newMasterView } from '../../../agent/account/view.ts';
import { CONTRACT_VERSION, type Mode, type RegisterNodeInput } from '../../../agent/api/contract.ts';
import { systemClock } from '../../../agent/clock.ts';
import { pathsOf, type Paths } from '../../../agent/paths.ts';
import { Preferences } from '../../../agent/settings/preferences.ts';
import { StateStore } from '../../../agent/state.ts';
import type { StandInMaster } from '../../fakes/slap-master/master.ts';

/** Works for nobody, and notes what it was asked. */
export class StandInNodes implements MasterNodes {
  readonly masters = new Map<string, JoinedMaster>();
  readonly asked: string[] = [];
  readonly left: { id: string; force: boolean; isBegun?: true }[] = [];
  readonly stayed: string[] = [];
  readonly abandoned: string[] = [];
  mode: Mode | null = null;
  /** Thrown by the next call of that name. */
  failures: { add?: Error; begin?: Error; stay?: Error } = {};
  /** What leaving waits for before it begins, and then. */
  untilTold: Promise<void> = Promise.resolve();
  untilGone: Promise<void> = Promise.resolve();
  readonly #store: StateStore;

  constructor(store: StateStore) {
    this.#store = store;
  }

  async add(master: JoinedMaster): Promise<void> {
    const { add } = this.failures;
    if (add !== undefined) throw add;
    this.masters.set(master.id, master);
    this.#store.setMaster(newMasterView(master, this.mode ?? 'shared'));
  }

  async remove(
    id: string,
    { force, isBegun, begins }: Parameters<MasterNodes['remove']>[1],
  ): Promise<'left' | 'stayed' | 'ended'> {
    this.left.push({ id, force, ...(isBegun ? { isBegun } : {}) });
    await this.untilTold;
    if (this.stayed.includes(id)) return 'stayed';
    await begins();
    await this.untilGone;
    this.masters.delete(id);
    this.#store.removeMaster(id);
    return 'left';
  }

  stay(id: string): void {
    const { stay } = this.failures;
    if (stay !== undefined) throw stay;
    this.stayed.push(id);
  }

  async abandon(id: string): Promise<void> {
    this.abandoned.push(id);
    this.masters.delete(id);
    this.#store.removeMaster(id);
  }

  ask(id: string): void {
    this.asked.push(id);
  }

  async setMode(mode: Mode): Promise<void> {
    this.mode = mode;
  }
}

export type Joining = {
  account: LoadedAccount;
  nodes: StandInNodes;
  store: StateStore;
  paths: Paths;
  faults: unknown[];
};

const LOCAL_PARTITIONS = 10;

export class JoiningComputer {
  readonly paths = pathsOf(mkdtempSync(path.join(tmpdir(), 'slapgrid-account-')));

  /** The agent's part of it, as after a start. */
  async start(differs: Partial<AccountParts> = {}): Promise<Joining> {
    const { paths } = this;
    await mkdir(paths.private, { recursive: true, mode: 0o700 });
    const preferences = await Preferences.open(paths);
    const store = new StateStore({
      version: '0.1.0',
      contractVersion: CONTRACT_VERSION,
      pid: 1,
      startedAt: new Date().toISOString(),
      home: paths.home,
      computerId: 'local_computer',
      computer: { cpus: 1, memoryBytes: 1 },
      mode: preferences.mode,
      firstRunDone: true,
      notifications: { ready: true, failed: true, dying: true, problem: true, master: true, update: true },
      notices: [],
    });
    const nodes = new StandInNodes(store);
    const faults: unknown[] = [];
    const account = createAccount({
      folder: paths.masters,
      localPartitions: LOCAL_PARTITIONS,
      nodes,
      store,
      preferences,
      clock: systemClock,
      onFault: (error) => faults.push(error),
      ...differs,
    });
    await account.load();
    return { account, nodes, store, paths, faults };
  }

  remove(): void {
    rmSync(this.paths.home, { recursive: true });
  }

  /** Paths below the folder of masters, with their modes; empty when there is none. */
  async kept(): Promise<Record<string, string>> {
    const { masters } = this.paths;
    const names = await readdir(masters, { recursive: true }).catch(() => []);
    const modes = await Promise.all(
      names.map(async (name) => {
        const { mode } = await stat(path.join(masters, name));
        return [name.replace(/^[0-9a-f]{16}/, 'ID'), (mode & 0o777).toString(8)] as const;
      }),
    );
    return Object.fromEntries(modes);
  }

  /** Whether any file of the data folder holds a text. */
  async holds(text: string): Promise<boolean> {
    const entries = await readdir(this.paths.home, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile());
    const texts = await Promise.all(
      files.map((file) => readFile(path.join(file.parentPath, file.name), 'utf8')),
    );
    return texts.some((each) => each.includes(text));
  }
}

/** What a person types, with a good token, once they accepted the authority. */
export async function wishes(
  account: LoadedAccount,
  master: StandInMaster,
  differs: Partial<RegisterNodeInput> = {},
): Promise<RegisterNodeInput> {
  const urls = { masterUrl: master.url, masterUrlWeb: master.webUrl };
  const { certificates } = await account.inspectMaster(urls);
  return {
    name: 'my laptop',
    token: master.registration.createToken(),
    ...urls,
    partitions: 10,
    acceptedFingerprints: certificates.map(({ fingerprint }) => fingerprint),
    ...differs,
  };
}
