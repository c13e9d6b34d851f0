/**
 * The network rate of what is hosted for others, where this computer can hold it. Each partition has a network of its own, and no part of
 * the kernel sees the bytes of all of them: so the rate of all together is divided evenly among those that run, and divided anew when one
 * comes or goes.
 */
import type { LendingLimits } from '../api/contract-lending.ts';
import { errorView, SlapgridError } from '../errors.ts';
import type { HeldRates } from '../grid/tools.ts';
import { HOLDER, nameOf, partitionOf } from '../grid/units.ts';
import type { PartitionIdentity, RateProbe, RoutedSandbox } from '../sandbox/types.ts';
import type { Supervisor } from '../supervisor/types.ts';

export type NetworkRatesOptions = {
  sandbox: Pick<RoutedSandbox, 'limitRate' | 'probeRate'>;
  supervisor: Pick<Supervisor, 'onChange'>;
  limits: LendingLimits;
  onFault: (error: unknown) => void;
};

type Network = {
  identity: PartitionIdentity;
  /** Pid of what holds it. */
  holder: number;
  /** null: none, as it was made. */
  rate: number | null;
};

const UNTRIED: RateProbe = { ok: false, cause: 'unknown', detail: '' };

export class NetworkRates implements HeldRates {
  readonly #options: NetworkRatesOptions;
  readonly #networks = new Map<string, Network>();
  #limits: LendingLimits;
  #probe = UNTRIED;
  /** One after another: what is divided anew must not be overtaken. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: NetworkRatesOptions) {
    this.#options = options;
    this.#limits = options.limits;
    options.supervisor.onChange(({ id, state }) => {
      if (nameOf(id) !== HOLDER || state !== 'stopped' || !this.#networks.delete(partitionOf(id))) return;
      this.#inTurn(() => this.#divide()).catch(options.onFault);
    });
  }

  /** Whether a rate can be held here, tried anew. What runs already is held from then on. */
  async examine(): Promise<RateProbe> {
    const before = this.#probe;
    this.#probe = await this.#options.sandbox.probeRate();
    if (this.#probe.ok && !before.ok)
      for (const error of (await this.#inTurn(() => this.#divide())).values()) this.#options.onFault(error);
    return this.#probe;
  }

  /** What was found when it was tried last. */
  get probe(): RateProbe {
    return this.#probe;
  }

  /** @throws SlapgridError `rate-failed`: nothing of the partition may run yet. */
  hold(partitionId: string, identity: PartitionIdentity, holder: number): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#networks.get(partitionId)?.holder !== holder)
        this.#networks.set(partitionId, { identity, holder, rate: null });
      const refused = await this.#divide();
      const error = refused.get(partitionId);
      if (error === undefined) return;
      this.#networks.delete(partitionId);
      throw error;
    });
  }

  /** Takes effect at once, on what runs too. @returns the partitions whose rate could not be set, and why. */
  apply(limits: LendingLimits): Promise<ReadonlyMap<string, SlapgridError>> {
    return this.#inTurn(() => {
      this.#limits = limits;
      return this.#divide();
    });
  }

  async #divide(): Promise<ReadonlyMap<string, SlapgridError>> {
    const refused = new Map<string, SlapgridError>();
    if (!this.#probe.ok) return refused;
    const rate = rateOfEach(this.#limits, this.#networks.size);
    await Promise.all(
      [...this.#networks].map(async ([id, network]) => {
        if (network.rate === rate) return;
        try {
          await this.#options.sandbox.limitRate(network.identity, network.holder, rate);
          network.rate = rate;
        } catch (error) {
          // A network that is gone needs no rate.
          if (this.#networks.get(id) === network) refused.set(id, asRefusal(error));
        }
      }),
    );
    return refused;
  }

  #inTurn<Result>(act: () => Promise<Result>): Promise<Result> {
    const result = this.#turn.then(act);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}

/** Bytes per second that each of so many partitions may have; null: as many as there are. */
export function rateOfEach({ each, together }: LendingLimits, partitions: number): number | null {
  const [own, all] = [each.networkBytesPerSecond, together.networkBytesPerSecond];
  const share = all === null ? null : Math.max(1, Math.floor(all / Math.max(partitions, 1)));
  return own === null || share === null ? (own ?? share) : Math.min(own, share);
}

function asRefusal(error: unknown): SlapgridError {
  if (error instanceof SlapgridError) return error;
  return new SlapgridError('rate-failed', { detail: errorView(error).sentence }, { cause: error });
}
