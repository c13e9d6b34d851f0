/**
 * Where what belongs to a person is kept (a client key, an account's token): in the keyring of their desktop where one answers, else
 * in a file that only they can read. Each secret is in one of them, and a list says in which, because a keyring that is locked, or
 * not there today, must not look like one that holds nothing.
 */

export type SecretKind = 'keyring' | 'file';

export type SecretStore = {
  /**
   * The secret of that name; null when there is none.
   * @throws SlapgridError `keyring-unavailable` when it is in a keyring that does not answer now.
   */
  get(name: string): Promise<string | null>;
  /** Keeps it, whole or not at all. @throws SlapgridError `disk-full`, `read-only`. */
  set(name: string, value: string): Promise<void>;
  /** Idempotent. One in a keyring that does not answer is forgotten at once, and removed there when it does. */
  delete(name: string): Promise<void>;
  /** Where they are, or where the first one would go. Never has anybody asked for a password. */
  kind(): Promise<SecretKinds>;
};

export type SecretKinds = {
  /** `file` as soon as one is in the file. */
  kind: SecretKind;
  /** Why not in the keyring; null when all are, or would be. */
  reason: KeyringProblem | null;
};

/** What a keyring can have wrong. */
export type KeyringProblem =
  /** No session with a bus: nobody is logged in at a desktop, or it is root's. */
  | 'no-session'
  /** The library that speaks to it is not installed. */
  | 'no-library'
  /** Nobody on the bus keeps secrets. */
  | 'no-service'
  /** It is locked and nobody unlocked it, or it has no collection to keep anything in. */
  | 'locked'
  /** It said nothing in time. */
  | 'silent';
