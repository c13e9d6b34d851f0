/**
 * Capability URLs: who has one may do what its scope allows, and nobody else anything.
 *
 * The database (0600, in a 0700 folder) keeps the secrets as they are, because their owner may ask for a URL at any time. They are looked
 * up by SHA-256 digest, so how long that takes says nothing about the secret.
 */
import { hash, randomBytes, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Database } from '../database.ts';
import { SlapgridError } from '../errors.ts';
import { isReference } from './texts.ts';

export type Scope =
  | { kind: 'person' }
  | { kind: 'computer'; computerId: string }
  | { kind: 'partition'; computerId: string; partitionId: string };

/**
 * Whom an address of the local master is for.
 * @param own what this computer is called.
 * @throws SlapgridError `computer-name` for what no computer can be called.
 */
export function proxyScope(whom: 'person' | 'computer' | { computer: string }, own: string): Scope {
  if (whom === 'person') return { kind: 'person' };
  if (whom === 'computer') return { kind: 'computer', computerId: own };
  if (!isReference(whom.computer)) throw new SlapgridError('computer-name', { name: whom.computer });
  return { kind: 'computer', computerId: whom.computer };
}

/** So that one redactor finds every capability. */
const PREFIX = 'slapcap_';
const CAPABILITY = /^slapcap_[\w-]{43}$/;

const rowSchema = z.object({
  digest: z.instanceof(Uint8Array),
  scope: z.enum(['person', 'computer', 'partition']),
  computer: z.string(),
  partition: z.string(),
});

export class Capabilities {
  readonly #database: Database;
  /** What was found, by digest, until anything changes. */
  readonly #found = new Map<string, Scope>();
  #at = -1;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The capability of a scope, made when it is first asked for. A partition's ends when the partition is freed. */
  of(scope: Scope): string {
    const computer = scope.kind === 'person' ? '' : scope.computerId;
    const partition = scope.kind === 'partition' ? scope.partitionId : '';
    const known = this.#database.one(
      'SELECT secret FROM capability WHERE scope = ? AND computer = ? AND partition = ?',
      scope.kind,
      computer,
      partition,
    );
    if (known !== undefined) return String(known['secret']);
    const secret = newCapability();
    this.#database.run(
      'INSERT INTO capability (digest, secret, scope, computer, partition) VALUES (?, ?, ?, ?, ?)',
      digestOf(secret),
      secret,
      scope.kind,
      computer,
      partition,
    );
    return secret;
  }

  /** What `presented` allows; null for anything that is not a valid capability. */
  find(presented: string): Scope | null {
    if (!CAPABILITY.test(presented)) return null;
    const digest = digestOf(presented);
    const { changes } = this.#database;
    if (changes !== this.#at) this.#found.clear();
    this.#at = changes;
    const key = digest.toString('latin1');
    const known = this.#found.get(key);
    if (known !== undefined) return known;
    const scope = this.#lookUp(digest);
    if (scope !== null) this.#found.set(key, scope);
    return scope;
  }

  #lookUp(digest: Buffer): Scope | null {
    const found = this.#database.one(
      'SELECT digest, scope, computer, partition FROM capability WHERE digest = ?',
      digest,
    );
    if (found === undefined) return null;
    const row = rowSchema.parse(found);
    if (!timingSafeEqual(row.digest, digest)) return null;
    if (row.scope === 'person') return { kind: 'person' };
    if (row.scope === 'computer') return { kind: 'computer', computerId: row.computer };
    return { kind: 'partition', computerId: row.computer, partitionId: row.partition };
  }

  /** All URLs handed out to people and nodes stop working at once. What instances have inside never left the computer. */
  rotate(): void {
    this.#database.run("DELETE FROM capability WHERE scope <> 'partition'");
  }
}

/** One that nobody has yet. */
export function newCapability(): string {
  return PREFIX + randomBytes(32).toString('base64url');
}

function digestOf(secret: string): Buffer {
  return hash('sha256', secret, 'buffer');
}
