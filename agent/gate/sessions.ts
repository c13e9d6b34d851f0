/**
 * How a browser is let in: a link that works once, within a minute, is exchanged for a bearer token of its own.
 *
 * The sessions are kept (as digests only) in a 0600 file, so that a page finds its way back when the agent is started again.
 */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { writeAtomically } from '../disk.ts';
import { SlapgridError } from '../errors.ts';
import { digestOf, newSecret } from './token.ts';

const LINK_MILLISECONDS = 60_000;
const SESSION_MILLISECONDS = 7 * 24 * 3_600_000;
/** Nobody has so many pages open: the oldest is the one that is forgotten. */
const MOST_SESSIONS = 32;

const recordSchema = z.strictObject({ digest: z.base64url(), expiresAt: z.number() });
const fileSchema = z.strictObject({ schema: z.literal(1), sessions: z.array(recordSchema) });

export type OneTimeCode = { code: string; expiresAt: Date };
export type SessionToken = { token: string; expiresAt: Date };

type Clock = () => number;

export class Sessions {
  readonly #file: string;
  readonly #now: Clock;
  /** Digest of a code → when it expires. In memory only: a code does not outlive the agent. */
  readonly #codes = new Map<string, number>();
  /** Digest of a token → when it expires, oldest first. */
  readonly #sessions: Map<string, number>;
  /** Digest of a token → how to end what is being answered in its name. */
  readonly #held = new Map<string, Set<() => void>>();
  /** The last write of the file: the next one waits for it, so that the newest state is what stays. */
  #saved: Promise<void> = Promise.resolve();

  private constructor(file: string, now: Clock, sessions: Map<string, number>) {
    this.#file = file;
    this.#now = now;
    this.#sessions = sessions;
  }

  /**
   * The sessions recorded in `file`. A file that is absent or unreadable means none: their pages ask for a new link.
   * @param now milliseconds since the epoch.
   */
  static async open(file: string, now: Clock = Date.now): Promise<Sessions> {
    return new Sessions(file, now, await readRecords(file));
  }

  /** A code that {@link redeem} accepts once within 60 s. */
  createCode(): OneTimeCode {
    this.#forgetExpired();
    const code = newSecret();
    const expiresAt = this.#now() + LINK_MILLISECONDS;
    this.#codes.set(key(code), expiresAt);
    return { code, expiresAt: new Date(expiresAt) };
  }

  /**
   * Exchanges a one-time code for a bearer token.
   * @throws SlapgridError `link-unusable` when the code was used, is old, or never was one.
   */
  redeem(code: string): SessionToken {
    this.#forgetExpired();
    // Looked up by digest: the time it takes says nothing about how much of a code was right.
    if (!this.#codes.delete(key(code))) throw new SlapgridError('link-unusable');
    const token = newSecret();
    const expiresAt = this.#now() + SESSION_MILLISECONDS;
    this.#sessions.set(key(token), expiresAt);
    for (const digest of [...this.#sessions.keys()].slice(0, -MOST_SESSIONS)) this.#end(digest);
    // Nobody waits for the disk, nor is kept out when it is full: a session that is not on it ends with this run of the agent.
    this.#save().catch(() => undefined);
    return { token, expiresAt: new Date(expiresAt) };
  }

  /**
   * Lets a request in.
   * @param onEnd called when the session is revoked while the request is being answered.
   * @returns what to call when it was answered; null when there is no such session.
   */
  hold(token: string, onEnd: () => void): (() => void) | null {
    this.#forgetExpired();
    const digest = key(token);
    if (!this.#sessions.has(digest)) return null;
    const held = this.#held.get(digest) ?? new Set();
    this.#held.set(digest, held.add(onEnd));
    return () => {
      held.delete(onEnd);
      if (held.size === 0 && this.#held.get(digest) === held) this.#held.delete(digest);
    };
  }

  /** Resolves when what was begun is on the disk, or could not be written. */
  async settled(): Promise<void> {
    await this.#saved.catch(() => undefined);
  }

  /** Ends one session and what is being answered in its name. */
  async revoke(token: string): Promise<void> {
    this.#end(key(token));
    await this.#save();
  }

  /** Ends every session and every link that was not used yet. */
  async revokeAll(): Promise<void> {
    this.#codes.clear();
    for (const digest of this.#sessions.keys()) this.#end(digest);
    await this.#save();
  }

  #end(digest: string): void {
    this.#sessions.delete(digest);
    const held = this.#held.get(digest);
    this.#held.delete(digest);
    for (const end of held ?? []) end();
  }

  #forgetExpired(): void {
    const now = this.#now();
    for (const [digest, expiresAt] of this.#codes) {
      // One that seems to have been made later than now would work for longer, because the clock was set back.
      if (expiresAt <= now || expiresAt > now + LINK_MILLISECONDS) this.#codes.delete(digest);
    }
    for (const [digest, expiresAt] of this.#sessions) if (expiresAt <= now) this.#end(digest);
  }

  #save(): Promise<void> {
    const write = (): Promise<void> => {
      const sessions = [...this.#sessions].map(([digest, expiresAt]) => ({ digest, expiresAt }));
      const content: z.infer<typeof fileSchema> = { schema: 1, sessions };
      return writeAtomically(this.#file, `${JSON.stringify(content)}\n`, { mode: 0o600 });
    };
    this.#saved = this.#saved.then(write, write);
    return this.#saved;
  }
}

function key(secret: string): string {
  return digestOf(secret).toString('base64url');
}

async function readRecords(file: string): Promise<Map<string, number>> {
  try {
    const { sessions } = fileSchema.parse(JSON.parse(await readFile(file, 'utf8')));
    return new Map(sessions.map(({ digest, expiresAt }) => [digest, expiresAt]));
  } catch {
    return new Map();
  }
}
