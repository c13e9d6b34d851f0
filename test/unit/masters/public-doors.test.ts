/** Doors of what is hosted on addresses that the person chose, on a computer where nothing really listens. */
import { beforeEach, expect, it } from 'vitest';
import type { StandInMaster } from '../../fakes/slap-master/master.ts';
import { type StandInComputer, until } from './computer.ts';
import { host, join, standIns } from './world.ts';

const ADDRESS = '192.168.77.2';

let computer: StandInComputer;
let master: StandInMaster;

beforeEach(async () => {
  ({ computer, master } = await standIns());
  await join(computer, master);
});

function choose(chosen: string | null, isHere = chosen !== null): void {
  computer.chosenAddress = chosen;
  computer.openAddresses = isHere && chosen !== null ? [chosen] : [];
  computer.masters.reconsider();
}

/** What the master tells whoever asked for the instance. */
function published(): Record<string, string> {
  const { connection } = master.proxy.registerComputerPartition({
    computerId: 'COMP-10',
    partitionId: 'slappart10',
  });
  return JSON.parse(connection['_'] ?? '{}') as Record<string, string>;
}

it('are those of the loopback, as long as nobody chose another address', async () => {
  await host(computer, master);
  expect(computer.doors).toEqual(['slappart10/.door-door']);
  expect(published()).toMatchObject({ host: '127.64.0.12' });
});

it('listen on the chosen address too, on a port of their own that the master tells, and nothing is started anew', async () => {
  await host(computer, master);
  const { started } = computer.calls;
  choose(ADDRESS);
  await computer.masters.settled();
  expect(computer.doors).toEqual(['slappart10/.door-door', `slappart10/.door-door@${ADDRESS}`]);
  expect(published()).toMatchObject({ host: ADDRESS, port: '30160' });
  // One door, and no service.
  expect(computer.calls.started - started).toBe(1);
  await computer.nextTurn(master);
  const told = master.calls('/loadComputerConfigurationFromXML').at(-1);
  expect(JSON.stringify(told)).toContain(ADDRESS);
});

it('close when the address goes, and come back with it; the service goes on', async () => {
  choose(ADDRESS);
  await host(computer, master);
  const { stopped } = computer.calls;
  choose(ADDRESS, false);
  await until(
    () => computer.doors.length === 1,
    () => computer.doors.join(),
  );
  // It is told where it will be found.
  expect(published()).toMatchObject({ host: ADDRESS });
  expect(computer.calls.stopped - stopped).toBe(1);
  choose(ADDRESS);
  await until(
    () => computer.doors.length === 2,
    () => computer.doors.join(),
  );
  await computer.instanceIs('started');
});

it('close when the person wants them on this computer only', async () => {
  choose(ADDRESS);
  await host(computer, master);
  choose(null);
  await computer.masters.settled();
  expect(computer.doors).toEqual(['slappart10/.door-door']);
  expect(published()).toMatchObject({ host: '127.64.0.12' });
});
