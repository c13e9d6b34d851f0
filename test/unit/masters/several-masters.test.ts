import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { LocalProxy } from '../../../agent/proxy/local-proxy.ts';
import type { StandInMaster } from '../../fakes/slap-master/master.ts';
import { request, type StandInComputer, told, until } from './computer.ts';
import { host, join, standIns } from './world.ts';

let computer: StandInComputer;
let master: StandInMaster;
let other: StandInMaster;

beforeEach(async () => {
  const begun = await standIns();
  ({ computer, master } = begun);
  other = await begun.other();
  await join(computer, master);
  await join(computer, other, 20);
});

async function bothHost(): Promise<void> {
  await host(computer, master);
  await host(computer, other, { first: 20 });
}

function ownRequest(proxy: LocalProxy, state: 'started' | 'destroyed'): void {
  proxy.requestWithOutcome({
    softwareUrl: computer.release,
    softwareType: 'default',
    name: 'cache',
    state,
    parameters: {},
    filter: {},
    shared: false,
    requester: null,
  });
}

async function records(): Promise<number> {
  return (await computer.filesIn(path.join(computer.paths.private, 'software'))).length;
}

describe('several masters', () => {
  it('each have their own partitions, and hear of nothing else', async () => {
    await bothHost();
    expect(computer.partition('slappart10')?.master).toBe('master-10');
    expect(computer.partition('slappart20')?.master).toBe('master-20');
    await until(
      () => told(other).length > 0,
      () => 'told',
    );
    expect(told(master)).toEqual(['startedComputerPartition slappart10']);
    expect(told(other)).toEqual(['startedComputerPartition slappart20']);
  });

  it('share an installation', async () => {
    await bothHost();
    expect(await records()).toBe(1);
    expect(computer.calls.installed).toBe(1);
  });

  it('one that fails is of no matter to the other', async () => {
    await bothHost();
    await master.disappear();
    computer.clock.pass(80_000);
    await computer.masterIs('failing', 'master-10');
    request(other, computer.release, { computerId: 'COMP-20', state: 'stopped' });
    computer.clock.pass(80_000);
    await computer.instanceIs('stopped', 'slappart20');
    expect(computer.instance('slappart10')?.state).toBe('started');
  });

  it('keep software that one of them no longer wants', async () => {
    await bothHost();
    for (const each of [master, other])
      each.proxy.supply(computer.release, each === master ? 'COMP-10' : 'COMP-20', 'available');
    await computer.nextTurn(master);
    await until(
      () => computer.software(computer.release)?.state === 'available',
      () => 'available',
    );
    request(master, computer.release, { state: 'destroyed' });
    master.proxy.supply(computer.release, 'COMP-10', 'destroyed');
    for (let turn = 0; turn < 3; turn += 1) await computer.nextTurn(master);
    await until(
      () => master.calls('/destroyedSoftwareRelease').length > 0,
      () => 'told',
    );
    expect(await records()).toBe(1);
    expect(computer.software(computer.release)).toMatchObject({
      state: 'available',
      requestedState: 'available',
    });
  });

  it('and the local one: its software stays though no other lists it, and theirs though it does not', async () => {
    const { proxy, grid } = await computer.startLocal();
    await bothHost();
    ownRequest(proxy, 'started');
    await computer.instanceIs('started', 'slappart0');
    ownRequest(proxy, 'destroyed');
    await computer.instanceIs('free', 'slappart0');
    await grid.synchronise();
    await grid.settled();
    expect(await records()).toBe(1);
    expect(computer.instance('slappart10')?.state).toBe('started');
  });

  it('with the last instance the software goes that nobody supplied', async () => {
    await bothHost();
    request(master, computer.release, { state: 'destroyed' });
    request(other, computer.release, { computerId: 'COMP-20', state: 'destroyed' });
    await until(
      async () => {
        computer.clock.pass(80_000);
        await computer.masters.settled();
        return (await records()) === 0;
      },
      () => 'gone',
    );
  });
});

describe('local', () => {
  it('stops what is hosted, keeps it, and tells the masters', async () => {
    await bothHost();
    await writeFile(path.join(computer.data(), 'precious'), 'data');
    await computer.masters.setMode('local');
    await computer.masterIs('paused', 'master-10');
    await computer.masterIs('paused', 'master-20');
    await until(
      () => computer.running.length === 0,
      () => computer.running.join(),
    );
    await until(
      () => told(master).at(-1) === 'stoppedComputerPartition slappart10',
      () => 'told',
    );
    expect(computer.instance()).toMatchObject({ state: 'stopped', requestedState: 'started' });
    expect(await computer.filesIn(computer.data())).toContain('precious');
  });

  it('asks nobody', async () => {
    await bothHost();
    await computer.masters.setMode('local');
    await computer.masterIs('paused');
    await until(
      () => computer.running.length === 0,
      () => 'stopped',
    );
    await computer.masters.settled();
    const before = master.connections + other.connections;
    computer.clock.pass(3_600_000);
    computer.masters.ask('master-10');
    await computer.masters.settled();
    expect(master.connections + other.connections).toBe(before);
  });

  it('goes on when shared again', async () => {
    await bothHost();
    await computer.masters.setMode('local');
    await until(
      () => computer.running.length === 0,
      () => 'stopped',
    );
    await computer.masters.setMode('shared');
    await computer.masterIs('connected');
    await computer.instanceIs('started', 'slappart10');
    await computer.instanceIs('started', 'slappart20');
    await until(
      () => told(master).at(-1) === 'startedComputerPartition slappart10',
      () => 'told',
    );
  });

  it('stays so over a start of the agent, and shows what is kept', async () => {
    await bothHost();
    await computer.restartAgent('local');
    await computer.masters.add(computer.join(master));
    expect(computer.master()?.state).toBe('paused');
    expect(computer.instance()).toMatchObject({ state: 'stopped', name: 'cache' });
    expect(computer.running).toEqual(['slappart20/service']);
  });
});

describe('a tree', () => {
  async function tree(): Promise<void> {
    request(master, computer.release, { name: 'root' });
    request(master, computer.release, {
      name: 'child',
      requester: { computerId: 'COMP-10', partitionId: 'slappart10' },
    });
    await computer.nextTurn(master);
    await computer.instanceIs('started', 'slappart10');
    await computer.instanceIs('started', 'slappart11');
    await writeFile(path.join(computer.data('slappart10'), 'precious'), 'data');
  }

  it('is destroyed from its leaves: the root keeps its data until its children are gone', async () => {
    await tree();
    computer.lostCalls.add('/destroyedComputerPartition');
    request(master, computer.release, { name: 'root', state: 'destroyed' });
    await computer.nextTurn(master);
    await computer.instanceIs('destroying', 'slappart10');
    expect(await computer.filesIn(computer.data('slappart10'))).toEqual(['precious']);
    expect(computer.running).toEqual(['slappart11/service']);
    computer.lostCalls.clear();
    await until(
      async () => {
        computer.clock.pass(80_000);
        await computer.masters.settled();
        return computer.instance('slappart10') === null && computer.instance('slappart11') === null;
      },
      () => JSON.stringify(computer.store.snapshot().partitions),
    );
    const destroyed = told(master).filter((each) => each.startsWith('destroyed'));
    // The first was refused, and told the master to let the child go.
    expect(destroyed).toEqual([
      'destroyedComputerPartition slappart10',
      'destroyedComputerPartition slappart11',
      'destroyedComputerPartition slappart10',
    ]);
    expect(await computer.filesIn(computer.data('slappart10'))).toEqual([]);
  });

  it('keeps the root’s data when the agent ends between', async () => {
    await tree();
    computer.lostCalls.add('/destroyedComputerPartition');
    request(master, computer.release, { name: 'root', state: 'destroyed' });
    await computer.nextTurn(master);
    await computer.masters.settled();
    await computer.restartAgent();
    await computer.masters.add(computer.join(master));
    await computer.masterIs('connected');
    await computer.masters.settled();
    expect(await computer.filesIn(computer.data('slappart10'))).toEqual(['precious']);
  });
});
