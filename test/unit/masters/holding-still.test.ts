import { beforeEach, describe, expect, it } from 'vitest';
import type { StandInMaster } from '../../fakes/slap-master/master.ts';
import { request, type StandInComputer, told, until } from './computer.ts';
import { host, join, standIns } from './world.ts';

const WHY = 'This computer has paused what it hosts (it is on battery).';
const FREEZE = { action: 'freeze', why: WHY } as const;
const STOP = { action: 'stop', why: WHY } as const;

let computer: StandInComputer;
let master: StandInMaster;

beforeEach(async () => {
  ({ computer, master } = await standIns());
});

/** With one instance that runs. */
async function hosting(): Promise<void> {
  await join(computer, master);
  await host(computer, master);
}

function errorsTold(): string[] {
  return master
    .calls('/softwareInstanceError')
    .map(({ body }) => new URLSearchParams(body).get('error_log') ?? '');
}

describe('an instance that is held still', () => {
  it('is frozen, shown so, and its master is told why, once', async () => {
    await hosting();
    await computer.masters.hold(FREEZE);
    expect([...computer.frozen]).toEqual(['slappart10']);
    expect(computer.instance()).toMatchObject({ state: 'frozen', error: null });
    await until(
      () => errorsTold().length > 0,
      () => 'told',
    );
    await computer.nextTurn(master);
    expect(errorsTold()).toEqual([WHY]);
  });

  it('goes on with the same processes, and its master is told that it runs', async () => {
    await hosting();
    const before = computer.calls.started;
    await computer.masters.hold(FREEZE);
    await until(
      () => errorsTold().length > 0,
      () => 'told',
    );
    await computer.masters.hold(null);
    expect(computer.frozen.size).toBe(0);
    expect(computer.instance()?.state).toBe('started');
    await until(
      () => told(master).at(-1) === 'startedComputerPartition slappart10',
      () => told(master).join(),
    );
    expect(computer.calls.started).toBe(before);
  });

  it('has no promise checked, and fails none', async () => {
    await hosting();
    await computer.masters.hold(FREEZE);
    computer.wellBehaved = false;
    const before = computer.calls.ran;
    computer.clock.pass(3_600_000);
    await computer.masters.settled();
    expect(computer.calls.ran).toBe(before);
    expect(computer.instance()?.promises.every(({ state }) => state === 'kept')).toBe(true);
    computer.wellBehaved = true;
    await computer.masters.hold(null);
    expect(computer.instance()?.state).toBe('started');
  });

  it('has no service started anew, until it goes on', async () => {
    await hosting();
    await computer.masters.hold(FREEZE);
    computer.serviceEnds();
    await until(
      () => computer.stateOf() === undefined,
      () => 'given up',
    );
    expect(computer.instance()?.state).toBe('frozen');
    await computer.masters.hold(null);
    await computer.instanceIs('started');
    expect(computer.running).toEqual(['slappart10/service']);
  });

  it.each(['stopped', 'destroyed'] as const)('is %s when its master says so', async (state) => {
    await hosting();
    await computer.masters.hold(FREEZE);
    request(master, computer.release, { state });
    await computer.nextTurn(master);
    await computer.instanceIs(state === 'stopped' ? 'stopped' : 'free');
    expect([computer.running, [...computer.frozen]]).toEqual([[], []]);
  });

  it('follows its parameters when it goes on, not before', async () => {
    await hosting();
    await computer.masters.hold(FREEZE);
    const before = computer.calls.started;
    request(master, computer.release, { parameters: { size: '9' } });
    await computer.nextTurn(master);
    expect([computer.instance()?.state, computer.calls.started]).toEqual(['frozen', before]);
    await computer.masters.hold(null);
    await computer.instanceIs('started');
    await computer.nextTurn(master);
    expect(computer.instance()?.connection).toContainEqual({ key: 'size', value: '9', secret: false });
  });

  it('can be stopped, started and held in any order', async () => {
    await hosting();
    await computer.masters.hold(FREEZE);
    request(master, computer.release, { state: 'stopped' });
    await computer.nextTurn(master);
    await computer.instanceIs('stopped');
    request(master, computer.release, { state: 'started' });
    await computer.nextTurn(master);
    expect(computer.running).toEqual([]);
    await computer.masters.hold(null);
    await computer.instanceIs('started');
  });

  it('is stopped by local mode, and held still again in shared mode', async () => {
    await hosting();
    await computer.masters.hold(FREEZE);
    await computer.masters.setMode('local');
    await computer.instanceIs('stopped');
    expect([computer.running, [...computer.frozen]]).toEqual([[], []]);
    await computer.masters.setMode('shared');
    await computer.masterIs('connected');
    await computer.masters.settled();
    expect(computer.running).toEqual([]);
    await computer.masters.hold(null);
    await computer.instanceIs('started');
  });

  it('goes when its master is left', async () => {
    await hosting();
    await computer.masters.hold(FREEZE);
    await computer.leave('master-10', false);
    expect([computer.partition(), computer.running, [...computer.frozen]]).toEqual([undefined, [], []]);
  });

  it('ends with the computer', async () => {
    await hosting();
    await computer.masters.hold(FREEZE);
    await computer.masters.suspend();
    expect([computer.running, [...computer.frozen]]).toEqual([[], []]);
  });
});

describe('one that comes while everything is held still', () => {
  it('is not begun before it may run', async () => {
    await join(computer, master);
    await computer.masters.hold(FREEZE);
    request(master, computer.release);
    await computer.nextTurn(master);
    await computer.instanceIs('waiting');
    expect(computer.running).toEqual([]);
    await computer.masters.hold(null);
    await computer.instanceIs('started');
  });

  it('is not begun for a master that is joined meanwhile either', async () => {
    await computer.masters.hold(FREEZE);
    await join(computer, master);
    request(master, computer.release);
    await computer.nextTurn(master);
    expect(computer.running).toEqual([]);
  });
});

describe('software that is wanted while everything is held still', () => {
  it('is not installed before anything may run', async () => {
    await join(computer, master);
    await computer.masters.hold(FREEZE);
    master.proxy.supply(computer.release, 'COMP-10', 'available');
    await computer.nextTurn(master);
    expect(computer.calls.installed).toBe(0);
    expect(computer.software(computer.release)?.state ?? 'waiting').toBe('waiting');
    await computer.masters.hold(null);
    await until(
      () => computer.software(computer.release)?.state === 'available',
      () => JSON.stringify(computer.software(computer.release)),
    );
  });
});

describe('where nothing can be frozen, or the rule says so', () => {
  it.each([
    ['cannot freeze', false, FREEZE],
    ['says stop', true, STOP],
  ] as const)('it is stopped, and started again: %s', async (_why, canFreeze, held) => {
    computer.canFreeze = canFreeze;
    await hosting();
    await computer.masters.hold(held);
    expect(computer.running).toEqual([]);
    expect(computer.instance()?.state).toBe('stopped');
    await until(
      () => errorsTold().length > 0,
      () => 'told',
    );
    expect(errorsTold()).toEqual([WHY]);
    await computer.masters.hold(null);
    await computer.instanceIs('started');
  });

  it('what is frozen is stopped when a rule that stops holds as well', async () => {
    await hosting();
    await computer.masters.hold(FREEZE);
    await computer.masters.hold(STOP);
    expect([computer.running, [...computer.frozen]]).toEqual([[], []]);
    await computer.masters.hold(FREEZE);
    expect(computer.running).toEqual([]);
    await computer.masters.hold(null);
    await computer.instanceIs('started');
  });
});

describe('over the end of the agent', () => {
  it('what was frozen stays so while the pause holds', async () => {
    await hosting();
    await computer.masters.hold(FREEZE);
    const before = computer.calls.started;
    await computer.restartAgent();
    await computer.masters.hold(FREEZE);
    await join(computer, master);
    await computer.instanceIs('frozen');
    expect([...computer.frozen]).toEqual(['slappart10']);
    await computer.masters.hold(null);
    await computer.instanceIs('started');
    expect(computer.calls.started).toBe(before);
  });

  it('it goes on when the pause has ended meanwhile', async () => {
    await hosting();
    await computer.masters.hold(FREEZE);
    await computer.restartAgent();
    await join(computer, master);
    await computer.instanceIs('started');
    expect(computer.frozen.size).toBe(0);
  });
});

it('leaves a person’s own alone', async () => {
  await hosting();
  await computer.startLocal();
  await computer.masters.hold(FREEZE);
  expect([...computer.frozen]).toEqual(['slappart10']);
});
