/** All facts of this computer, each from the best that tells it here. A look reads a few small files and starts no process. */
import type { DesktopFacts } from '../api/contract-conditions.ts';
import { activityOfLogind } from './facts/activity.ts';
import { batteryOfKernel, batteryOfUPower } from './facts/battery.ts';
import { FactBuses, type BusAddresses } from './facts/buses.ts';
import { DesktopTelling } from './facts/desktop.ts';
import { roomOf } from './facts/disk.ts';
import { fullscreenOfSession } from './facts/fullscreen.ts';
import { LoadOfOthers } from './facts/load.ts';
import { meteredOfNetworkManager } from './facts/metered.ts';
import { firstTold, type Teller } from './facts/source.ts';
import { Temperature } from './facts/temperature.ts';
import type { Facts, Sources } from './facts.ts';
import { timeZoneName } from './time-zone.ts';

export type HostFactsOptions = {
  /** Where `/proc` and `/sys` are. */
  proc: string;
  sys: string;
  buses: BusAddresses;
  /** The data folder: whose disk counts. */
  home: string;
  processors: number;
  /** Processors that our partitions use now. */
  ours: () => number;
  now: () => number;
  /** Milliseconds that nobody can set, and that go on while the computer sleeps. */
  uptime: () => number;
};

export type Look = { facts: Facts; sources: Sources; totalBytes: number | null };

/** A service of the system that does not answer is not waited for. */
const PATIENCE_MILLISECONDS = 1000;

export class HostFacts {
  readonly #options: HostFactsOptions;
  readonly #buses: FactBuses;
  readonly #desktop: DesktopTelling;
  readonly #load: LoadOfOthers;
  readonly #temperature: Temperature;
  #onChange = (): void => undefined;

  constructor(options: HostFactsOptions) {
    this.#options = options;
    this.#buses = new FactBuses(options.buses, options.uptime, () => this.#onChange());
    this.#desktop = new DesktopTelling(options.uptime);
    this.#load = new LoadOfOthers(options.proc, options.processors, options.ours);
    this.#temperature = new Temperature(options.sys);
  }

  /** Calls when a look would tell something else. */
  onChange(listener: () => void): void {
    this.#onChange = listener;
  }

  tellDesktop(facts: DesktopFacts): void {
    this.#desktop.tell(facts);
    this.#onChange();
  }

  async look(): Promise<Look> {
    await withinPatience(this.#buses.refresh());
    const { home, sys, now: clock } = this.#options;
    const room = await roomOf(home);
    const now = clock();
    const { upower, logind, network, session } = this.#buses;
    const of =
      <Service, Value>(service: Service | null, tell: (service: Service) => ReturnType<Teller<Value>>) =>
      () =>
        service === null ? null : tell(service);
    const battery = firstTold(
      of(upower, batteryOfUPower),
      () => batteryOfKernel(sys),
      () => this.#desktop.battery(),
    );
    const activity = firstTold(
      () => this.#desktop.activity(now),
      of(logind, (manager) => activityOfLogind(manager, now)),
    );
    const fullscreen = firstTold(() => this.#desktop.fullscreen(), of(session, fullscreenOfSession));
    const metered = firstTold(of(network, meteredOfNetworkManager));
    const load = this.#load.read();
    const temperature = this.#temperature.read();
    const sources = { battery, activity, fullscreen, metered, load, temperature, disk: room };
    return {
      facts: {
        battery: battery?.value ?? null,
        activeAt: activity?.value ?? null,
        loadPercent: load?.value ?? null,
        metered: metered?.value ?? null,
        celsius: temperature?.value ?? null,
        freeBytes: room?.value.freeBytes ?? null,
        fullscreen: fullscreen?.value ?? null,
      },
      sources: {
        ...Object.fromEntries(
          Object.entries(sources).flatMap(([name, told]) => (told === null ? [] : [[name, told.source]])),
        ),
        schedule: timeZoneName(),
      },
      totalBytes: room?.value.totalBytes ?? null,
    };
  }

  close(): void {
    this.#buses.close();
  }
}

async function withinPatience(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, PATIENCE_MILLISECONDS);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}
