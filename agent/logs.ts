/**
 * Logs of an instance: what its services print, one file per service, and how it was installed. They are followed by inotify and
 * never by a timer.
 *
 * Logs belong to the partition's user, so they are read as everything of a partition is: through `sandbox/inside.ts`.
 */
import { watch } from 'node:fs';
import { readdir } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { SlapgridError } from './errors.ts';
import { INSTALLATION } from './grid/installation-log.ts';
import type { PartitionLayout } from './node/format.ts';
import { openInside } from './sandbox/inside.ts';

/** `position` is for {@link LogOptions.after}. */
export type LogLine = { service: string; line: string; position: string };

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
  /** The position of the last line that was read before: goes on after it. */
  after?: string;
  signal: AbortSignal;
};

/** @throws SlapgridError `no-log` naming the logs there are. */
export async function* readLogs(layout: PartitionLayout, options: LogOptions): AsyncGenerator<LogLine> {
  const folder = layout.paths.log;
  const chosen = await chosenServices(layout, options);
  const marks = marksOf(options.after ?? '');
  const followers = new Map<string, Follower>();
  try {
    for (const service of chosen) {
      const follower = await Follower.open(folder, service);
      followers.set(service, follower);
      const mark = marks.get(service);
      const resumed = mark !== undefined && (await follower.resume(mark));
      const lines = resumed ? follower.read() : await follower.lastLines(options.lines);
      for await (const { line, end } of lines) {
        yield { service, line, position: positionText(followers, service, end) };
      }
    }
    if (options.follow) yield* follow(folder, options, followers);
  } finally {
    for (const follower of followers.values()) await follower.close();
  }
}

/** @throws SlapgridError `no-log`. */
async function chosenServices(
  layout: PartitionLayout,
  { name, service }: Pick<LogOptions, 'name' | 'service'>,
): Promise<string[]> {
  const services = await servicesWithLog(layout.paths.log);
  if (service === null) return services;
  if (!services.includes(service))
    throw new SlapgridError('no-log', { name, service, services: services.join(', ') });
  return [service];
}

/** The older part of a log, as rotation left it. */
const OLDER = '.1';

/**
 * Everything that is kept of a log, the older part first; several logs one after another, each under its name. As long as they are
 * now: what is written meanwhile is not part of it.
 * @throws SlapgridError `no-log` before anything is read.
 */
export async function wholeLogs(
  layout: PartitionLayout,
  chosen: Pick<LogOptions, 'name' | 'service'>,
): Promise<AsyncIterable<Buffer>> {
  return contents(layout.paths.log, await chosenServices(layout, chosen));
}

async function* contents(folder: string, services: readonly string[]): AsyncGenerator<Buffer> {
  for (const service of services) {
    if (services.length > 1) yield Buffer.from(`==> ${service} <==\n`);
    for (const file of [`${service}${SUFFIX}${OLDER}`, `${service}${SUFFIX}`]) yield* content(folder, file);
  }
}

/** Nothing when there is no such file, or none that may be read. */
async function* content(folder: string, name: string): AsyncGenerator<Buffer> {
  const file = await openInside(folder, name).catch((error: unknown) => {
    if (error instanceof SlapgridError) return null;
    throw error;
  });
  if (file === null) return;
  try {
    const { size } = await file.stat();
    for (let position = 0; position < size;) {
      const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, size - position));
      const { bytesRead } = await file.read(chunk, 0, chunk.length, position);
      // Emptied by rotation meanwhile.
      if (bytesRead === 0) return;
      position += bytesRead;
      yield chunk.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

async function servicesWithLog(folder: string): Promise<string[]> {
  const names = await readdir(folder);
  const services = names.filter((name) => name.endsWith(SUFFIX)).map((name) => name.slice(0, -SUFFIX.length));
  // What came first is read first.
  return services.toSorted((one, other) => Number(other === INSTALLATION) - Number(one === INSTALLATION));
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
        for await (const { line, end } of follower.read()) {
          yield { service, line, position: positionText(followers, service, end) };
        }
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

/** A line, and where the file goes on after it (bytes). */
type ReadLine = { line: string; end: number };

const NEW_LINE = 0x0a;

/** One log from a position on. Rotation truncates the file in place: then it is read from its beginning. */
class Follower {
  readonly #file: FileHandle;
  /** Tells this file from one that has its name later. */
  readonly #inode: number;
  #position = 0;
  /** The beginning of a line that is not at its end. */
  #rest = Buffer.alloc(0);
  /** Where the last whole line ended. */
  #end = 0;

  private constructor(file: FileHandle, inode: number) {
    this.#file = file;
    this.#inode = inode;
  }

  static async open(folder: string, service: string): Promise<Follower> {
    const file = await openInside(folder, `${service}${SUFFIX}`);
    const { ino } = await file.stat();
    return new Follower(file, ino);
  }

  get mark(): Mark {
    return { inode: this.#inode, end: this.#end };
  }

  /**
   * Goes on at `mark`; {@link read} begins there.
   * @returns false when the file is another one now, or has moved on by so much that only its end is of use.
   */
  async resume(mark: Mark): Promise<boolean> {
    const { size } = await this.#file.stat();
    const same = mark.inode === this.#inode && mark.end <= size && size - mark.end <= TAIL_BYTES;
    const here = same && (await this.#isLineEnd(mark.end));
    if (here) {
      this.#position = mark.end;
      this.#end = mark.end;
    }
    return here;
  }

  /** Not so in a log that was emptied and written anew, but by chance. */
  async #isLineEnd(position: number): Promise<boolean> {
    if (position === 0) return true;
    const { buffer } = await this.#file.read(Buffer.alloc(1), 0, 1, position - 1);
    return buffer[0] === NEW_LINE;
  }

  /** The last `count` lines so far; {@link read} goes on after them. */
  async lastLines(count: number): Promise<ReadLine[]> {
    const { size } = await this.#file.stat();
    this.#position = Math.max(0, size - TAIL_BYTES);
    const lines: ReadLine[] = [];
    for await (const line of this.read()) {
      lines.push(line);
      if (lines.length > count) lines.shift();
    }
    return lines;
  }

  async *read(): AsyncGenerator<ReadLine> {
    const { size } = await this.#file.stat();
    if (size < this.#position) {
      this.#position = 0;
      this.#rest = Buffer.alloc(0);
    }
    for (;;) {
      const chunk = Buffer.alloc(CHUNK_BYTES);
      const { bytesRead } = await this.#file.read(chunk, 0, CHUNK_BYTES, this.#position);
      if (bytesRead === 0) return;
      const begin = this.#position - this.#rest.length;
      this.#position += bytesRead;
      const bytes = Buffer.concat([this.#rest, chunk.subarray(0, bytesRead)]);
      let place = 0;
      for (let end = bytes.indexOf(NEW_LINE); end !== -1; end = bytes.indexOf(NEW_LINE, place)) {
        const line = bytes.toString('utf8', place, end);
        place = end + 1;
        this.#end = begin + place;
        yield { line, end: this.#end };
      }
      this.#rest = bytes.subarray(place);
      if (this.#rest.length > LONGEST_LINE) {
        const cut = wholeCharacters(this.#rest);
        const line = this.#rest.toString('utf8', 0, cut);
        this.#end = begin + place + cut;
        this.#rest = this.#rest.subarray(cut);
        yield { line, end: this.#end };
      }
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}

/** How many bytes of UTF-8 end between two characters: the last one may be cut in its middle. */
function wholeCharacters(bytes: Buffer): number {
  let cut = bytes.length;
  const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;
  while (cut > bytes.length - 4 && isContinuation(bytes[cut - 1])) cut -= 1;
  const first = bytes[cut - 1];
  return first !== undefined && first >= 0xc0 ? cut - 1 : cut;
}

/** Where a log was left: which file it was, and up to which byte it was read. */
type Mark = { inode: number; end: number };

/** `redis@12:340,web@13:0`: where all logs of one reading are after a line of `service` that ends at `end`. */
function positionText(followers: ReadonlyMap<string, Follower>, service: string, end: number): string {
  return [...followers]
    .map(
      ([name, { mark }]) => `${encodeURIComponent(name)}@${mark.inode}:${name === service ? end : mark.end}`,
    )
    .join(',');
}

/** What {@link positionText} said; what it did not say is left out. */
function marksOf(position: string): Map<string, Mark> {
  const marks = new Map<string, Mark>();
  for (const part of position.split(',')) {
    const [, service = '', inode, end] = /^([\w.!~*'()%-]+)@(\d+):(\d+)$/u.exec(part) ?? [];
    if (service !== '') marks.set(decoded(service), { inode: Number(inode), end: Number(end) });
  }
  return marks;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
