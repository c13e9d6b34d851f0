/**
 * What the tests of hosting begin with: a computer and masters for one test, which end with it.
 */
import { expect, onTestFinished } from 'vitest';
import { StandInMaster } from '../../fakes/slap-master/master.ts';
import { request, StandInComputer } from './computer.ts';

/** They do not know each other yet. To be called in `beforeEach`. */
export async function standIns(): Promise<{
  computer: StandInComputer;
  master: StandInMaster;
  other: () => Promise<StandInMaster>;
}> {
  const computer = await StandInComputer.start();
  const masters: StandInMaster[] = [];
  onTestFinished(async () => {
    await computer.stop();
    for (const master of masters) {
      await master.close();
      expect(master.faults).toEqual([]);
    }
  });
  const other = async (): Promise<StandInMaster> => {
    const master = await StandInMaster.start();
    masters.push(master);
    return master;
  };
  return { computer, master: await other(), other };
}

/** Joins, and waits until the master knows the partitions. @param first their first number. */
export async function join(computer: StandInComputer, master: StandInMaster, first = 10): Promise<void> {
  await computer.masters.add(computer.join(master, { first }));
  await computer.masterIs('connected', `master-${first}`);
}

/** The first partition hosts an instance, which runs. */
export async function host(
  computer: StandInComputer,
  master: StandInMaster,
  { first = 10, ...wishes }: { first?: number } & Wishes = {},
): Promise<void> {
  request(master, computer.release, { computerId: `COMP-${first}`, ...wishes });
  await computer.nextTurn(master);
  await computer.instanceIs('started', `slappart${first}`);
}

type Wishes = NonNullable<Parameters<typeof request>[2]>;
