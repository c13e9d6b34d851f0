/**
 * Joining masters and leaving them. What was joined is on disk; what works for it is told.
 */
import { randomBytes } from 'node:crypto';
import { createClassicClient } from '../../slap/classic/client.ts';
import { SlapError } from '../../slap/errors.ts';
import { UnreachableError } from '../../slap/unreachable.ts';
import type {
  InspectMasterInput,
  InspectMasterResult,
  LeaveMasterInput,
  MasterView,
  Mode,
  RegisterNodeInput,
} from '../api/contract.ts';
import type { Clock } from '../clock.ts';
import { SlapgridError } from '../errors.ts';
import { hasText, text } from '../messages.ts';
import type { Preferences } from '../settings/preferences.ts';
import type { StateStore } from '../state.ts';
import { hostnameOf, masterAddress, portOf } from './addresses.ts';
import { inspectServer, sameFingerprint, type InspectedServer } from './inspection.ts';
import { MasterFolders, type DamagedMaster, type KeptMaster } from './master-folders.ts';
import { freeRow } from './partition-numbers.ts';
import { masterProblem } from './problems.ts';
import { checkedComputerName, requestComputer } from './registration.ts';
import { createMasterTransport } from './transport.ts';
import type { Account, JoinedMaster, MasterNodes } from './types.ts';
import { masterAsideView, newMasterView } from './view.ts';

export type AccountParts = {
  /** `private/masters`. */
  folder: string;
  /** How many partitions the local master has: the first ones. */
  localPartitions: number;
  nodes: MasterNodes;
  store: StateStore;
  preferences: Pick<Preferences, 'mode' | 'setMode'>;
  clock: Pick<Clock, 'now'>;
  /** Told about what failed while nobody waited for it. */
  onFault: (error: unknown) => void;
  /** How long a server may take to shake hands, and to answer. */
  patienceMilliseconds?: { handshake: number; answer: number };
};

const PATIENCE_MILLISECONDS = { handshake: 15_000, answer: 60_000 };

/** An {@link Account} that {@link LoadedAccount.load} makes ready. */
export type LoadedAccount = Account & {
  /** Has all that was joined worked for, and goes on leaving what was being left. Once, at the start. */
  load(): Promise<void>;
};

export function createAccount(parts: AccountParts): LoadedAccount {
  const { nodes, store, preferences } = parts;
  const patience = parts.patienceMilliseconds ?? PATIENCE_MILLISECONDS;
  const folders = new MasterFolders(parts.folder);
  const masters = new Map<string, KeptMaster>();
  let damaged: readonly DamagedMaster[] = [];
  const now = (): Date => new Date(parts.clock.now());

  const known = (id: string): KeptMaster => {
    const master = masters.get(id);
    if (master === undefined) throw new SlapgridError('unknown-master', { id });
    return master;
  };

  /** What a person accepted for a host before; for no other host. */
  const acceptedFor = (hostname: string): string | null => {
    const of = [...masters.values()].filter(({ url, webUrl }) =>
      [url, webUrl].some((each) => hostnameOf(new URL(each)) === hostname),
    );
    return joinedTexts(of.map(({ authorities }) => authorities));
  };

  const inspect = (url: URL): Promise<InspectedServer | null> =>
    inspectServer(url, {
      accepted: acceptedFor(hostnameOf(url)),
      now: now(),
      timeoutMilliseconds: patience.handshake,
    });

  /** PEM text of what has to be believed besides the usual authorities; null: nothing. */
  const trusted = async (url: URL, fingerprints: readonly string[]): Promise<string | null> => {
    if (url.protocol !== 'https:') return null;
    const inspected = await inspect(url);
    if (inspected === null || inspected.certificate.trust === 'system') return null;
    const { certificate, problem, authority } = inspected;
    if (problem !== null) throw problem;
    const { host, fingerprint } = certificate;
    const isAccepted =
      certificate.trust === 'accepted' || fingerprints.some((each) => sameFingerprint(each, fingerprint));
    if (!isAccepted) throw new SlapgridError('certificate-unknown', { host, fingerprint });
    return authority;
  };

  const register = async (input: RegisterNodeInput): Promise<MasterView> => {
    const url = masterAddress(input.masterUrl);
    const webUrl = masterAddress(input.masterUrlWeb);
    const name = checkedComputerName(input.name);
    const before = [...masters.values()].find((master) => master.url === url.href);
    if (before !== undefined) {
      throw new SlapgridError('already-joined', { host: url.host, name: before.computerName });
    }
    // What is unreadable may have any numbers.
    if (damaged[0] !== undefined) throw damaged[0].problem;
    const rows = [...masters.values()].map(({ partitions }) => partitions);
    const partitions = freeRow(input.partitions, parts.localPartitions, rows);
    const [authority, webAuthority] = await Promise.all([
      trusted(url, input.acceptedFingerprints),
      trusted(webUrl, input.acceptedFingerprints),
    ]);

    const id = randomBytes(8).toString('hex');
    const reservation = await folders.reserve(id);
    let joined: JoinedMaster;
    try {
      const computer = await requestComputer({
        webUrl,
        name,
        token: input.token,
        authorities: webAuthority,
        timeoutMilliseconds: patience.answer,
        now,
      });
      joined = {
        id,
        url: url.href,
        webUrl: webUrl.href,
        computerName: name,
        ...computer,
        joinedAt: now().toISOString(),
        authorities: joinedTexts([authority, webAuthority]),
        partitions,
      };
    } catch (error) {
      await reservation.giveUp();
      throw error;
    }
    await reservation.keep(joined);
    masters.set(id, { ...joined, leaving: null });
    try {
      await nodes.add(joined);
    } catch (error) {
      masters.delete(id);
      await nodes.abandon(id).catch(parts.onFault);
      await folders.remove(id);
      throw error;
    }
    return store.snapshot().masters.find((view) => view.id === id) ?? newMasterView(joined, preferences.mode);
  };

  /** @throws SlapgridError `master-unreachable`: it could not be told what ends here. */
  const checkReachable = async (master: JoinedMaster): Promise<void> => {
    const transport = createMasterTransport(master, { timeoutMilliseconds: patience.handshake });
    try {
      await createClassicClient({ transport }).getFullComputerInformation(master.computerId);
    } catch (error) {
      const cannotBeTold =
        error instanceof UnreachableError ||
        (error instanceof SlapError && ['forbidden', 'unauthorized'].includes(error.code));
      // Anything else is an answer.
      if (!cannotBeTold) return;
      const { host } = new URL(master.url);
      const problem = masterProblem(error, host);
      if (problem.code === 'master-unreachable') throw problem;
      throw new SlapgridError('master-unreachable', { host, why: whyUnreachable(problem) }, { cause: error });
    }
  };

  const keepLeaving = async (id: string, leaving: KeptMaster['leaving']): Promise<void> => {
    const kept: KeptMaster = { ...known(id), leaving };
    await folders.setLeaving(kept, leaving);
    masters.set(id, kept);
  };

  /** Until it is left, or a person stays. */
  const leave = async (id: string, { force, isBegun }: NonNullable<KeptMaster['leaving']>): Promise<void> => {
    const begins = (): Promise<void> =>
      keepLeaving(id, { force: known(id).leaving?.force ?? force, isBegun: true });
    if ((await nodes.remove(id, { force, isBegun, begins })) !== 'left') return;
    masters.delete(id);
    store.removeMaster(id);
    // What cannot be removed now is still being left at the next start.
    await folders.remove(id);
  };

  let registering: Promise<unknown> = Promise.resolve();

  return {
    async load() {
      const found = await folders.load();
      ({ damaged } = found);
      for (const [index, { id, problem, record }] of damaged.entries()) {
        store.notice(`masters-${index}`, problem.toView());
        store.setMaster(masterAsideView(id, record, problem));
      }
      await nodes.setMode(preferences.mode);
      for (const master of found.masters) {
        masters.set(master.id, master);
        if (master.partitions.first < parts.localPartitions) {
          // Somebody changed how many this computer has for itself. Two must never work in one partition.
          const { host } = new URL(master.url);
          const problem = new SlapgridError('partitions-overlap', { host, first: master.partitions.first });
          store.notice(`partitions-${master.id}`, problem.toView());
          store.setMaster(masterAsideView(master.id, { schema: 1, ...master }, problem));
          continue;
        }
        const { id, leaving } = master;
        await nodes.add(joinedOf(master), leaving).catch(parts.onFault);
        if (leaving !== null) leave(id, leaving).catch(parts.onFault);
      }
    },

    async inspectMaster({ masterUrl, masterUrlWeb }: InspectMasterInput): Promise<InspectMasterResult> {
      const servers = new Map<string, URL>();
      for (const url of [masterAddress(masterUrl), masterAddress(masterUrlWeb)]) {
        const place = `${url.hostname}:${portOf(url)}`;
        if (url.protocol === 'https:' && !servers.has(place)) servers.set(place, url);
      }
      const inspected = await Promise.all([...servers.values()].map(inspect));
      return { certificates: inspected.flatMap((each) => (each === null ? [] : [each.certificate])) };
    },

    registerNode(input) {
      // One after the other: each sees what the one before has taken.
      const registered = registering.then(() => register(input));
      registering = registered.catch(() => undefined);
      return registered;
    },

    async leaveMaster({ id, force }: LeaveMasterInput) {
      const master = known(id);
      const isAlready = master.leaving !== null && (master.leaving.force || !force);
      if (isAlready) return;
      if (!force) await checkReachable(master);
      const leaving = { force, isBegun: known(id).leaving?.isBegun ?? false };
      await keepLeaving(id, leaving);
      leave(id, leaving).catch(parts.onFault);
    },

    async stayWithMaster(id) {
      if (known(id).leaving === null) return;
      nodes.stay(id);
      await keepLeaving(id, null);
    },

    async askMaster(id) {
      nodes.ask(known(id).id);
    },

    async setMode(mode: Mode) {
      await preferences.setMode(mode);
      store.setMode(mode);
      await nodes.setMode(mode);
    },
  };
}

function joinedOf(master: KeptMaster): JoinedMaster {
  const { leaving: _, ...joined } = master;
  return joined;
}

/** Each once; null for none. */
function joinedTexts(texts: readonly (string | null)[]): string | null {
  const distinct = new Set(texts.filter((each) => each !== null));
  return distinct.size === 0 ? null : [...distinct].join('');
}

/** Why it cannot be told, as a part of a sentence. */
function whyUnreachable({ code }: SlapgridError): string {
  const key = `account.why.${code.startsWith('certificate-') || code === 'clock-wrong' ? 'certificate' : code}`;
  return text(hasText(key) ? key : 'account.why.other');
}
