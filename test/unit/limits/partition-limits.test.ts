/** Limits as the rest of the agent sees them, with units that only seem to run. */
import { expect, it, onTestFinished } from 'vitest';
import type { LendingLimits } from '../../../agent/api/contract-lending.ts';
import { DEFAULT_LIMITS } from '../../../agent/lending/defaults.ts';
import { PartitionLimits } from '../../../agent/limits/partition-limits.ts';
import type { UnitStatus } from '../../../agent/supervisor/types.ts';
import { ManualClock } from '../../e2e/supervisor/manual-clock.ts';

const withPorts = (ports: number): LendingLimits => ({
  ...DEFAULT_LIMITS,
  together: { ...DEFAULT_LIMITS.together, ports },
});

function door(partitionId: string, name: string, startedAt: string): UnitStatus {
  const pids = { shimPid: 2 ** 30, payloadPid: 2 ** 30 + 1 };
  return {
    state: 'running',
    id: `${partitionId}/.door-${name}`,
    ...pids,
    startedAt,
    configuration: '',
    restarts: 0,
  };
}

it('lowering the ports of all stops by name whoever opened theirs last, and raising lets them publish again', async () => {
  let units = [
    door('slappart10', 'web', '2026-11-22T01:00:00.000Z'),
    door('slappart11', 'web', '2026-11-22T03:00:00.000Z'),
    door('slappart11', 'admin', '2026-11-22T02:00:00.000Z'),
    door('slappart0', 'mine', '2026-11-22T04:00:00.000Z'),
  ];
  const limits = new PartitionLimits({
    backend: null,
    supervisor: { list: () => units, status: () => undefined, onChange: () => () => undefined },
    limits: DEFAULT_LIMITS,
    reserveBytes: 0,
    free: () => ({ bytes: 1e12, files: 1e9 }),
    measure: async () => ({ bytes: 0, files: 0 }),
    clock: new ManualClock(),
    onFault: (error) => {
      throw error;
    },
  });
  onTestFinished(() => limits.close());
  for (const id of ['slappart10', 'slappart11']) await limits.ensure(id, true);
  await limits.ensure('slappart0', false);
  const told: string[] = [];
  limits.follow({
    exceeded: (id, { message }) => told.push(`${id} ${message.includes('They were closed')}`),
    fits: (id) => told.push(`${id} fits`),
  });
  await limits.apply(withPorts(3));
  expect(told).toEqual([]);
  await limits.apply(withPorts(2));
  expect(told).toEqual(['slappart11 true']);
  units = units.filter(({ id }) => !id.startsWith('slappart11'));
  await limits.apply(withPorts(3));
  expect(told).toEqual(['slappart11 true', 'slappart11 fits']);
});
