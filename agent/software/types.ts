/**
 * What the grid needs of software: a profile (what it is), a provider (how it is installed), and how a profile becomes
 * files and commands for one instance. Implementations: `profile/`, `apt/`.
 */
import type { Profile, SoftwareType } from './profile/schema.ts';

/** One package of a closure, exactly as recorded and verified. */
export type ComponentRecord = {
  name: string;
  version: string;
  architecture: string;
  sha256: string;
  bytes: number;
};

/** An installed tree. `root` is read-only, complete, and belongs to the software user; it never changes again. */
export type InstalledTree = {
  /** SHA-256 over the sorted closure and the layout version: the tree's name on disk. */
  digest: string;
  /** Absolute path; holds `usr/`, `etc/`, …. */
  root: string;
  components: readonly ComponentRecord[];
};

export type InstallProgress =
  | { step: 'resolving' }
  | { step: 'downloading'; doneBytes: number; totalBytes: number; bytesPerSecond: number }
  | { step: 'verifying'; done: number; total: number }
  | { step: 'unpacking'; done: number; total: number };

/** Installs the components of one kind. Idempotent; resumes what an earlier, killed run left. */
export interface Provider {
  readonly kind: string;
  /**
   * Resolves, fetches, verifies and unpacks. A tree that exists already is returned at once.
   * @throws SlapgridError with the cause's own code; `cancelled` when `signal` aborted (finished downloads are kept).
   */
  install(
    components: readonly string[],
    options: { onProgress(progress: InstallProgress): void; signal: AbortSignal },
  ): Promise<InstalledTree>;
  /** As {@link install}, but resolves anew: what the archives offer now. The tree that was there stays until it is collected. */
  upgrade(
    components: readonly string[],
    options: { onProgress(progress: InstallProgress): void; signal: AbortSignal },
  ): Promise<InstalledTree>;
  /** Bytes that a tree takes; what it shares with others counts in full. */
  treeBytes(digest: string): Promise<number>;
  /** A tree installed before, or undefined; verifies that it is complete. */
  find(digest: string): Promise<InstalledTree | undefined>;
  /** Removes every tree that is not in `used`, then the cache entries nothing refers to. Returns the bytes freed. */
  collectGarbage(used: ReadonlySet<string>): Promise<number>;
}

/** A profile as loaded: the document, its address, and the digest it is pinned by. */
export type LoadedProfile = {
  /** The software release URL as it was asked for, after alias resolution (`redis` → the catalogue's URL). */
  url: string;
  /** SHA-256 of the document's bytes. */
  digest: string;
  /** The document itself: what an instance keeps to be the same for ever (`parseProfile` reads it again). */
  document: string;
  profile: Profile;
};

export interface ProfileSource {
  /**
   * Turns what a person or a master said into the URL of a software release: a catalogue name (`redis`), an absolute path,
   * `file:` or `http(s):` URL (optionally `#sha256=<hex>`).
   */
  resolve(reference: string): string;
  /** @throws SlapgridError `unknown-software`, `profile-invalid`, `profile-unreachable`, `profile-digest`. */
  load(url: string, signal?: AbortSignal): Promise<LoadedProfile>;
  /** The catalogue shipped with the product, in display order. */
  catalogue(): Promise<LoadedProfile[]>;
}

/** The facts a profile's templates can refer to. */
export type RenderContext = {
  instance: { name: string; guid: string; partition: string; type: string };
  /** Validated, with defaults filled in. */
  parameter: Readonly<Record<string, unknown>>;
  secret: Readonly<Record<string, string>>;
  /** Published addresses as seen from the host, by the name in `publish`. */
  address: Readonly<Record<string, { host: string; port: number }>>;
  /** The instance's master as it reaches it from inside, and who it is there; only for those that ask for it. */
  slap?: {
    url: string;
    computer: string;
    partition: string;
    /** Paths inside of the partition's certificate and key; nothing is there when the master gives none. */
    certificate: string;
    key: string;
  };
  /** Shared instances that it hosts, with what its type wants to know of each; left out: none. */
  shared?: readonly { reference: string; values: Readonly<Record<string, unknown>> }[];
};

export type RenderedService = {
  name: string;
  command: readonly string[];
  environment: Readonly<Record<string, string>>;
  stop: { signal: 'SIGTERM' | 'SIGINT' | 'SIGQUIT'; timeoutSeconds: number };
};

export type RenderedSetup = {
  name: string;
  command: readonly string[];
  environment: Readonly<Record<string, string>>;
  /** Path relative to `data`; the step is done when it exists. */
  unless: string | null;
  timeoutSeconds: number;
};

export type RenderedPromise = {
  name: string;
  /** Seconds between two checks of a started instance. */
  periodSeconds: number;
  timeoutSeconds: number;
  /** `address` is `host:port` of the door. */
  check:
    /**
     * Kept when `exchange.send` is answered by bytes that begin with `exchange.expect` (each character of both is one byte,
     * latin1). Without an exchange: when something listens at the port inside and the connection is accepted.
     */
    | { kind: 'tcp'; address: string; exchange: { send: string; expect: string } | null }
    | { kind: 'http'; address: string; path: string; status: number }
    | { kind: 'command'; command: readonly string[]; environment: Readonly<Record<string, string>> };
};

/** Everything the grid lays out and starts for one instance. */
export type RenderedInstance = {
  /** Relative to `conf`; content is text. Modes are 0440 (0550 when executable). */
  files: readonly { path: string; content: string; executable: boolean }[];
  setup: readonly RenderedSetup[];
  services: readonly RenderedService[];
  promises: readonly RenderedPromise[];
  connection: Readonly<Record<string, string>>;
  /** Names in `connection` whose value contains a secret. */
  secretConnectionKeys: readonly string[];
  /** What is published for each shared instance that it hosts; none when its type says nothing of that. */
  shared: readonly { reference: string; connection: Readonly<Record<string, string>> }[];
};

/** Doors an instance publishes, known before rendering. */
export type PublishedPort = { name: string; port: number };

export interface ProfileRenderer {
  /** @throws SlapgridError `unknown-software-type`. */
  typeOf(profile: Profile, softwareType: string): SoftwareType;
  /**
   * Parameters validated against the type's JSON Schema, defaults filled in. Text values from the wire are converted to
   * the schema's type (`"64"` → 64), and the `_` JSON convention is understood.
   * @throws SlapgridError `bad-parameter` naming the parameter and what it must be.
   */
  parameters(
    type: Pick<SoftwareType, 'parameters'>,
    given: Readonly<Record<string, unknown>>,
  ): Record<string, unknown>;
  /** New secrets for the names that `existing` lacks; existing ones are kept for ever. */
  secrets(type: SoftwareType, existing: Readonly<Record<string, string>>): Record<string, string>;
  publishedPorts(type: SoftwareType, parameters: Readonly<Record<string, unknown>>): PublishedPort[];
  /** Whether rendering looks up the master: such an instance has a way to it from inside. */
  asksMaster(type: SoftwareType): boolean;
  /** @throws SlapgridError `no-master-inside` when it asks for the master and none was given. */
  render(type: SoftwareType, context: RenderContext): RenderedInstance;
}
