/**
 * The certificate with which an instance shows who it is (§6.4, §19), where its master gives one: `<partition>.crt` and `<partition>.key`,
 * called as SLAP software calls them, in a folder beside the instance that it sees as `/srv/pki` and cannot write. Read by the
 * partition's user alone.
 *
 * Asked for once for each instance and again when it changed, or when it ends soon. What cannot be asked for now is asked for after the
 * master's next answer. A refusal, or what is no certificate, leaves everything as it is.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { chmod, chown, mkdir, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { SlapError } from '../../slap/errors.ts';
import type { ComputerPartitionRecord } from '../../slap/master.ts';
import { diskError, removeUnfinished, writeAtomically } from '../disk.ts';
import type { PartitionLayout } from '../node/format.ts';
import type { GridTools } from './tools.ts';

type Pair = { certificate: string; key: string };

/** A start does not wait longer for it. */
const PATIENCE_MS = 5000;
/** It is renewed when a third of its time is left, or a month. */
const LONGEST_BEFORE_END_MS = 30 * 86_400_000;
/** What was asked for in vain, or was given again as it was, is asked for again after this. */
const AGAIN_MS = 3_600_000;
const LONGEST_TEXT = 64 * 1024;

export class PartitionCertificate {
  readonly #layout: PartitionLayout;
  readonly #tools: Pick<GridTools, 'certificateOf' | 'clock' | 'onFault'>;
  /** The instance, as it was when the master was asked with an answer. */
  #answeredFor = '';
  /** When to ask again (ms); Infinity: not before the instance changes. */
  #dueAt = Number.POSITIVE_INFINITY;
  #asking: Promise<void> | null = null;
  #writing: Promise<void> = Promise.resolve();
  /** Another one when the instance goes: what was asked for it is of no use then. */
  #turn = 0;

  constructor(layout: PartitionLayout, tools: Pick<GridTools, 'certificateOf' | 'clock' | 'onFault'>) {
    this.#layout = layout;
    this.#tools = tools;
  }

  /**
   * Before the instance is started. Waits for the first one, not for long; never fails.
   * @param isSame whether it was started as it is before.
   */
  async prepare(target: ComputerPartitionRecord, isSame: boolean): Promise<void> {
    if (this.#tools.certificateOf === undefined || this.#answeredFor === keyOf(target)) return;
    const kept = await keptPair(this.#layout);
    if (kept !== null && isSame) {
      this.#answeredFor = keyOf(target);
      this.#dueAt = renewalOf(kept);
      return;
    }
    const asking = this.#ask(target);
    if (kept !== null) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = this.#tools.clock.after(PATIENCE_MS, resolve);
    await Promise.race([asking, promise]);
    cancel();
  }

  /** The master answers: what is due is asked for. Costs nothing otherwise. */
  async catchUp(target: ComputerPartitionRecord): Promise<void> {
    if (this.#tools.clock.now() >= this.#dueAt) await this.#ask(target);
  }

  /** Whatever is still answered is not kept. */
  async close(): Promise<void> {
    this.#turn += 1;
    this.#asking = null;
    await this.#writing.catch(() => undefined);
  }

  /** The instance goes. */
  async remove(): Promise<void> {
    await this.close();
    this.#answeredFor = '';
    this.#dueAt = Number.POSITIVE_INFINITY;
    await rm(certificateFolder(this.#layout), { recursive: true, force: true });
  }

  #ask(target: ComputerPartitionRecord): Promise<void> {
    if (this.#asking !== null) return this.#asking;
    const asking = this.#askOnce(target)
      .catch(this.#tools.onFault)
      .finally(() => {
        if (this.#asking === asking) this.#asking = null;
      });
    this.#asking = asking;
    return asking;
  }

  async #askOnce(target: ComputerPartitionRecord): Promise<void> {
    const { certificateOf, clock } = this.#tools;
    if (certificateOf === undefined) return;
    const turn = this.#turn;
    let given: Pair;
    try {
      given = await certificateOf(target);
    } catch (error) {
      if (!(error instanceof SlapError)) throw error;
      if (turn !== this.#turn) return;
      const isUnanswered = error.code === 'unreachable' || error.status >= 500;
      if (!isUnanswered) this.#answeredFor = keyOf(target);
      this.#dueAt = error.code === 'unreachable' ? clock.now() : clock.now() + AGAIN_MS;
      return;
    }
    if (turn !== this.#turn) return;
    this.#answeredFor = keyOf(target);
    const pair = checkedPair(given);
    if (pair === null) {
      const kept = await keptPair(this.#layout);
      // Whoever gives none is not asked again and again.
      this.#dueAt = kept === null ? Number.POSITIVE_INFINITY : clock.now() + AGAIN_MS;
      return;
    }
    this.#dueAt = Math.max(renewalOf(pair), clock.now() + AGAIN_MS);
    this.#writing = keepPair(this.#layout, given);
    await this.#writing;
  }
}

/** On the host. */
export function certificateFolder(layout: PartitionLayout): string {
  return path.join(layout.paths.root, 'pki');
}

/** Makes the folder, empty when there is no certificate yet: what is shown inside must exist. */
export async function prepareCertificateFolder(layout: PartitionLayout): Promise<string> {
  const folder = certificateFolder(layout);
  const isRoot = process.getuid?.() === 0;
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    if (isRoot) await chown(folder, 0, layout.identity.gid);
    await chmod(folder, isRoot ? 0o750 : 0o700);
  } catch (error) {
    throw diskError(error, folder);
  }
  return folder;
}

/** Where a program inside finds it. */
export function certificateInside({ id }: Pick<PartitionLayout, 'id'>): { certificate: string; key: string } {
  return { certificate: `/srv/pki/${id}.crt`, key: `/srv/pki/${id}.key` };
}

function filesOf(layout: PartitionLayout): { certificate: string; key: string } {
  const folder = certificateFolder(layout);
  return { certificate: path.join(folder, `${layout.id}.crt`), key: path.join(folder, `${layout.id}.key`) };
}

function keyOf({ instanceGuid, timestamp }: ComputerPartitionRecord): string {
  return JSON.stringify([instanceGuid, timestamp]);
}

/** null for what is no certificate with its key: slapproxy gives two empty texts. */
function checkedPair({ certificate, key }: Pair): X509Certificate | null {
  if (certificate.length > LONGEST_TEXT || key.length > LONGEST_TEXT) return null;
  try {
    const read = new X509Certificate(certificate);
    return read.checkPrivateKey(createPrivateKey(key)) ? read : null;
  } catch {
    return null;
  }
}

function renewalOf(certificate: X509Certificate): number {
  const from = certificate.validFromDate.getTime();
  const to = certificate.validToDate.getTime();
  return to - Math.min((to - from) / 3, LONGEST_BEFORE_END_MS);
}

async function keptPair(layout: PartitionLayout): Promise<X509Certificate | null> {
  const files = filesOf(layout);
  try {
    const [certificate, key] = await Promise.all([
      readFile(files.certificate, 'utf8'),
      readFile(files.key, 'utf8'),
    ]);
    return checkedPair({ certificate, key });
  } catch {
    return null;
  }
}

/** Writes only what differs. */
async function keepPair(layout: PartitionLayout, pair: Pair): Promise<void> {
  await removeUnfinished(await prepareCertificateFolder(layout));
  const files = filesOf(layout);
  const owner = process.getuid?.() === 0 ? { owner: layout.identity } : {};
  for (const kind of ['key', 'certificate'] as const) {
    const before = await readFile(files[kind], 'utf8').catch(() => null);
    if (before !== pair[kind]) await writeAtomically(files[kind], pair[kind], { mode: 0o400, ...owner });
  }
}
