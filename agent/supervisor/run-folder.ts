/**
 * A unit's run folder: what the agent asked for, what the shim says, and the argument files on their way to it.
 *
 * The folder belongs to the partition's user, because the shim does. Nothing in it is visible inside a sandbox; still it is
 * read as if a stranger wrote it: no link is followed, no FIFO is waited for, and each record is checked against its schema.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import {
  type FileHandle,
  access,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  stat,
  unlink,
  writeFile,
} from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { z } from 'zod';
import { diskError } from '../disk.ts';
import { SlapgridError, systemErrorCode } from '../errors.ts';
import type { PartitionIdentity } from '../sandbox/types.ts';
import type { LifelineMaker } from './lifeline.ts';
import type { ProcessRecord } from './process-record.ts';
import type { ExitRecord } from './types.ts';

const orderSchema = z.object({
  id: z.string(),
  configuration: z.string(),
  startedAt: z.iso.datetime(),
  restarts: z.int().nonnegative(),
  logFile: z.string().nullable(),
  payload: z.enum(['sandbox', 'direct']),
  listen: z.object({ host: z.string(), port: z.int() }).nullable(),
  stop: z.object({
    signal: z.enum(['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGKILL']),
    timeoutSeconds: z.number().nonnegative(),
  }),
});

/** What the agent asked of the shim, written before it starts. What a later agent needs to know of a unit it finds running. */
export type Order = z.infer<typeof orderSchema>;

const processSchema = z.object({ pid: z.int().positive(), start: z.int().nonnegative() });

const shimStateSchema = z.object({
  boot: z.string(),
  shim: processSchema,
  /** The shim's child: the payload itself, or bwrap. null until it is started. */
  root: processSchema.nullable(),
});

/** What the shim says of itself. */
export type ShimState = z.infer<typeof shimStateSchema>;

const exitSchema: z.ZodType<ExitRecord> = z.object({
  status: z.int().min(0).max(255),
  requested: z.boolean(),
  at: z.iso.datetime(),
});

const insideSchema = z.array(processSchema);

const LARGEST_RECORD = 64 * 1024;
const ARGUMENT = '.argument-';

export class RunFolder {
  readonly path: string;
  readonly #agent: number;

  /** @param agent uid of the agent: what it wrote itself is believed from nobody else. */
  constructor(folder: string, agent = process.getuid?.() ?? 0) {
    this.path = folder;
    this.#agent = agent;
  }

  #file(name: string): string {
    return path.join(this.path, name);
  }

  get lifeline(): string {
    return this.#file('lifeline');
  }

  /**
   * Makes the folder ready for a start: 0700, the identity's, with the lifeline and the order, without records of before.
   * Nothing of the unit may be running.
   */
  async prepare(identity: PartitionIdentity | null, order: Order, lifelines: LifelineMaker): Promise<void> {
    try {
      // The shim enters it as its working folder, so the parents need not be open to the partition's user.
      await mkdir(this.path, { recursive: true, mode: 0o700 });
      await giveTo(this.path, identity);
      const leftOver = (await readdir(this.path)).filter((name) => name.startsWith('.'));
      const records = ['state.json', 'inside.json', 'exit.json', 'stop.json', ...leftOver];
      const removed = records.map((name) => rm(this.#file(name), { force: true }));
      await Promise.all([...removed, lifelines.make(this.lifeline)]);
    } catch (error) {
      throw diskError(error, this.path);
    }
    await this.#write('unit.json', order);
  }

  /** A readable descriptor of a file with this content that no name leads to. */
  async openArgument(content: Uint8Array): Promise<FileHandle> {
    const file = this.#file(`${ARGUMENT}${randomBytes(6).toString('hex')}`);
    try {
      const writer = await open(file, 'wx', 0o600);
      try {
        await writer.writeFile(content);
        return await open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
      } finally {
        await unlink(file);
        await writer.close();
      }
    } catch (error) {
      throw diskError(error, this.path);
    }
  }

  /** Whether a unit was ever started here. */
  async hasRecord(): Promise<boolean> {
    const [order, state] = await Promise.all([this.readOrder(), this.readState()]);
    return order !== null || state !== null;
  }

  readOrder(): Promise<Order | null> {
    return this.#read('unit.json', orderSchema, this.#agent);
  }

  readState(): Promise<ShimState | null> {
    return this.#read('state.json', shimStateSchema);
  }

  readExit(): Promise<ExitRecord | null> {
    return this.#read('exit.json', exitSchema);
  }

  /** Records that the unit is to end, so that the next agent goes on with it and the shim knows why it is asked. */
  async wishStop(at: string): Promise<void> {
    await this.#write('stop.json', { at });
  }

  /** Remembers what is in the sandbox. On a full disk the unit runs without. */
  async noteInside(processes: readonly ProcessRecord[]): Promise<void> {
    try {
      await this.#write('inside.json', processes);
    } catch (error) {
      if (!(error instanceof SlapgridError)) throw error;
    }
  }

  async readInside(): Promise<readonly ProcessRecord[]> {
    return (await this.#read('inside.json', insideSchema, this.#agent)) ?? [];
  }

  async isStopWished(): Promise<boolean> {
    try {
      await access(this.#file('stop.json'));
      return true;
    } catch {
      return false;
    }
  }

  /** The user whose processes the unit's are; null when the folder is gone. */
  async owner(): Promise<number | null> {
    try {
      return (await stat(this.path)).uid;
    } catch (error) {
      if (systemErrorCode(error) === 'ENOENT') return null;
      throw error;
    }
  }

  /** Replaces a record by renaming. Nothing is flushed to the disk: no process survives what would lose it. */
  async #write(name: string, content: unknown): Promise<void> {
    const aside = this.#file(`.${name}.${randomBytes(6).toString('hex')}`);
    try {
      await writeFile(aside, `${JSON.stringify(content)}\n`, { flag: 'wx', mode: 0o600 });
      await rename(aside, this.#file(name));
    } catch (error) {
      await rm(aside, { force: true });
      throw diskError(error, this.#file(name));
    }
  }

  /**
   * A record, or null when it is absent or is none of ours.
   * @param writer uid whose file it must be.
   */
  async #read<Content>(name: string, schema: z.ZodType<Content>, writer?: number): Promise<Content | null> {
    let handle: FileHandle;
    try {
      handle = await open(this.#file(name), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    } catch (error) {
      if (systemErrorCode(error) === undefined) throw error;
      return null;
    }
    try {
      const found = await handle.stat();
      if (!found.isFile() || found.size > LARGEST_RECORD) return null;
      if (writer !== undefined && found.uid !== writer) return null;
      return schema.parse(JSON.parse(await handle.readFile('utf8')));
    } catch (error) {
      if (error instanceof SyntaxError || error instanceof z.ZodError) return null;
      throw error;
    } finally {
      await handle.close();
    }
  }
}

/** Makes a folder 0700 and the identity's; never what a link leads to. */
async function giveTo(folder: string, identity: PartitionIdentity | null): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
  try {
    await handle.chmod(0o700);
    if (identity !== null && process.getuid?.() === 0) await handle.chown(identity.uid, identity.gid);
  } finally {
    await handle.close();
  }
}
