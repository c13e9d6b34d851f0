/**
 * Requests that other masters answer (§7.7): those that name one, those for software that is asked for there, and those that went there
 * before. What is here already stays here.
 */
import { SlapError } from '../../slap/errors.ts';
import type { InstanceRequest, SoftwareInstanceRecord } from '../../slap/master.ts';
import type { Database } from '../database.ts';
import type { LocalProxy } from './local-proxy.ts';
import { type OtherMaster, withoutSlash } from './other-masters.ts';
import { checkedName } from './texts.ts';

export class Forwarding {
  readonly #proxy: LocalProxy;
  readonly #database: Database;
  readonly #masters: ReadonlyMap<string, OtherMaster>;

  constructor(proxy: LocalProxy, database: Database, masters: readonly OtherMaster[]) {
    this.#proxy = proxy;
    this.#database = database;
    this.#masters = new Map(masters.map((master) => [master.url, master]));
  }

  /** Answers a request, here or elsewhere. @throws SlapError, `server` for what another master refused. */
  async request(request: InstanceRequest): Promise<SoftwareInstanceRecord> {
    const name = `${request.requester?.partitionId ?? 'user'}_${checkedName(request.name)}`;
    const master = this.#isHere(request) ? null : this.#masterFor(request, name);
    if (master === null) return this.#proxy.requestComputerPartition(request);
    return this.#forward(master, name, request);
  }

  #isHere(request: InstanceRequest): boolean {
    const requestedBy = request.requester === null ? '' : (this.#proxy.rootOf(request.requester) ?? '');
    return this.#proxy
      .listInstances({ of: 'name', name: request.name })
      .some((instance) => instance.shared === request.shared && instance.requestedBy === requestedBy);
  }

  /** null: this one. */
  #masterFor(request: InstanceRequest, name: string): OtherMaster | null {
    const before = this.#database.one('SELECT master FROM forwarded_request WHERE name = ?', name);
    if (before !== undefined) {
      const url = String(before['master']);
      const master = this.#masters.get(url);
      if (master !== undefined) return master;
      // Asking here would make a second instance of what is there.
      throw new SlapError(
        'unknown-master',
        `External SlapOS Master URL ${url} is not listed in multimaster list.`,
      );
    }
    // Who changes what is there asks where it is.
    if (request.isKnown === true) return null;
    const named = request.filter['master_url'];
    if (typeof named === 'string' && named !== '') return this.#masters.get(withoutSlash(named)) ?? null;
    return [...this.#masters.values()].find(({ software }) => software.includes(request.softwareUrl)) ?? null;
  }

  async #forward(
    master: OtherMaster,
    name: string,
    request: InstanceRequest,
  ): Promise<SoftwareInstanceRecord> {
    if (master.client === null) {
      throw new SlapError(
        'unknown-master',
        `External master ${master.url} configuration did not specify key or certificate.`,
      );
    }
    const { master_url: _here, ...filter } = request.filter;
    const isNew = this.#database.one('SELECT 1 FROM forwarded_request WHERE name = ?', name) === undefined;
    // Before it is asked: an answer that is lost on its way is no reason to ask elsewhere.
    this.#database.run(
      'INSERT INTO forwarded_request (name, master) VALUES (?, ?) ON CONFLICT DO NOTHING',
      name,
      master.url,
    );
    try {
      const answer = await master.client.requestComputerPartition({
        ...request,
        name,
        filter: master.requester === null ? { ...filter, source_instance_id: name } : filter,
        requester: master.requester,
      });
      if (request.state === 'destroyed') this.#forget(name);
      return answer;
    } catch (error) {
      if (!(error instanceof SlapError)) throw error;
      if (error.code === 'not-ready') throw error;
      // A clear refusal made nothing there.
      if (isNew && error.status >= 400 && error.status < 500) this.#forget(name);
      throw new SlapError('server', `${master.url}: ${error.message}`, { cause: error });
    }
  }

  #forget(name: string): void {
    this.#database.run('DELETE FROM forwarded_request WHERE name = ?', name);
  }
}
