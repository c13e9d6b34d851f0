/**
 * On which addresses of this computer the doors of what is hosted for others listen, besides their own of the loopback: those that the
 * person chose, as long as the computer has them. One that goes (another network, another lease) is said; its doors come back with it.
 * Never all addresses: one that comes later was not chosen.
 *
 * IPv4 alone: what is published is written into URLs of the software as it is.
 */
import { networkInterfaces } from 'node:os';
import type { OwnAddress } from '../api/contract-lending.ts';
import type { Owner } from '../api/contract.ts';
import type { Clock } from '../clock.ts';
import { SlapgridError } from '../errors.ts';
import type { PublicDoors } from '../grid/tools.ts';
import type { StateStore } from '../state.ts';

export type DoorAddressesOptions = {
  /** Those of this computer now; default: as the kernel says. */
  own?: () => OwnAddress[];
  store: Pick<StateStore, 'notice' | 'withdrawNotice'>;
  clock: Clock;
  /** What listens where is to be looked at again. */
  changed: () => void;
};

const LOOK_MILLISECONDS = 5000;
const NOTICE = 'door-address';

export class DoorAddresses implements PublicDoors {
  readonly #options: DoorAddressesOptions;
  #chosen: readonly string[] = [];
  /** Of the chosen, those that the computer has. */
  #here: readonly string[] = [];
  #cancel = (): void => undefined;

  constructor(options: DoorAddressesOptions) {
    this.#options = options;
  }

  /** Those of this computer that can be chosen. */
  own(): OwnAddress[] {
    return (this.#options.own ?? ownAddresses)();
  }

  /** @throws SlapgridError `door-address-unknown`: this computer does not have it. */
  check(addresses: readonly string[]): void {
    const own = this.own().map(({ address }) => address);
    for (const address of addresses) {
      // One that was chosen may be away now.
      if (own.includes(address) || this.#chosen.includes(address)) continue;
      throw new SlapgridError('door-address-unknown', { address, known: own.join(', ') || 'none' });
    }
  }

  choose(addresses: readonly string[]): void {
    this.#chosen = addresses;
    this.#look();
  }

  addressesOf({ kind }: Owner): readonly string[] {
    return kind === 'me' ? [] : this.#here;
  }

  publishedOf({ kind }: Owner): string | null {
    // One that is away is still where it will be found.
    return kind === 'me' ? null : (this.#here[0] ?? this.#chosen[0] ?? null);
  }

  close(): void {
    this.#cancel();
  }

  #look(): void {
    this.#cancel();
    const own = new Set(this.own().map(({ address }) => address));
    const here = this.#chosen.filter((address) => own.has(address));
    const away = this.#chosen.filter((address) => !own.has(address));
    if (away.length === 0) this.#options.store.withdrawNotice(NOTICE);
    else
      this.#options.store.notice(
        NOTICE,
        new SlapgridError('door-address-away', { addresses: away.join(', ') }).toView(),
      );
    const isSame = here.join() === this.#here.join();
    this.#here = here;
    if (this.#chosen.length > 0)
      this.#cancel = this.#options.clock.after(LOOK_MILLISECONDS, () => this.#look());
    if (!isSame) this.#options.changed();
  }
}

/** IPv4, the loopback left out. */
function ownAddresses(): OwnAddress[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses.flatMap(({ family, internal, address }) =>
      family === 'IPv4' && !internal ? [{ address, interface: name }] : [],
    ),
  );
}
