/**
 * A SlapOS Master of another organisation, on this computer: over TLS, with its own authority. It knows computers by their
 * certificates, and answers them through this project's own server side out of its own SQLite file. Its pages give computers out
 * for tokens.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text as readText } from 'node:stream/consumers';
import { TLSSocket } from 'node:tls';
import type { Scope } from '../../../agent/proxy/capabilities.ts';
import { LocalProxy } from '../../../agent/proxy/local-proxy.ts';
import { openProxyDatabase } from '../../../agent/proxy/open.ts';
import { scopedMaster } from '../../../agent/proxy/scopes.ts';
import { SlapError } from '../../../slap/errors.ts';
import type { ComputerRecord, PartitionReference, ServedMaster } from '../../../slap/master.ts';
import { createSlapServer } from '../../../slap/server.ts';
import { Authority, type CertificateWishes, type KeyPair } from './certificates.ts';
import type { Exchange } from './exchange.ts';
import { misbehave, type Misbehaviour } from './misbehaviour.ts';
import { Registration } from './registration.ts';

/** Who the servers of the master say they are. */
export type ShownCertificate = 'good' | 'expired' | 'not-yet-valid' | 'wrong-host';

type Which = 'slap' | 'web';
type Storage = { proxy: LocalProxy; remove: () => void };

const HOST = '127.0.0.1';
const HOUR = 3_600_000;
const PATHS = { slap: '/slap', web: '/web' } as const;

export class StandInMaster {
  /** Vouches for the servers. */
  readonly authority: Authority;
  /** Vouches for the computers. */
  readonly #computers: Authority;
  readonly registration: Registration;
  /** All that both servers were asked. */
  readonly exchanges: Exchange[] = [];
  /** Connections that were made to both servers, whether anything was sent on them or not. */
  connections = 0;
  /** Bytes that arrived inside of TLS; what only shakes hands sends none. */
  bytesReceived = 0;
  /** Errors of the master that no client may cause. */
  readonly faults: unknown[] = [];
  /** What it gives partitions; `none`: empty texts, as slapproxy. `refused`: an answer with status 403. */
  partitionCertificates: Partial<CertificateWishes> | KeyPair | 'none' | 'refused' = {};
  /** Called with each call that was answered well. */
  afterAnswer: (exchange: Exchange) => void = () => undefined;
  /** What it says of a computer, whatever it knows; null: what it knows. */
  computerInformation: ComputerRecord | null = null;
  /** By how much its clock is ahead of this computer's. */
  clockAheadMilliseconds = 0;
  readonly #servers: Readonly<Record<Which, Server>>;
  readonly #ports: Record<Which, number> = { slap: 0, web: 0 };
  readonly #behaviour: Record<Which, { how: Misbehaviour; times: number } | null> = { slap: null, web: null };
  readonly #sendsAuthority: boolean;
  #storage: Storage;

  private constructor(authority: Authority, sendsAuthority: boolean) {
    this.authority = authority;
    // Who is believed by a server is shown by it, too.
    this.#computers = sendsAuthority ? authority : Authority.root('Nobody’s Computers');
    this.registration = new Registration(this.#computers);
    this.#sendsAuthority = sendsAuthority;
    this.#storage = newStorage();
    const pair = this.#pairOf('good');
    this.#servers = { slap: this.#server('slap', pair), web: this.#server('web', pair) };
  }

  /**
   * @param options.sendsAuthority whether its servers show the authority's certificate after their own. Default: they do.
   */
  static async start(
    options: { authority?: Authority; sendsAuthority?: boolean } = {},
  ): Promise<StandInMaster> {
    const master = new StandInMaster(options.authority ?? Authority.root(), options.sendsAuthority ?? true);
    await master.comeBack();
    return master;
  }

  /** Of the SLAP calls. */
  get url(): string {
    return `https://${HOST}:${this.#ports.slap}${PATHS.slap}`;
  }

  /** Of its pages. */
  get webUrl(): string {
    return `https://${HOST}:${this.#ports.web}${PATHS.web}`;
  }

  /** What it knows: ask it as a person would. */
  get proxy(): LocalProxy {
    return this.#storage.proxy;
  }

  /** Calls of `called` on the SLAP side. */
  calls(called: string): Exchange[] {
    return this.exchanges.filter((exchange) => exchange.server === 'slap' && exchange.path === called);
  }

  /** Until {@link behave}, or for the next `times` requests. */
  misbehave(how: Misbehaviour, options: { server?: Which; times?: number } = {}): void {
    const behaviour = { how, times: options.times ?? Infinity };
    for (const which of bothOr(options.server)) this.#behaviour[which] = behaviour;
  }

  behave(): void {
    this.#behaviour.slap = null;
    this.#behaviour.web = null;
  }

  /** From the next connection on. */
  show(certificate: ShownCertificate | KeyPair, options: { server?: Which } = {}): void {
    const pair = typeof certificate === 'string' ? this.#pairOf(certificate) : certificate;
    for (const which of bothOr(options.server)) {
      this.#servers[which].setSecureContext(this.#context(pair));
      this.#servers[which].closeAllConnections();
    }
  }

  /** Nothing answers at its addresses any more. */
  async disappear(): Promise<void> {
    await Promise.all(
      Object.values(this.#servers).map(async (server) => {
        const { promise, resolve } = Promise.withResolvers<void>();
        server.close(() => resolve());
        server.closeAllConnections();
        await promise;
      }),
    );
  }

  /** At the addresses it had. */
  async comeBack(): Promise<void> {
    for (const which of bothOr(undefined)) {
      const server = this.#servers[which];
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      server.once('error', reject);
      server.listen(this.#ports[which], HOST, resolve);
      await promise;
      server.off('error', reject);
      const address = server.address();
      if (address !== null && typeof address === 'object') this.#ports[which] = address.port;
    }
  }

  /** Nothing that it knew of computers' partitions, software and instances is known any more. */
  forget(): void {
    this.#storage.remove();
    this.#storage = newStorage();
  }

  async close(): Promise<void> {
    await this.disappear();
    this.#storage.remove();
  }

  #pairOf(shown: ShownCertificate): KeyPair {
    const now = Date.now();
    return this.authority.issue({
      commonName: 'slap.example.org',
      hosts: shown === 'wrong-host' ? ['other.example.org', '127.0.0.9'] : ['localhost', HOST],
      ...(shown === 'expired' ? { validTo: new Date(now - HOUR) } : {}),
      ...(shown === 'not-yet-valid' ? { validFrom: new Date(now + 10 * HOUR) } : {}),
    });
  }

  #context(pair: KeyPair): { cert: string; key: string; ca: string } {
    const chain = this.#sendsAuthority ? [this.authority.certificate] : [];
    return { cert: [pair.certificate, ...chain].join(''), key: pair.key, ca: this.#computers.certificate };
  }

  #server(which: Which, pair: KeyPair): Server {
    const server = createServer(
      // Who shows no certificate, or a stranger's, is told so in HTTP, as behind the usual front servers.
      { ...this.#context(pair), requestCert: which === 'slap', rejectUnauthorized: false },
      (request, response) => {
        this.#answer(which, request, response).catch((error: unknown) => {
          if (request.errored === null) this.faults.push(error);
          response.destroy();
        });
      },
    );
    server.on('connection', () => {
      this.connections += 1;
    });
    server.on('secureConnection', (socket) => {
      socket.on('data', (piece: Buffer) => {
        this.bytesReceived += piece.length;
      });
    });
    return server;
  }

  async #answer(which: Which, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'https://master.invalid');
    const exchange: Exchange = {
      server: which,
      method: request.method ?? '',
      path: url.pathname.startsWith(`${PATHS[which]}/`)
        ? url.pathname.slice(PATHS[which].length)
        : url.pathname,
      query: url.search.slice(1),
      headers: headersOf(request),
      body: await readText(request),
      caller: callerOf(request),
      status: null,
      answer: '',
    };
    this.exchanges.push(exchange);
    if (this.clockAheadMilliseconds !== 0)
      response.setHeader('date', new Date(Date.now() + this.clockAheadMilliseconds).toUTCString());
    const behaviour = this.#behaviour[which];
    if (behaviour !== null && behaviour.times > 0) {
      behaviour.times -= 1;
      misbehave(behaviour.how, response);
      return;
    }
    const answer = await (which === 'web' ? this.#answerWeb(exchange) : this.#answerSlap(exchange));
    exchange.status = answer.status;
    exchange.answer = answer.body;
    response.writeHead(answer.status, answer.headers).end(answer.body);
    this.afterAnswer(exchange);
  }

  async #answerWeb(exchange: Exchange): Promise<Answer> {
    if (exchange.method !== 'POST' || exchange.path !== '/Person_requestComputer')
      return { status: 404, headers: { 'content-type': 'text/html' }, body: 'Not Found' };
    const token = exchange.headers['x-access-token'];
    const title = new URLSearchParams(exchange.body).get('title');
    const { status, type, body } = this.registration.answer(token, title);
    return { status, headers: { 'content-type': type }, body };
  }

  async #answerSlap(exchange: Exchange): Promise<Answer> {
    const scope = this.#scopeOf(exchange.caller);
    if (scope === null) return { status: 403, headers: { 'content-type': 'text/html' }, body: 'Forbidden' };
    const { proxy } = this;
    const scoped = scopedMaster(proxy, scope, (partition) => proxy.rootOf(partition));
    const master: ServedMaster = {
      ...scoped,
      getFullComputerInformation: (id) => this.computerInformation ?? scoped.getFullComputerInformation(id),
      getPartitionCertificate: (partition) => this.#partitionCertificate(partition),
    };
    const handler = createSlapServer(master, {
      requester: scope.kind === 'partition' ? scope : null,
      onFault: (error) => this.faults.push(error),
    });
    const { method, path: called, query, headers, body } = exchange;
    return handler({ method, path: called, query, headers, body });
  }

  #partitionCertificate({ computerId, partitionId }: PartitionReference): KeyPair {
    const given = this.partitionCertificates;
    if (given === 'none') return { certificate: '', key: '' };
    if (given === 'refused') throw new SlapError('forbidden', 'There is none.');
    if ('certificate' in given) return given;
    return this.#computers.issue({ commonName: `${computerId}/${partitionId}`, ...given });
  }

  /** A computer, or a partition of one: both show certificates of this master. */
  #scopeOf(caller: string | null): Scope | null {
    const [computerId = '', partitionId] = (caller ?? '').split('/');
    if (!this.registration.isKnown(computerId)) return null;
    if (partitionId === undefined) return { kind: 'computer', computerId };
    return { kind: 'partition', computerId, partitionId };
  }
}

type Answer = { status: number; headers: Readonly<Record<string, string>>; body: string };

function bothOr(server: Which | undefined): readonly Which[] {
  return server === undefined ? ['slap', 'web'] : [server];
}

/** Those that came once; the others are of no matter here. */
function headersOf(request: IncomingMessage): Record<string, string | undefined> {
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (typeof value === 'string') headers[name] = value;
  }
  return headers;
}

function callerOf(request: IncomingMessage): string | null {
  const { socket } = request;
  if (!(socket instanceof TLSSocket) || !socket.authorized) return null;
  const name = socket.getPeerCertificate().subject.CN;
  return typeof name === 'string' ? name : null;
}

function newStorage(): Storage {
  const folder = mkdtempSync(path.join(tmpdir(), 'slapgrid-master-'));
  const { database } = openProxyDatabase(path.join(folder, 'master.sqlite'));
  return {
    proxy: new LocalProxy({ database, computerId: 'COMP-0' }),
    remove: () => {
      database.close();
      rmSync(folder, { recursive: true });
    },
  };
}
