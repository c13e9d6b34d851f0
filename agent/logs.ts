/**
 * Logs of an instance: what its services print, one file per service, followed by inotify and never by a timer.
 *
 * Logs belong to the partition's user, so they are read as everything of a partition is: through `sandbox/inside.ts`.
 */
import { watch } from 'node:fs';
import { readdir } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import { SlapgridError } from './errors.ts';
import type { PartitionLayout } from './node/format.ts';
import { openInside } from './sandbox/inside.ts';

export type LogLine = { service: string; line: string };

const SUFFIX = '.log';
/** How far back the last lines are looked for. */
const TAIL_BYTES = 1024 * 1024;
const CHUNK_BYTES = 64 * 1024;
/** A line longer than this is shown in parts. */
const LONGEST_LINE = 16 * 1024;

export type LogOptions = {
  name: string;
  /** null: all. */
  service: string | null;
  /** How many of the last lines of each service. */
  lines: number;
  follow: boolean;
  signal: AbortSignal;
};

/** @throws SlapgridError `no-log` naming the logs there are. */
export async function* readLogs(layout: PartitionLayout, options: LogOptions): AsyncGenerator<LogLine> {
  const folder = layout.paths.log;
  const services = await servicesWithLog(folder);
  const chosen = options.service === null ? services : services.filter((name) => name === options.service);
  if (options.service !== null && chosen.length === 0)
    throw new SlapgridError('no-log', {
      name: options.name,
      service: options.service,
      services: services.join(', '),
    });
  const followers = new Map<string, Follower>();
  try {
    for (const service of chosen) {
      const follower = await Follower.open(folder, service);
      followers.set(service, follower);
      for (const line of await follower.lastLines(options.lines)) yield { service, line };
    }
    if (options.follow) yield* follow(folder, options, followers);
  } finally {
    for (const follower of followers.values()) await follower.close();
  }
}

async function servicesWithLog(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  return names.filter((name) => name.endsWith(SUFFIX)).map((name) => name.slice(0, -SUFFIX.length));
}

async function* follow(
  folder: string,
  options: LogOptions,
  followers: Map<string, Follower>,
): AsyncGenerator<LogLine> {
  const changed = new Set(followers.keys());
  let wake = (): void => undefined;
  const watcher = watch(folder, (_, file) => {
    const service = file?.endsWith(SUFFIX) === true ? file.slice(0, -SUFFIX.length) : null;
    if (service === null || (options.service !== null && service !== options.service)) return;
    changed.add(service);
    wake();
  });
  // The folder goes with its instance: then there is nothing left to follow.
  watcher.on('error', () => wake());
  const aborted = (): void => wake();
  options.signal.addEventListener('abort', aborted);
  try {
    while (!options.signal.aborted) {
      for (const service of changed) {
        changed.delete(service);
        const follower = followers.get(service) ?? (await Follower.open(folder, service));
        followers.set(service, follower);
        for await (const line of follower.read()) yield { service, line };
      }
      if (changed.size > 0) continue;
      const { promise, resolve } = Promise.withResolvers<void>();
      wake = resolve;
      if (changed.size === 0 && !options.signal.aborted) await promise;
    }
  } finally {
    options.signal.removeEventListener('abort', aborted);
    watcher.close();
  }
}

/** One log from a position on. Rotation truncates the file in place: then it is read from its beginning. */
class Follower {
  readonly #file: FileHandle;
  readonly #decoder = new StringDecoder('utf8');
  #position = 0;
  #rest = '';

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async open(folder: string, service: string): Promise<Follower> {
    return new Follower(await openInside(folder, `${service}${SUFFIX}`));
  }

  /** The last `count` lines so far; {@link read} goes on after them. */
  async lastLines(count: number): Promise<string[]> {
    const { size } = await this.#file.stat();
    this.#position = Math.max(0, size - TAIL_BYTES);
    const lines: string[] = [];
    for await (const line of this.read()) {
      lines.push(line);
      if (lines.length > count) lines.shift();
    }
    return lines;
  }

  async *read(): AsyncGenerator<string> {
    const { size } = await this.#file.stat();
    if (size < this.#position) this.#position = 0;
    const chunk = Buffer.alloc(CHUNK_BYTES);
    for (;;) {
      const { bytesRead } = await this.#file.read(chunk, 0, CHUNK_BYTES, this.#position);
      if (bytesRead === 0) return;
      this.#position += bytesRead;
      const lines = (this.#rest + this.#decoder.write(chunk.subarray(0, bytesRead))).split('\n');
      this.#rest = lines.pop() ?? '';
      yield* lines;
      if (this.#rest.length > LONGEST_LINE) {
        yield this.#rest;
        this.#rest = '';
      }
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
