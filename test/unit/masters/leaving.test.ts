/** Leaving one of two masters, whatever goes wrong meanwhile. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { LeavingOutcome } from '../../../agent/masters/leaving.ts';
import type { StandInMaster } from '../../fakes/slap-master/master.ts';
import { asked, request, type StandInComputer, told, until } from './computer.ts';
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
  await host(computer, master);
  await host(computer, other, { first: 20 });
  await writeFile(path.join(computer.data(), 'precious'), 'data');
});

/** It waits, and says why. */
async function waits(): Promise<void> {
  await until(
    () => computer.master()?.error?.code === 'leaving-waits',
    () => JSON.stringify(computer.master()),
  );
  expect(computer.master()?.state).toBe('leaving');
}

/** It is being left, and takes the question whether it can be told without a word. */
async function hanging(): Promise<{ outcome: Promise<LeavingOutcome> }> {
  master.misbehave('hang', { server: 'slap' });
  const before = asked(master);
  const outcome = computer.leave('master-10', false);
  await until(
    () => asked(master) > before,
    () => 'asked',
  );
  return { outcome };
}

/** Another instance has started, and the master takes what it publishes without a word. */
async function hangsAtReport(): Promise<string> {
  master.afterAnswer = ({ path: called }) => {
    if (called === '/getComputerPartitionCertificate') master.misbehave('hang', { server: 'slap' });
  };
  const second = request(master, computer.release, { name: 'second' });
  computer.clock.pass(80_000);
  const published = (): number => master.calls('/setComputerPartitionConnectionXml').length;
  const before = published();
  await until(
    () => published() > before && computer.running.includes(`${second}/service`),
    () => 'published',
  );
  return second;
}

/** Lets time pass until it is left. */
async function isLeft(leaving: Promise<LeavingOutcome>): Promise<void> {
  let isDone = false;
  void leaving.finally(() => {
    isDone = true;
  });
  await until(
    () => {
      computer.clock.pass(800_000);
      return isDone;
    },
    () => JSON.stringify(computer.master()),
  );
  expect(await leaving).toBe('left');
  expect(computer.master()).toBeUndefined();
}

/** Nothing of it is lost. */
async function stillRuns(): Promise<void> {
  expect(computer.instance()?.state).toBe('started');
  expect(computer.running).toContain('slappart10/service');
  expect(await computer.filesIn(computer.data())).toContain('precious');
}

describe('leaving a master', () => {
  it('destroys what it hosts, tells it, and leaves the others alone', async () => {
    const begun: string[][] = [];
    const begins = async (): Promise<void> => void begun.push(await computer.filesIn(computer.data()));
    expect(await computer.leave('master-10', false, { begins })).toBe('left');
    expect(begun).toEqual([['precious']]);
    expect(told(master).at(-1)).toBe('destroyedComputerPartition slappart10');
    expect(computer.master()).toBeUndefined();
    expect(computer.partition()).toBeUndefined();
    expect(await computer.filesIn(computer.paths.instances)).toEqual([
      'slappart20',
      'slappart21',
      'slappart22',
    ]);
    expect(computer.running).toEqual(['slappart20/service']);
    expect(await computer.filesIn(path.join(computer.paths.private, 'software'))).toHaveLength(1);
  });

  it('is forced though it cannot be told', async () => {
    await master.disappear();
    expect(await computer.leave('master-10', true)).toBe('left');
    expect(computer.master()).toBeUndefined();
    expect(computer.running).toEqual(['slappart20/service']);
  });

  it('tells it of a tree whatever the order of its instances', async () => {
    request(master, computer.release, { name: 'root', state: 'started' });
    request(master, computer.release, {
      name: 'child',
      requester: { computerId: 'COMP-10', partitionId: 'slappart11' },
    });
    await computer.nextTurn(master);
    await computer.instanceIs('started', 'slappart12');
    await computer.leave('master-10', false);
    const { partitions } = master.proxy.getFullComputerInformation('COMP-10');
    expect(partitions.filter(({ software }) => software !== null)).toEqual([]);
  });
});

describe('a master that cannot be told', () => {
  it('is told later, with growing delay, and loses nothing before', async () => {
    master.misbehave('fault');
    const leaving = computer.leave('master-10', false);
    await waits();
    const delays: number[] = [];
    for (let turn = 0; turn < 5; turn += 1) {
      const wait = Date.parse(computer.master()?.nextTryAt ?? '') - computer.clock.now();
      delays.push(wait / 1000);
      const before = asked(master);
      computer.clock.pass(wait);
      await until(
        () => asked(master) > before && Date.parse(computer.master()?.nextTryAt ?? '') > computer.clock.now(),
        () => 'tried again',
      );
    }
    expect(delays).toEqual([5, 10, 20, 40, 80]);
    expect(computer.master()).toMatchObject({ canStay: true });
    expect(computer.master()?.error?.nextStep).toContain('You can still stay.');
    await stillRuns();
    master.behave();
    await isLeft(leaving);
    expect(told(master).at(-1)).toBe('destroyedComputerPartition slappart10');
  });

  it('is stayed with, and worked for as before', async () => {
    master.misbehave('fault');
    const leaving = computer.leave('master-10', false);
    await waits();
    computer.masters.stay('master-10');
    expect(await leaving).toBe('stayed');
    master.behave();
    await computer.recovers();
    expect(computer.master()).toMatchObject({ error: null, nextTryAt: null });
    expect(computer.master()).not.toHaveProperty('canStay');
    await stillRuns();
  });

  it('is stayed with while it does not answer', async () => {
    const leaving = await hanging();
    computer.masters.stay('master-10');
    expect(await leaving.outcome).toBe('stayed');
    await stillRuns();
  });

  it('is forced while it does not answer', async () => {
    const leaving = await hanging();
    master.misbehave('no-answer', { server: 'slap' });
    expect(await computer.leave('master-10', true)).toBe('left');
    expect(await leaving.outcome).toBe('left');
  });

  it('is forced at once while it is asked in a turn, and does not answer', async () => {
    master.misbehave('hang', { server: 'slap' });
    const before = asked(master);
    computer.clock.pass(80_000);
    await until(
      () => asked(master) > before,
      () => 'asked',
    );
    await isLeft(computer.leave('master-10', true));
  });

  it('is forced at once while a partition waits for its answer', async () => {
    await hangsAtReport();
    await isLeft(computer.leave('master-10', true));
    expect(computer.running).toEqual(['slappart20/service']);
  });

  it('is forced at once while it is told what was destroyed', async () => {
    master.afterAnswer = ({ path: called }) => {
      if (called === '/getFullComputerInformation') master.misbehave('hang', { server: 'slap' });
    };
    const leaving = computer.leave('master-10', false);
    await until(
      () => told(master).includes('destroyedComputerPartition slappart10'),
      () => told(master).join(),
    );
    await isLeft(computer.leave('master-10', true));
    expect(await leaving).toBe('left');
  });

  it('has what it hosts stopped though a partition waits for its answer when the mode becomes local', async () => {
    await hangsAtReport();
    await computer.masters.setMode('local');
    await until(
      () => {
        computer.clock.pass(2000);
        return computer.running.length === 0;
      },
      () => computer.running.join(),
    );
    await computer.masters.setMode('shared');
    await until(
      () => {
        computer.clock.pass(2000);
        return computer.running.includes('slappart10/service');
      },
      () => computer.running.join(),
    );
  });

  it('has what it hosts stopped while it does not answer when the mode becomes local', async () => {
    const leaving = await hanging();
    await computer.masters.setMode('local');
    await until(
      () => computer.running.length === 0,
      () => computer.running.join(),
    );
    computer.masters.stay('master-10');
    expect(await leaving.outcome).toBe('stayed');
    expect(await computer.filesIn(computer.data())).toContain('precious');
    await master.disappear();
  });

  it('is forced meanwhile', async () => {
    await master.disappear();
    const leaving = computer.leave('master-10', false);
    await waits();
    expect(await computer.leave('master-10', true)).toBe('left');
    expect(await leaving).toBe('left');
  });

  it('is asked now when a person says so', async () => {
    master.misbehave('fault');
    const leaving = computer.leave('master-10', false);
    await waits();
    master.behave();
    computer.masters.ask('master-10');
    expect(await leaving).toBe('left');
  });

  it('has what it hosts stopped all the same when the mode becomes local', async () => {
    await master.disappear();
    const leaving = computer.leave('master-10', false);
    await waits();
    await computer.masters.setMode('local');
    await until(
      () => computer.running.length === 0,
      () => computer.running.join(),
    );
    expect(computer.master()?.state).toBe('leaving');
    computer.masters.stay('master-10');
    await leaving;
    expect(computer.master()?.state).toBe('paused');
    expect(await computer.filesIn(computer.data())).toContain('precious');
  });
});

describe('a master that disappears in the middle', () => {
  /** What it hosted is gone, and it does not know. */
  async function halfLeft(): Promise<{ leaving: Promise<LeavingOutcome> }> {
    computer.lostCalls.add('/destroyedComputerPartition');
    const leaving = computer.leave('master-10', false);
    await waits();
    expect(computer.running).toEqual(['slappart20/service']);
    return { leaving };
  }

  it('is told later of what is gone', async () => {
    const { leaving } = await halfLeft();
    expect(computer.master()?.error?.sentence).toContain('What it hosted here is gone.');
    computer.lostCalls.clear();
    await isLeft(leaving);
    expect(told(master).at(-1)).toBe('destroyedComputerPartition slappart10');
  });

  it('is too late to stay with', async () => {
    await halfLeft();
    expect(() => computer.masters.stay('master-10')).toThrow(
      expect.objectContaining({ code: 'leaving-too-late' }),
    );
    expect(computer.master()).not.toHaveProperty('canStay');
    await computer.masters.setMode('local');
    await computer.masters.setMode('shared');
    await computer.masters.settled();
    expect(computer.running).not.toContain('slappart10/service');
  });

  it('is told by the next agent, which starts nothing of it again', async () => {
    const { leaving } = await halfLeft();
    await computer.restartAgent();
    expect(await leaving).toBe('ended');
    const { started } = computer.calls;
    await computer.masters.add(computer.join(master), { isBegun: true });
    computer.lostCalls.clear();
    await isLeft(computer.leave('master-10', false, { isBegun: true }));
    expect(computer.calls.started).toBe(started);
    expect(told(master).at(-1)).toBe('destroyedComputerPartition slappart10');
    const { partitions } = master.proxy.getFullComputerInformation('COMP-10');
    expect(partitions.filter(({ software }) => software !== null)).toEqual([]);
  });
});

it('an agent that begins while a master waits to be told goes on hosting for it until it is', async () => {
  await master.disappear();
  const leaving = computer.leave('master-10', false);
  await waits();
  await computer.restartAgent();
  expect(await leaving).toBe('ended');
  await computer.masters.add(computer.join(master), { isBegun: false });
  expect(computer.master()?.state).toBe('leaving');
  const again = computer.leave('master-10', false);
  await waits();
  await computer.instanceIs('started');
  await stillRuns();
  await master.comeBack();
  await isLeft(again);
});

it('what cannot be kept of its beginning is tried again, and nothing is destroyed before', async () => {
  let fails = true;
  const begins = (): Promise<void> =>
    fails ? Promise.reject(new Error('the disk is away')) : Promise.resolve();
  const leaving = computer.leave('master-10', false, { begins });
  await waits();
  await stillRuns();
  expect(computer.master()).toMatchObject({ canStay: true });
  expect(computer.faults.splice(0)).toHaveLength(1);
  fails = false;
  await isLeft(leaving);
});
