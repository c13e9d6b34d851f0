/**
 * Where everything lives below the data folder. The one place that knows the names.
 *
 * `home` is 0711 for root (partition users must traverse it) and 0700 for others; `private` is always 0700.
 */
import { homedir } from 'node:os';
import path from 'node:path';
import process from 'node:process';

export type Paths = {
  readonly home: string;
  /** 0700: token, socket, lock, database, configuration. Never visible to a partition. */
  readonly private: string;
  readonly lock: string;
  readonly token: string;
  readonly config: string;
  readonly database: string;
  readonly agentLog: string;
  /** What belongs to the person and no keyring would take, and where the rest of it is. */
  readonly secrets: string;
  /** What is kept of each master that was joined, its keys too. */
  readonly masters: string;
  /** What supervision makes ahead of starts. */
  readonly stock: string;
  /** `runtime/<version>/`: the Node and the bundles the agent runs from. */
  readonly runtime: string;
  /** Owned by the software user (root's agent) or by the user: provider state, archive cache, trees. */
  readonly software: string;
  /** `instances/slappartN/{conf,data,run,log,request.json}`. */
  readonly instances: string;
};

/** Default data folder: `/var/lib/slapgrid` for root, else `$XDG_DATA_HOME/slapgrid` or `~/.local/share/slapgrid`. */
export function defaultHome(environment: NodeJS.ProcessEnv = process.env): string {
  const chosen = environment['SLAPGRID_HOME'];
  if (chosen !== undefined && chosen !== '') return path.resolve(chosen);
  if (process.getuid?.() === 0) return '/var/lib/slapgrid';
  const xdg = environment['XDG_DATA_HOME'];
  const base = xdg !== undefined && path.isAbsolute(xdg) ? xdg : path.join(homedir(), '.local', 'share');
  return path.join(base, 'slapgrid');
}

/** @param home absolute path of the data folder. */
export function pathsOf(home: string): Paths {
  const inPrivate = (name: string): string => path.join(home, 'private', name);
  return {
    home,
    private: path.join(home, 'private'),
    lock: inPrivate('agent.lock'),
    token: inPrivate('token'),
    config: inPrivate('config.json'),
    database: inPrivate('slapgrid.sqlite'),
    agentLog: inPrivate('agent.log'),
    secrets: inPrivate('secrets.json'),
    masters: inPrivate('masters'),
    stock: inPrivate('stock'),
    runtime: path.join(home, 'runtime'),
    software: path.join(home, 'software'),
    instances: path.join(home, 'instances'),
  };
}

/** `sun_path` holds 108 bytes with its NUL; a longer path cannot be bound or connected to (unix(7)). */
const LONGEST_SOCKET_PATH = 100;

/**
 * The agent's Unix socket. In `private/` where the path is short enough, otherwise in a 0700 folder of the same user
 * under `$XDG_RUNTIME_DIR` or the temporary folder, named by a digest of the data folder.
 */
export function socketPath(
  paths: Paths,
  digestOfHome: string,
  environment: NodeJS.ProcessEnv = process.env,
): string {
  const direct = path.join(paths.private, 'agent.sock');
  if (Buffer.byteLength(direct) <= LONGEST_SOCKET_PATH) return direct;
  const runtime = environment['XDG_RUNTIME_DIR'];
  const base = runtime !== undefined && path.isAbsolute(runtime) ? runtime : '/tmp';
  return path.join(base, `slapgrid-${process.getuid?.() ?? 0}-${digestOfHome.slice(0, 16)}`, 'agent.sock');
}

/** Folders of one partition on the host. Inside the sandbox: `conf` → `/srv/conf` (read-only), `data` → `/srv/data`. */
export type PartitionPaths = {
  readonly root: string;
  /** Written by the agent only; read-only inside. */
  readonly conf: string;
  /** The instance's own; the only folder a payload can write and the only one that is exported. */
  readonly data: string;
  /** Run-time records of shims (`run/<unit>/…`); never visible inside. */
  readonly run: string;
  readonly log: string;
  /** What a lost database is rebuilt from; written by the agent only, outside the sandbox's reach. */
  readonly request: string;
};

export function partitionPaths(paths: Paths, partitionId: string): PartitionPaths {
  const root = path.join(paths.instances, partitionId);
  return {
    root,
    conf: path.join(root, 'conf'),
    data: path.join(root, 'data'),
    run: path.join(root, 'run'),
    log: path.join(root, 'log'),
    request: path.join(root, 'request.json'),
  };
}
