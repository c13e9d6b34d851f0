import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import type { StandInMaster } from '../../fakes/slap-master/master.ts';
import { asked, request, type StandInComputer, told, until } from './computer.ts';
import { host, join, standIns } from './world.ts';

let computer: StandInComputer;
let master: StandInMaster;

beforeEach(async () => {
  ({ computer, master } = await standIns());
});

/** One that an instance here is to host. */
const SHARED = {
  softwareType: 'default',
  name: 'part',
  state: null,
  filter: { computer_guid: 'COMP-10' },
  shared: true,
  requester: null,
};

/** A file of the configuration that the instance runs with. */
async function configured(name: string): Promise<string> {
  const conf = path.join(computer.paths.instances, 'slappart10', 'conf');
  const [folder = ''] = await computer.filesIn(conf);
  return readFile(path.join(conf, folder, name), 'utf8').catch(() => '');
}

/** With one instance that runs. */
async function hosting(): Promise<void> {
  await join(computer, master);
  await host(computer, master);
}

describe('joining', () => {
  it('tells the master the partitions, each with the one address where doors listen', async () => {
    await join(computer, master);
    const partitions = master.proxy.getFullComputerInformation('COMP-10').partitions;
    expect(partitions.map(({ partitionId, ipList }) => [partitionId, ipList])).toEqual([
      ['slappart10', [['lo', '127.64.0.12']]],
      ['slappart11', [['lo', '127.64.0.13']]],
      ['slappart12', [['lo', '127.64.0.14']]],
    ]);
  });

  it('tells the address of the computer, and another one when it has got another', async () => {
    const known = (): string | null => master.proxy.getComputer('COMP-10').address;
    await join(computer, master);
    expect(known()).toBe('127.0.0.1');
    for (const address of ['2001:db8::1', '2001:db8:7::1']) {
      computer.address = { address, netmask: 'ffff:ffff:ffff:ffff::' };
      await computer.nextTurn(master);
      await until(
        () => known() === address,
        () => `the master knows ${known()}`,
      );
    }
    expect(master.proxy.getFullComputerInformation('COMP-10').partitions[0]?.ipList).toEqual([
      ['lo', '127.64.0.12'],
    ]);
  });

  it('shows who the master is, and when it answered', async () => {
    await join(computer, master);
    expect(computer.master()).toMatchObject({
      title: new URL(master.url).host,
      computerId: 'COMP-10',
      state: 'connected',
      error: null,
      partitionAmount: 3,
      reportsWaiting: 0,
    });
    expect(computer.master()?.answeredAt).not.toBeNull();
    expect(computer.master()?.certificateExpiresAt).toMatch(/^20\d\d-/);
  });

  it('tells the partitions once, not at each start', async () => {
    await join(computer, master);
    await computer.restartAgent();
    await join(computer, master);
    expect(master.calls('/loadComputerConfigurationFromXML')).toHaveLength(1);
  });
});

describe('an instance', () => {
  it('is started, publishes its parameters, and is reported once', async () => {
    await join(computer, master);
    await host(computer, master, { parameters: { size: '7' } });
    expect(computer.running).toEqual(['slappart10/service']);
    const instance = master.proxy.registerComputerPartition({
      computerId: 'COMP-10',
      partitionId: 'slappart10',
    });
    expect(JSON.parse(instance.connection['_'] ?? '')).toMatchObject({ host: '127.64.0.12', size: '7' });
    await computer.nextTurn(master);
    await computer.nextTurn(master);
    expect(told(master)).toEqual(['startedComputerPartition slappart10']);
    expect(master.calls('/setComputerPartitionConnectionXml')).toHaveLength(1);
  });

  it('is shown as the other’s that asked for it, in a partition of that master', async () => {
    await hosting();
    expect(computer.partition()).toMatchObject({
      master: 'master-10',
      instance: { owner: { kind: 'other', name: new URL(master.url).host } },
    });
  });

  it('follows its parameters', async () => {
    await hosting();
    request(master, computer.release, { parameters: { size: '9' } });
    await computer.nextTurn(master);
    const { connection } = master.proxy.registerComputerPartition({
      computerId: 'COMP-10',
      partitionId: 'slappart10',
    });
    expect(connection['_']).toContain('"9"');
    await computer.nextTurn(master);
    expect(computer.instance()?.connection).toContainEqual({ key: 'size', value: '9', secret: false });
  });

  it('is stopped and started again, and each is reported', async () => {
    await hosting();
    request(master, computer.release, { state: 'stopped' });
    await computer.nextTurn(master);
    await computer.instanceIs('stopped');
    expect(computer.running).toEqual([]);
    request(master, computer.release);
    await computer.nextTurn(master);
    await computer.instanceIs('started');
    expect(told(master)).toEqual([
      'startedComputerPartition slappart10',
      'stoppedComputerPartition slappart10',
      'startedComputerPartition slappart10',
    ]);
  });

  it('is given the instances that it shares, with what its software wants to know of each', async () => {
    await hosting();
    const shared = {
      ...SHARED,
      softwareUrl: computer.release,
      parameters: { domain: 'a.example.org', more: 'x' },
    };
    master.proxy.requestWithOutcome(shared);
    await computer.nextTurn(master);
    await until(
      async () => (await configured('shared.json')).includes('a.example.org'),
      () => 'rendered',
    );
    const { shared: given } = JSON.parse(await configured('shared.json'));
    expect(given).toEqual([{ slave_reference: expect.any(String), domain: 'a.example.org' }]);
    await computer.masters.settled();
    const starts = computer.calls.started;
    // The next agent begins with them, whether the master answers or not.
    await computer.restartAgent();
    await join(computer, master);
    await computer.instanceIs('started');
    expect(computer.calls.started).toBe(starts);
  });

  it('is processed again after a bang', async () => {
    await hosting();
    const before = computer.calls.ran;
    master.proxy.bangInstance({ computerId: 'COMP-10', partitionId: 'slappart10' }, 'look');
    await computer.nextTurn(master);
    expect(computer.calls.ran).toBeGreaterThan(before);
  });

  it('is reported as destroyed only when its data is gone, and the partition is free then', async () => {
    await hosting();
    await writeFile(path.join(computer.data(), 'precious'), 'data');
    request(master, computer.release, { state: 'destroyed' });
    await computer.nextTurn(master);
    await computer.instanceIs('free');
    expect(await computer.filesIn(computer.data())).toEqual([]);
    expect(told(master).at(-1)).toBe('destroyedComputerPartition slappart10');
  });

  it('that cannot run is reported with the ends of its logs before the sentence', async () => {
    await join(computer, master);
    computer.wellBehaved = false;
    request(master, computer.release, { parameters: { size: 'large' } });
    await computer.nextTurn(master);
    await computer.instanceIs('failed');
    await until(
      () => told(master).length > 0,
      () => 'reported',
    );
    const log = new URLSearchParams(master.calls('/softwareInstanceError')[0]?.body).get('error_log') ?? '';
    expect(log).toMatch(/^installation\.log:\n/);
    expect(log.endsWith(computer.instance()?.error?.sentence ?? 'nothing')).toBe(true);
    expect(log.length).toBeLessThan(40_000);
    await computer.nextTurn(master);
    expect(told(master)).toEqual(['softwareInstanceError slappart10']);
  });
});

describe('a plug-in that fails while its instance runs', () => {
  /** A file of the computer that the plug-in and its Python need: what they do is the stand-in’s. */
  async function place(file: string): Promise<void> {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, '');
  }

  it('is reported, and the master is asked to have the tree processed again', async () => {
    await hosting();
    await place(path.join(path.dirname(computer.paths.home), 'usr', 'bin', 'python3'));
    await place(path.join(computer.data(), 'etc', 'plugin', 'check.py'));
    computer.printed = JSON.stringify({
      decided: true,
      failed: true,
      message: 'not well',
      periodMinutes: 2,
      mayBang: true,
    });
    await computer.nextTurn(master);
    const bangs = (): URLSearchParams[] =>
      master.calls('/softwareInstanceBang').map(({ body }) => new URLSearchParams(body));
    await until(
      () => bangs().length > 0,
      () => 'banged',
    );
    expect(Object.fromEntries(bangs()[0] ?? [])).toEqual({
      computer_id: 'COMP-10',
      computer_partition_id: 'slappart10',
      message: 'Promise check is failing',
    });
    const log = new URLSearchParams(master.calls('/softwareInstanceError')[0]?.body).get('error_log');
    expect(log).toContain('not well');
  });
});

describe('software', () => {
  it('is reported as building, then as available', async () => {
    await join(computer, master);
    master.proxy.supply(computer.release, 'COMP-10', 'available');
    await computer.nextTurn(master);
    await until(
      () => computer.software(computer.release)?.state === 'available',
      () => 'available',
    );
    await until(
      () => master.calls('/availableSoftwareRelease').length === 1,
      () => 'reported',
    );
    expect(master.calls('/buildingSoftwareRelease')).toHaveLength(1);
  });

  it('that cannot be installed is reported with why', async () => {
    await join(computer, master);
    const missing = path.join(path.dirname(computer.release), 'missing.yaml');
    master.proxy.supply(missing, 'COMP-10', 'available');
    await computer.nextTurn(master);
    await until(
      () => computer.software(missing)?.state === 'failed',
      () => 'failed',
    );
    await until(
      () => master.calls('/softwareReleaseError').length === 1,
      () => 'reported',
    );
    const body = new URLSearchParams(master.calls('/softwareReleaseError')[0]?.body);
    expect(body.get('error_log')).toBe(computer.software(missing)?.error?.sentence);
  });

  it('that is to go is removed, and then reported', async () => {
    await join(computer, master);
    master.proxy.supply(computer.release, 'COMP-10', 'available');
    await computer.nextTurn(master);
    await until(
      () => computer.software(computer.release)?.state === 'available',
      () => 'available',
    );
    master.proxy.supply(computer.release, 'COMP-10', 'destroyed');
    await computer.nextTurn(master);
    await until(
      () => computer.software(computer.release) === undefined,
      () => 'gone',
    );
    expect(master.calls('/destroyedSoftwareRelease')).toHaveLength(1);
    expect(await computer.filesIn(path.join(computer.paths.private, 'software'))).toEqual([]);
  });
});

describe('with nothing to do', () => {
  it('a turn starts nothing and writes nothing', async () => {
    await hosting();
    await computer.nextTurn(master);
    const folder = computer.paths.instances;
    // Promises are checked by their own time.
    const effects = (): object => ({ ...computer.calls, ran: 0 });
    const before = effects();
    const processed = await readFile(path.join(folder, 'slappart10', 'processed.json'), 'utf8');
    const view = computer.software(computer.release);
    for (let turn = 0; turn < 3; turn += 1) await computer.nextTurn(master);
    expect(effects()).toEqual(before);
    expect(computer.software(computer.release)).toBe(view);
    expect(await readFile(path.join(folder, 'slappart10', 'processed.json'), 'utf8')).toBe(processed);
    expect(told(master)).toEqual(['startedComputerPartition slappart10']);
  });

  it('asks about once a minute', async () => {
    await join(computer, master);
    const before = asked(master);
    computer.clock.pass(59_000);
    await computer.masters.settled();
    expect(asked(master)).toBe(before);
    computer.clock.pass(2000);
    await until(
      () => asked(master) === before + 1,
      () => 'asked',
    );
  });

  it('asks at once when somebody wants it', async () => {
    await join(computer, master);
    const before = asked(master);
    computer.masters.ask('master-10');
    await until(
      () => asked(master) === before + 1,
      () => 'asked',
    );
  });
});
