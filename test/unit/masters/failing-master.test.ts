import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { LOCAL_MASTER } from '../../../agent/api/contract.ts';
import type { Misbehaviour } from '../../fakes/slap-master/misbehaviour.ts';
import { Authority } from '../../fakes/slap-master/certificates.ts';
import { StandInMaster, type ShownCertificate } from '../../fakes/slap-master/master.ts';
import { asked, request, type StandInComputer, told, until } from './computer.ts';
import { host, join, standIns } from './world.ts';

let computer: StandInComputer;
let master: StandInMaster;

beforeEach(async () => {
  ({ computer, master } = await standIns());
  await join(computer, master);
  await host(computer, master);
  await writeFile(path.join(computer.data(), 'precious'), 'data');
});

/** What must be as it was, whatever the master does. */
async function stillRuns(): Promise<void> {
  await computer.masters.settled();
  expect(computer.instance()?.state).toBe('started');
  expect(computer.running).toEqual(['slappart10/service']);
  expect(await computer.filesIn(computer.data())).toContain('precious');
  expect(computer.calls.stopped).toBe(0);
}

async function failsWith(code: string): Promise<void> {
  computer.clock.pass(80_000);
  await computer.masterIs('failing');
  expect(computer.master()?.error?.code).toBe(code);
  expect(computer.master()?.nextTryAt).not.toBeNull();
  await stillRuns();
}

const WORDS: readonly [Misbehaviour, string][] = [
  ['html', 'hosting-unreadable'],
  ['fault', 'hosting-wrong-status'],
  ['busy', 'hosting-wrong-status'],
  ['garbage', 'hosting-unreadable'],
  ['hang', 'hosting-no-answer'],
  ['redirect', 'hosting-redirects'],
  ['cut', 'hosting-no-answer'],
  ['no-answer', 'hosting-no-answer'],
];

describe('a master that answers badly', () => {
  it.each(WORDS)('%s: says so, changes nothing, and recovers by itself', async (how, code) => {
    master.misbehave(how);
    if (how === 'hang') computer.timeoutMilliseconds = 300;
    await failsWith(code);
    computer.timeoutMilliseconds = 20_000;
    master.behave();
    await computer.recovers();
    expect(computer.master()).toMatchObject({ error: null, nextTryAt: null });
    await stillRuns();
  });

  it.each<ShownCertificate>(['expired', 'not-yet-valid', 'wrong-host'])(
    '%s certificate: nothing is sent to it',
    async (shown) => {
      master.show(shown);
      const before = asked(master);
      await failsWith('hosting-certificate');
      expect(asked(master)).toBe(before);
      master.show('good');
      await computer.recovers();
    },
  );

  it('a certificate of an authority that nobody accepted: nothing is sent to it', async () => {
    const stranger = Authority.root('Somebody in between');
    master.show(stranger.issue({ commonName: 'slap.example.org', hosts: ['127.0.0.1'] }));
    const { bytesReceived } = master;
    await failsWith('hosting-certificate');
    expect(master.bytesReceived).toBe(bytesReceived);
    master.show('good');
    await computer.recovers();
  });

  it('disappears in the middle of a run: that goes on to its end, and is told when it is back', async () => {
    master.afterAnswer = ({ path: called }) => {
      if (called === '/getFullComputerInformation') master.misbehave('no-answer');
    };
    const second = request(master, computer.release, { name: 'second' });
    computer.clock.pass(80_000);
    await computer.instanceIs('started', second);
    await computer.masters.settled();
    expect(master.proxy.instanceByName('second')?.connection).toEqual({});
    master.afterAnswer = () => undefined;
    master.behave();
    await computer.recovers();
    await expect
      .poll(() => Object.keys(master.proxy.instanceByName('second')?.connection ?? {}))
      .toEqual(['_']);
    await expect
      .poll(() => master.calls('/startedComputerPartition').filter(({ status }) => status === 200).length)
      .toBe(2);
    expect(computer.calls.stopped).toBe(0);
  });

  it('disappears and comes back', async () => {
    await master.disappear();
    await failsWith('hosting-no-answer');
    await master.comeBack();
    await computer.recovers();
    await stillRuns();
  });

  it('refuses this computer', async () => {
    master.registration.computers.clear();
    await failsWith('hosting-refused');
  });

  it('is asked with growing delay', async () => {
    master.misbehave('fault');
    computer.clock.pass(80_000);
    await computer.masterIs('failing');
    const delays: number[] = [];
    for (let turn = 0; turn < 9; turn += 1) {
      const wait = Date.parse(computer.master()?.nextTryAt ?? '') - computer.clock.now();
      delays.push(wait / 1000);
      const before = asked(master);
      computer.clock.pass(wait);
      await until(
        () => asked(master) > before,
        () => 'asked again',
      );
      await computer.masters.settled();
    }
    expect(delays).toEqual([5, 10, 20, 40, 80, 160, 320, 600, 600]);
  });
});

describe('a master that comes back with other data', () => {
  it.each(['paused', 'Destroyed', ''])(
    'wants the state “%s”: nothing is destroyed, and it is said',
    async (state) => {
      const { partitions, ...rest } = master.proxy.getFullComputerInformation('COMP-10');
      const spoilt = partitions.map((partition) =>
        partition.software === null ? partition : { ...partition, requestedState: state, timestamp: 'later' },
      );
      master.computerInformation = { ...rest, partitions: spoilt };
      await computer.nextTurn(master);
      await computer.instanceIs('failed');
      expect(computer.instance()?.error?.code).toBe('unknown-state');
      expect(computer.running).toEqual(['slappart10/service']);
      expect(await computer.filesIn(computer.data())).toContain('precious');
      expect(computer.calls.stopped).toBe(0);
      master.computerInformation = null;
      await computer.nextTurn(master);
      await computer.instanceIs('started');
      await stillRuns();
    },
  );

  it('tells of another computer, or of a partition twice: nothing is done for it', async () => {
    const { partitions, ...rest } = master.proxy.getFullComputerInformation('COMP-10');
    master.computerInformation = { ...rest, partitions: [...partitions, ...partitions.slice(0, 1)] };
    await failsWith('hosting-twice');
    master.computerInformation = { ...rest, computerId: 'COMP-11', partitions: [] };
    computer.clock.pass(80_000);
    await expect.poll(() => computer.master()?.error?.code).toBe('hosting-other-computer');
    await stillRuns();
    master.computerInformation = null;
    await computer.recovers();
  });

  it('forgot everything: nothing is destroyed, and it is said', async () => {
    master.forget();
    await failsWith('hosting-wrong-status');
    computer.clock.pass(600_000);
    await until(
      () => asked(master) > 3,
      () => 'asked',
    );
    await stillRuns();
    expect(master.calls('/loadComputerConfigurationFromXML')).toHaveLength(1);
  });

  it('lists no partition: nothing is destroyed, and it is said', async () => {
    master.forget();
    master.proxy.loadComputerConfiguration({
      reference: 'COMP-10',
      address: null,
      netmask: null,
      partitions: [],
    });
    await failsWith('hosting-partitions-missing');
    expect(master.calls('/loadComputerConfigurationFromXML')).toHaveLength(1);
  });

  it('lists fewer partitions: those that it lists are served, the others stay', async () => {
    const second = request(master, computer.release, { name: 'second' });
    await computer.nextTurn(master);
    await computer.instanceIs('started', second);
    master.forget();
    const address = { address: '127.64.0.13', netmask: '255.255.255.255' };
    master.proxy.loadComputerConfiguration({
      reference: 'COMP-10',
      address: null,
      netmask: null,
      partitions: [{ reference: second, interfaceName: 'lo', addresses: [address] }],
    });
    request(master, computer.release, { name: 'second', parameters: { size: '3' } });
    computer.clock.pass(80_000);
    await computer.masterIs('failing');
    expect(computer.master()?.error?.code).toBe('hosting-partitions-missing');
    expect(computer.instance()?.state).toBe('started');
    expect(computer.running).toContain('slappart10/service');
    await computer.instanceIs('started', second);
  });

  it('shows a partition as free: what was in it is destroyed, as somebody else told the master', async () => {
    const partition = { computerId: 'COMP-10', partitionId: 'slappart10' };
    request(master, computer.release, { state: 'destroyed' });
    master.proxy.releasePartition(partition);
    await computer.nextTurn(master);
    await computer.instanceIs('free');
    expect(await computer.filesIn(computer.data())).toEqual([]);
  });

  it('shows a partition as free that it gave up while no agent ran: it is stopped, and its data kept', async () => {
    const partition = { computerId: 'COMP-10', partitionId: 'slappart10' };
    await computer.restartAgent();
    request(master, computer.release, { state: 'destroyed' });
    master.proxy.releasePartition(partition);
    await computer.masters.add(computer.join(master));
    await computer.masterIs('connected');
    await until(
      () => computer.running.length === 0,
      () => computer.running.join(),
    );
    await computer.instanceIs('free');
    expect(await computer.filesIn(computer.data())).toContain('precious');
  });

  it('puts another instance there: it finds nothing of the one before', async () => {
    const record = path.join(computer.paths.instances, 'slappart10', 'request.json');
    const kept: object = JSON.parse(await readFile(record, 'utf8'));
    await computer.restartAgent();
    await writeFile(record, JSON.stringify({ ...kept, guid: 'SOFTINST-OF-ANOTHER' }));
    await computer.masters.add(computer.join(master));
    await until(
      async () => !(await computer.filesIn(computer.data())).includes('precious'),
      () => 'gone',
    );
    await computer.instanceIs('started');
    expect(await readFile(record, 'utf8')).toContain('COMP-10-slappart10');
  });

  it('that never listed the partitions is told them again', async () => {
    const other = await StandInMaster.start();
    try {
      await computer.masters.add(computer.join(other, { first: 20 }));
      await computer.masterIs('connected', 'master-20');
      other.forget();
      computer.clock.pass(80_000);
      await computer.masterIs('failing', 'master-20');
      await computer.recovers('master-20');
      expect(other.proxy.listComputers().map(({ computerId }) => computerId)).toContain('COMP-20');
    } finally {
      await computer.leave('master-20', true);
      await other.close();
    }
  });
});

describe('what a master cannot be told now', () => {
  it('started: is told when it answers again, once', async () => {
    computer.lostCalls.add('/startedComputerPartition');
    const second = request(master, computer.release, { name: 'second' });
    await computer.nextTurn(master);
    await computer.instanceIs('started', second);
    computer.lostCalls.clear();
    for (let turn = 0; turn < 3; turn += 1) await computer.nextTurn(master);
    await until(
      () => told(master).length > 1,
      () => 'told',
    );
    expect(told(master)).toEqual([
      'startedComputerPartition slappart10',
      `startedComputerPartition ${second}`,
    ]);
  });

  it('connection parameters: are told when it answers again; what runs is not failed for it', async () => {
    computer.lostCalls.add('/setComputerPartitionConnectionXml');
    const second = request(master, computer.release, { name: 'second' });
    await computer.nextTurn(master);
    await computer.instanceIs('started', second);
    computer.lostCalls.clear();
    for (let turn = 0; turn < 3; turn += 1) await computer.nextTurn(master);
    expect(master.calls('/setComputerPartitionConnectionXml')).toHaveLength(2);
  });

  it('destroyed: the data is gone, and it is told when it answers again', async () => {
    computer.lostCalls.add('/destroyedComputerPartition');
    request(master, computer.release, { state: 'destroyed' });
    await computer.nextTurn(master);
    await computer.instanceIs('destroying');
    await until(
      async () => (await computer.filesIn(computer.data())).length === 0,
      () => 'empty',
    );
    computer.lostCalls.clear();
    await computer.nextTurn(master);
    await computer.instanceIs('free');
  });

  it('destroyed: is told after the next start of the agent', async () => {
    computer.lostCalls.add('/destroyedComputerPartition');
    request(master, computer.release, { state: 'destroyed' });
    await computer.nextTurn(master);
    await computer.instanceIs('destroying');
    await computer.masters.settled();
    await computer.restartAgent();
    computer.lostCalls.clear();
    await computer.masters.add(computer.join(master));
    await until(
      () => told(master).at(-1) === 'destroyedComputerPartition slappart10',
      () => 'told',
    );
    await computer.instanceIs('free');
  });

  it('software that was removed: is told when it answers again', async () => {
    master.proxy.supply(computer.otherRelease, 'COMP-10', 'available');
    await computer.nextTurn(master);
    await until(
      () => computer.software(computer.otherRelease)?.state === 'available',
      () => 'available',
    );
    computer.lostCalls.add('/destroyedSoftwareRelease');
    master.proxy.supply(computer.otherRelease, 'COMP-10', 'destroyed');
    await computer.nextTurn(master);
    expect(computer.software(computer.otherRelease)?.state).toBe('destroying');
    computer.lostCalls.clear();
    await computer.nextTurn(master);
    await until(
      () => computer.software(computer.otherRelease) === undefined,
      () => 'gone',
    );
  });

  it('errors are told when it answers again', async () => {
    await master.disappear();
    computer.clock.pass(80_000);
    await computer.masterIs('failing');
    computer.wellBehaved = false;
    computer.clock.pass(80_000);
    await until(
      () => computer.instance()?.promises[0]?.state === 'failed',
      () => 'not kept',
    );
    expect(told(master)).toEqual(['startedComputerPartition slappart10']);
    await master.comeBack();
    await computer.recovers();
    await until(
      () => told(master).at(-1) === 'softwareInstanceError slappart10',
      () => told(master).join(),
    );
  });
});

describe('an agent that begins while the master does not answer', () => {
  it('looks after what runs, and shows it', async () => {
    await master.disappear();
    await computer.restartAgent();
    await computer.masters.add(computer.join(master));
    await computer.masterIs('failing');
    await computer.instanceIs('started');
    await stillRuns();
  });

  it('starts what ran before the computer was switched off', async () => {
    await master.disappear();
    await computer.restartAgent();
    computer.loseProcesses();
    await computer.masters.add(computer.join(master));
    await computer.instanceIs('started');
    expect(computer.running).toEqual(['slappart10/service']);
  });

  it('processes nothing again when the master then says the same', async () => {
    await master.disappear();
    await computer.restartAgent();
    await computer.masters.add(computer.join(master));
    await computer.masterIs('failing');
    await computer.instanceIs('started');
    const before = { ...computer.calls, ran: 0 };
    await master.comeBack();
    await computer.recovers();
    await computer.masters.settled();
    expect({ ...computer.calls, ran: 0 }).toEqual(before);
    expect(computer.instance()?.connection.map(({ key }) => key)).toContain('host');
  });

  it('keeps software that the master may list', async () => {
    const { grid } = await computer.startLocal();
    await master.disappear();
    await computer.restartAgent();
    await computer.masters.add(computer.join(master));
    const local = await computer.startLocal();
    await local.grid.synchronise();
    await local.grid.settled();
    expect(await computer.filesIn(path.join(computer.paths.private, 'software'))).toHaveLength(1);
    await grid.close();
  });
});

it('a master that was never heard of makes no partition of another wait', async () => {
  const other = await StandInMaster.start();
  await other.disappear();
  await computer.masters.add(computer.join(other, { first: 20 }));
  await computer.masterIs('failing', 'master-20');
  const { proxy, grid } = await computer.startLocal();
  proxy.requestWithOutcome({
    softwareUrl: computer.release,
    softwareType: 'default',
    name: 'mine',
    state: 'started',
    parameters: {},
    filter: {},
    shared: false,
    requester: null,
  });
  await grid.synchronise();
  await computer.instanceIs('started', 'slappart0');
  expect(computer.partition('slappart0')?.master).toBe(LOCAL_MASTER);
  await mkdir(path.join(computer.data(), 'more'));
  await computer.leave('master-20', true);
  await other.close();
});
