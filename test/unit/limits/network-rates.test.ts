/** How a rate is divided, and what becomes of it, in a sandbox that only notes it. */
import { expect, it } from 'vitest';
import type { LendingLimits } from '../../../agent/api/contract-lending.ts';
import { SlapgridError } from '../../../agent/errors.ts';
import { DEFAULT_LIMITS } from '../../../agent/lending/defaults.ts';
import { NetworkRates, rateOfEach } from '../../../agent/limits/network-rates.ts';
import { rateCommand } from '../../../agent/sandbox/rate.ts';
import type { RateProbe } from '../../../agent/sandbox/types.ts';
import type { UnitStatus } from '../../../agent/supervisor/types.ts';

const IDENTITY = { uid: 70_000, gid: 70_000 };

function limits(each: number | null, together: number | null = null): LendingLimits {
  return {
    each: { ...DEFAULT_LIMITS.each, networkBytesPerSecond: each },
    together: { ...DEFAULT_LIMITS.together, networkBytesPerSecond: together },
  };
}

class Kernel {
  probe: RateProbe = { ok: true };
  readonly rates = new Map<number, number | null>();
  calls = 0;
  broken: number | null = null;
  #listener: (status: UnitStatus) => void = () => undefined;

  async begin(given: LendingLimits): Promise<NetworkRates> {
    const rates = new NetworkRates({
      limits: given,
      sandbox: {
        probeRate: async () => this.probe,
        limitRate: async (_identity, holder, rate) => {
          this.calls += 1;
          if (holder === this.broken) throw new SlapgridError('rate-failed', { detail: 'broken' });
          this.rates.set(holder, rate);
        },
      },
      supervisor: {
        onChange: (listener) => {
          this.#listener = listener;
          return () => undefined;
        },
      },
      onFault: (error) => {
        throw error;
      },
    });
    await rates.examine();
    return rates;
  }

  ended(partitionId: string, holder: number): void {
    this.rates.delete(holder);
    this.#listener({ state: 'stopped', id: `${partitionId}/.holder`, lastExit: null });
  }
}

it('divides the rate of all together evenly, and nobody has more than its own', () => {
  expect(rateOfEach(limits(null), 3)).toBeNull();
  expect(rateOfEach(limits(500_000), 3)).toBe(500_000);
  expect(rateOfEach(limits(null, 900_000), 3)).toBe(300_000);
  expect(rateOfEach(limits(500_000, 900_000), 1)).toBe(500_000);
  expect(rateOfEach(limits(500_000, 900_000), 3)).toBe(300_000);
});

it('lets packets of the loopback pass however small the rate, and takes a limit away again', () => {
  expect(rateCommand('lo', 1000)).toBe(
    'qdisc replace dev lo root handle 1: tbf rate 1000bps burst 131072 limit 262144\n',
  );
  expect(rateCommand('out', null)).toBe('qdisc replace dev out root noqueue\n');
});

it('divides anew when a partition comes or goes', async () => {
  const kernel = new Kernel();
  const rates = await kernel.begin(limits(null, 1_000_000));
  await rates.hold('slappart1', IDENTITY, 11);
  expect([...kernel.rates]).toEqual([[11, 1_000_000]]);
  await rates.hold('slappart2', IDENTITY, 12);
  expect([...kernel.rates.values()]).toEqual([500_000, 500_000]);
  kernel.ended('slappart1', 11);
  await rates.apply(limits(null, 1_000_000));
  expect([...kernel.rates]).toEqual([[12, 1_000_000]]);
});

it('holds a changed limit at once, and asks the kernel for nothing that is so already', async () => {
  const kernel = new Kernel();
  const rates = await kernel.begin(limits(null));
  await rates.hold('slappart1', IDENTITY, 11);
  expect(kernel.calls).toBe(0);
  await rates.apply(limits(200_000));
  await rates.hold('slappart1', IDENTITY, 11);
  expect([...kernel.rates]).toEqual([[11, 200_000]]);
  expect(kernel.calls).toBe(1);
  await rates.apply(limits(null));
  expect([...kernel.rates]).toEqual([[11, null]]);
});

it('holds the rate of a partition in its new network too', async () => {
  const kernel = new Kernel();
  const rates = await kernel.begin(limits(200_000));
  await rates.hold('slappart1', IDENTITY, 11);
  await rates.hold('slappart1', IDENTITY, 21);
  expect(kernel.rates.get(21)).toBe(200_000);
});

it('starts nothing whose rate the kernel does not take, and names what runs already', async () => {
  const kernel = new Kernel();
  kernel.broken = 12;
  const rates = await kernel.begin(limits(200_000));
  await rates.hold('slappart1', IDENTITY, 11);
  await expect(rates.hold('slappart2', IDENTITY, 12)).rejects.toMatchObject({ code: 'rate-failed' });
  kernel.broken = 11;
  const refused = await rates.apply(limits(100_000));
  expect([...refused.keys()]).toEqual(['slappart1']);
});

it('does nothing where nothing can hold it, which the limit says of itself, and holds it as soon as something can', async () => {
  const kernel = new Kernel();
  kernel.probe = { ok: false, cause: 'no-tc', detail: '' };
  const rates = await kernel.begin(limits(200_000));
  await rates.hold('slappart1', IDENTITY, 11);
  expect(kernel.calls).toBe(0);
  expect(rates.probe.ok).toBe(false);
  kernel.probe = { ok: true };
  await rates.examine();
  expect([...kernel.rates]).toEqual([[11, 200_000]]);
});
