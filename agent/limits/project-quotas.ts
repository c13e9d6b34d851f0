/**
 * The disk limits of each partition by the kernel: a project quota (quotactl(2)) of the file system the data is on. Root's agent alone can
 * set one, and only where the file system was made and mounted for it; whether it holds is tried. The project's number is the user id of
 * the partition, which nobody else on this computer has.
 *
 * What a partition makes belongs to the project of the folder it is made in, and inside a user namespace that cannot be changed
 * (fileattr_set_prepare in the kernel).
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir, readFile, realpath, rm } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Limits } from '../api/contract-lending.ts';
import { SlapgridError } from '../errors.ts';
import type { HostPrograms } from '../sandbox/programs.ts';
import type { PartitionIdentity } from '../sandbox/types.ts';
import { mountPointOf } from './mount-point.ts';

export type QuotaProbe =
  | { ok: true }
  | { ok: false; cause: 'not-root' | 'no-program' | 'no-quota' | 'not-held'; detail: string };

export type ProjectQuotasOptions = {
  programs: Pick<HostPrograms, 'find' | 'require'>;
  /** On the file system of the data. */
  folder: string;
  /** Whose the trial is: as the partitions, no user of the computer. null: an ordinary user's agent, which can set none. */
  trialIdentity: PartitionIdentity | null;
  /** undefined: there is no such partition. */
  placeOf: (partitionId: string) => { data: string; identity: PartitionIdentity } | undefined;
};

export type DiskLimits = Pick<Limits, 'diskBytes' | 'files'>;

const run = promisify(execFile);

const KIBIBYTE = 1024;
const TRIAL: DiskLimits = { diskBytes: 64 * KIBIBYTE, files: 8 };
/** What the kernel says of both, in the language that is asked for (strerror(3)). */
const REFUSED = 'Disk quota exceeded';
const TRIAL_PROGRAMS = [
  'head -c 1000000 /dev/zero >large',
  'rm -f large; i=0; while [ $i -lt 50 ]; do : >"$i" || exit; i=$((i + 1)); done',
];

const UNTRIED: QuotaProbe = { ok: false, cause: 'no-quota', detail: '' };

export class ProjectQuotas {
  readonly #options: ProjectQuotasOptions;
  #probe: QuotaProbe = UNTRIED;
  /** Partitions whose data belongs to their project. */
  readonly #marked = new Set<string>();

  constructor(options: ProjectQuotasOptions) {
    this.#options = options;
  }

  /** What was found when it was tried last. */
  get probe(): QuotaProbe {
    return this.#probe;
  }

  /** Whether the kernel holds a quota here: by exceeding one. Never throws. */
  async examine(): Promise<QuotaProbe> {
    this.#probe = await this.#tried();
    return this.#probe;
  }

  /**
   * Does nothing where the kernel holds none.
   * @param isQuiet nothing of the partition runs: what is in its data already can be given to its project without being swapped meanwhile.
   * @throws SlapgridError `quota-failed`.
   */
  async hold(partitionId: string, limits: DiskLimits, isQuiet: boolean): Promise<void> {
    const place = this.#options.placeOf(partitionId);
    if (!this.#probe.ok || place === undefined) return;
    try {
      if (isQuiet && !this.#marked.has(partitionId)) {
        await this.#mark(place.data, place.identity.uid);
        this.#marked.add(partitionId);
      }
      await this.#limit(place.data, place.identity.uid, limits);
    } catch (error) {
      throw new SlapgridError('quota-failed', { detail: saidBy(error) }, { cause: error });
    }
  }

  /** The partition is to be emptied. */
  async release(partitionId: string): Promise<void> {
    const place = this.#options.placeOf(partitionId);
    if (!this.#marked.delete(partitionId) || place === undefined) return;
    await this.#limit(place.data, place.identity.uid, { diskBytes: null, files: null });
  }

  async #tried(): Promise<QuotaProbe> {
    const { trialIdentity, programs } = this.#options;
    if (trialIdentity === null) return { ok: false, cause: 'not-root', detail: '' };
    for (const program of ['chattr', 'setquota'] as const)
      if (programs.find(program) === null) return { ok: false, cause: 'no-program', detail: program };
    const trial = path.join(this.#options.folder, '.quota-trial');
    try {
      await rm(trial, { recursive: true, force: true });
      await mkdir(trial, { mode: 0o700 });
      return await this.#tryIn(trial, trialIdentity);
    } catch (error) {
      return { ok: false, cause: 'no-quota', detail: saidBy(error) };
    } finally {
      await this.#endTrial(trial, trialIdentity);
    }
  }

  async #tryIn(trial: string, { uid, gid }: PartitionIdentity): Promise<QuotaProbe> {
    await chown(trial, uid, gid);
    await this.#mark(trial, uid);
    await this.#limit(trial, uid, TRIAL);
    for (const program of TRIAL_PROGRAMS) {
      const said = await outputAs({ uid, gid }, program, trial);
      if (!said.includes(REFUSED)) return { ok: false, cause: 'not-held', detail: said.trim() };
    }
    return { ok: true };
  }

  async #endTrial(trial: string, { uid }: PartitionIdentity): Promise<void> {
    await this.#limit(trial, uid, { diskBytes: null, files: null }).catch(() => undefined);
    await rm(trial, { recursive: true, force: true });
  }

  /** What is made in it from now on belongs to the project; and what is there already, but for what is no file and no folder. */
  async #mark(folder: string, project: number): Promise<void> {
    const chattr = this.#options.programs.require('chattr');
    await run(chattr, ['-p', String(project), '+P', folder], { env: {} });
    // The first fails for pipes and sockets, which hold no data; the second for all but folders, and apart from the first it must be for that.
    for (const words of [['-p', String(project)], ['+P']])
      await run(chattr, ['-R', '-f', ...words, folder], { env: {} }).catch(() => undefined);
  }

  /** setquota(8): soft and hard limits of blocks of 1 KiB and of files; 0 is none. */
  async #limit(folder: string, project: number, { diskBytes, files }: DiskLimits): Promise<void> {
    const blocks = diskBytes === null ? 0 : Math.max(1, Math.floor(diskBytes / KIBIBYTE));
    const amounts = [0, blocks, 0, files ?? 0].map(String);
    const mount = mountPointOf(await readFile('/proc/self/mountinfo', 'utf8'), await realpath(folder));
    const setquota = this.#options.programs.require('setquota');
    await run(setquota, ['-P', String(project), ...amounts, mount], { env: { LANG: 'C' } });
  }
}

async function outputAs(identity: PartitionIdentity, program: string, folder: string): Promise<string> {
  const child = spawn('/bin/sh', ['-c', program], {
    ...identity,
    cwd: folder,
    env: { PATH: '/usr/bin:/bin', LANG: 'C' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await once(child, 'close');
  return said.slice(-500);
}

function saidBy(error: unknown): string {
  const said: unknown = error instanceof Error ? Reflect.get(error, 'stderr') : null;
  if (typeof said === 'string' && said.trim() !== '') return said.trim().slice(-500);
  return error instanceof Error ? error.message : String(error);
}
