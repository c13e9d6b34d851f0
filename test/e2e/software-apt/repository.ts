/**
 * A Debian archive on loopback, signed by a key of the test, that can be made to misbehave in the ways archives, networks and
 * attackers do.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { BASE_PACKAGES } from '../../../agent/software/apt/pruning.ts';
import { createSigningKey, type SigningKey } from './openpgp.ts';
import { ARCHITECTURE, buildPackage, file, folder, type BuiltPackage, type TestPackage } from './packages.ts';

export const RELEASE = 'bookworm';

/** Answers instead of the archive; returns false to let it answer. */
export type Interception = (request: IncomingMessage, response: ServerResponse) => boolean;

export class Repository {
  readonly #files = new Map<string, Buffer>();
  readonly #server: Server;
  readonly requests: { path: string; range: string | undefined }[] = [];
  key: SigningKey = createSigningKey('archive');
  intercept: Interception = () => false;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(packages: readonly TestPackage[] = []): Promise<Repository> {
    const server = createServer((request, response) => repository.#answer(request, response));
    const repository = new Repository(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    repository.publish(packages);
    return repository;
  }

  get address(): string {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}/debian` : '';
  }

  /** Lines for a host's `sources.list`. */
  get sourceLine(): string {
    return `deb ${this.address} ${RELEASE} main\n`;
  }

  /**
   * Replaces what the archive offers by the base packages and these.
   * @param change what to write differently into the release file.
   */
  publish(
    packages: readonly TestPackage[],
    change: (release: string) => string = (release) => release,
  ): void {
    const built = [...basePackages(), ...packages].map(buildPackage);
    const index = Buffer.from(built.map((one) => `${one.control}${placeOf(one)}\n`).join(''));
    const place = `main/binary-${ARCHITECTURE}/Packages`;
    const release = change(
      [
        'Origin: Debian',
        'Label: Debian',
        `Suite: ${RELEASE}`,
        `Codename: ${RELEASE}`,
        `Date: ${new Date(Date.now() - 60_000).toUTCString()}`,
        `Architectures: ${ARCHITECTURE}`,
        'Components: main',
        'SHA256:',
        ` ${sha256(index)} ${index.length} ${place}`,
        '',
      ].join('\n'),
    );
    this.#files.clear();
    for (const one of built) this.#files.set(`/debian/pool/${one.file}`, one.content);
    this.#files.set(`/debian/dists/${RELEASE}/Release`, Buffer.from(release));
    this.#files.set(`/debian/dists/${RELEASE}/Release.gpg`, Buffer.from(this.key.sign(release)));
    this.#files.set(`/debian/dists/${RELEASE}/${place}`, index);
  }

  /** Changes bytes of a package without anybody being told. */
  tamper(name: string, change: (content: Buffer) => Buffer): void {
    for (const [path, content] of this.#files)
      if (path.startsWith(`/debian/pool/${name}_`)) this.#files.set(path, change(content));
  }

  contentOf(name: string): Buffer {
    for (const [path, content] of this.#files) if (path.startsWith(`/debian/pool/${name}_`)) return content;
    return Buffer.alloc(0);
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
    this.requests.push({ path, range: request.headers.range });
    if (this.intercept(request, response)) return;
    const content = this.#files.get(path.replaceAll('%3a', ':')) ?? this.#files.get(path);
    if (content === undefined) {
      response.writeHead(404).end();
      return;
    }
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const headers = { 'last-modified': 'Tue, 14 Nov 2023 22:13:20 GMT', 'accept-ranges': 'bytes' };
    if (from > 0 && from < content.length) {
      response.writeHead(206, {
        ...headers,
        'content-range': `bytes ${from}-${content.length - 1}/${content.length}`,
        'content-length': content.length - from,
      });
      response.end(content.subarray(from));
      return;
    }
    response.writeHead(200, { ...headers, 'content-length': content.length });
    response.end(content);
  }
}

/** Small ones that stand for what every tree has. */
function basePackages(): TestPackage[] {
  return BASE_PACKAGES.map((name) => ({
    name,
    entries: [
      folder('./'),
      folder('./usr/'),
      folder('./usr/bin/'),
      file(`./usr/bin/${name}-program`, `${name}\n`, 0o755),
    ],
  }));
}

function placeOf(built: BuiltPackage): string {
  return `Filename: pool/${built.file}\nSize: ${built.content.length}\nSHA256: ${built.sha256}\n`;
}

function sha256(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
