/** Lending with a real record, a real log and a real state tree, on a machine that holds what the test says. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AuditEntry, Held, Sharing } from '../../../agent/api/contract-lending.ts';
import { CONTRACT_VERSION, LOCAL_MASTER, type PartitionView } from '../../../agent/api/contract.ts';
import type { Applicant } from '../../../agent/grid/tools.ts';
import { SlapgridError } from '../../../agent/errors.ts';
import { DEFAULT_LIMITS, untriedLending } from '../../../agent/lending/defaults.ts';
import { Lending } from '../../../agent/lending/lending.ts';
import type { ProtectionName } from '../../../agent/lending/protections.ts';
import { problemOfLimits } from '../../../agent/limits/limit-problem.ts';
import { StateStore } from '../../../agent/state.ts';
import { ManualClock } from '../../e2e/supervisor/manual-clock.ts';
import { readyInstance } from '../../fakes/agent-service.ts';
import { findings } from './findings.ts';

const OWN = '192.168.1.23';
const APPLICANT = {
  masterId: 'm1',
  partitionId: 'slappart10',
  instance: 'cache',
  owner: { kind: 'other', name: 'slap.example.org' },
} as const;

let folder: string;
let machine: Partial<Record<ProtectionName, Held>>;
let store: StateStore;
let clock: ManualClock;
let faults: unknown[];
let applied: unknown[];
let examinations: number;
let opened: Lending[];

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'lending-'));
  machine = {};
  faults = [];
  applied = [];
  opened = [];
  examinations = 0;
});
afterEach(async () => {
  for (const lending of opened) await lending.close();
  await rm(folder, { recursive: true });
  expect(faults).toEqual([]);
});

async function open(): Promise<Lending> {
  clock = new ManualClock();
  store = new StateStore({
    version: '0.0.0',
    contractVersion: CONTRACT_VERSION,
    pid: 1,
    startedAt: '2026-11-22T14:00:00.000Z',
    home: folder,
    computerId: 'local_computer',
    computer: { cpus: 2, memoryBytes: 8e9 },
    mode: 'shared',
    firstRunDone: true,
    notifications: { ready: true, failed: true, dying: true, problem: true, master: true, update: true },
    notices: [],
  });
  const lending = await Lending.open({
    files: { record: path.join(folder, 'lending.json'), audit: path.join(folder, 'audit.log') },
    store,
    clock,
    examine: async () => {
      examinations += 1;
      const { limitsHeld } = untriedLending();
      const room = { cpus: 2, memoryBytes: 8e9, diskBytes: 100e9 };
      return { protections: findings(machine), limitsHeld, backend: 'cgroup-v2', room };
    },
    counted: () => ({ files: 12, ports: 1, most: { files: 12, ports: 1 } }),
    problemOf: problemOfLimits,
    ownAddresses: () => [{ address: OWN, interface: 'eth0' }],
    applyLimits: async (limits) => {
      applied.push(limits);
    },
    onFault: (error) => {
      faults.push(error);
    },
  });
  opened.push(lending);
  return lending;
}

function hosted(name: string): PartitionView {
  const owner = { kind: 'other', name: 'slap.example.org' } as const;
  return { id: 'slappart10', master: 'm1', address: '127.0.1.10', instance: readyInstance({ name, owner }) };
}

async function kinds(lending: Lending): Promise<AuditEntry['kind'][]> {
  return (await lending.audit(100)).map(({ kind }) => kind).toReversed();
}

async function refusedSharing(lending: Lending, sharing: Sharing): Promise<SlapgridError> {
  return lending.setSharing(sharing).then(
    () => expect.fail('it was allowed'),
    (error: SlapgridError) => error,
  );
}

describe('who may be here', () => {
  it('is nobody but the person before they decided anything', async () => {
    const lending = await open();
    expect(store.lending).toMatchObject({ sharing: 'me', verdict: 'everyone', backend: 'cgroup-v2' });
    expect(lending.refusal(APPLICANT)).toMatchObject({ code: 'lending-sharing' });
    expect(lending.refusal({ ...APPLICANT, owner: { kind: 'me', name: 'ana' } })).toBeNull();
  });

  it.each([
    ['nobody', false],
    ['me', false],
    ['people', true],
    ['everyone', true],
  ] as const)('with sharing %s: others %s', async (sharing, isAdmitted) => {
    const lending = await open();
    await lending.setSharing(sharing);
    expect(lending.refusal(APPLICANT) === null).toBe(isAdmitted);
  });

  it('is nobody else where the machine cannot hold them, with what is missing by name', async () => {
    await writeFile(
      path.join(folder, 'lending.json'),
      JSON.stringify({ schema: 1, sharing: 'people', limits: DEFAULT_LIMITS, egress: 'none' }),
    );
    machine = { memory: 'none', disk: 'none' };
    const lending = await open();
    const refusal = lending.refusal(APPLICANT);
    expect(refusal).toMatchObject({ code: 'lending-verdict' });
    expect(refusal?.message).toContain('memory limit, disk limit');
    expect(refusal?.message).toContain('is kept');
  });

  it('is told again when it changed, by the person or by the machine', async () => {
    const lending = await open();
    let changes = 0;
    lending.onAdmission(() => {
      changes += 1;
    });
    await lending.setSharing('people');
    expect(changes).toBe(1);
    await lending.setLimits(DEFAULT_LIMITS);
    await lending.examine();
    expect(changes).toBe(1);
    machine = { cpu: 'none' };
    await lending.examine();
    expect(changes).toBe(2);
  });

  it('is found out again by itself while the person wants more than the machine held', async () => {
    const lending = await open();
    await lending.setSharing('people');
    machine = { isolation: 'none' };
    await lending.examine();
    expect(store.lending.verdict).toBe('nobody');
    machine = {};
    const before = examinations;
    clock.pass(60_000);
    await expect.poll(() => store.lending.verdict).toBe('everyone');
    expect(examinations).toBe(before + 1);
    clock.pass(3_600_000);
    expect(examinations).toBe(before + 1);
  });

  it('holds for software too: none is brought here for others', async () => {
    const lending = await open();
    const supplied = { masterId: 'm1', owner: APPLICANT.owner, url: 'slapgrid:memcached' };
    expect(lending.softwareRefusal(supplied)).toMatchObject({ code: 'lending-software' });
    expect(lending.softwareRefusal({ ...supplied, owner: { kind: 'me', name: 'ana' } })).toBeNull();
    await lending.setSharing('people');
    expect(lending.softwareRefusal(supplied)).toBeNull();
  });
});

describe('how many', () => {
  const applicant = (partitionId: string): Applicant => ({ ...APPLICANT, partitionId });
  const refusals = (lending: Lending, ...ids: string[]): (string | undefined)[] =>
    ids.map((id) => lending.refusal(applicant(id))?.code);

  it('partitions there may be is as many as were lent; who came first stays when it gets less', async () => {
    const lending = await open();
    await lending.setSharing('people');
    expect(refusals(lending, 'slappart12', 'slappart10', 'slappart11')).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    let told = 0;
    lending.onAdmission(() => (told += 1));
    await lending.setMostPartitions(2);
    expect(told).toBe(1);
    expect(refusals(lending, 'slappart10', 'slappart11', 'slappart12', 'slappart13')).toEqual([
      undefined,
      'lending-partitions',
      undefined,
      'lending-partitions',
    ]);
    expect(store.lending.mostPartitions).toBe(2);
    store.setPartition({ ...hosted('cache'), id: 'slappart12' });
    store.removePartition('slappart12');
    expect(refusals(lending, 'slappart13', 'slappart11')).toEqual([undefined, 'lending-partitions']);
    await lending.setMostPartitions(null);
    expect(refusals(lending, 'slappart11')).toEqual([undefined]);
  });

  it('and who came first, is known to the next agent', async () => {
    const first = await open();
    await first.setSharing('people');
    refusals(first, 'slappart11', 'slappart10');
    await first.setMostPartitions(1);
    await first.close();
    expect(refusals(await open(), 'slappart10', 'slappart11')).toEqual(['lending-partitions', undefined]);
  });
});

describe('where it is reached', () => {
  it('is kept, written down, and only an address of this computer', async () => {
    const first = await open();
    const [own] = first.doors.addressesOf(APPLICANT.owner);
    expect(own).toBeUndefined();
    await expect(first.setDoorAddresses(['0.0.0.0'])).rejects.toMatchObject({ code: 'door-address-unknown' });
    await first.setDoorAddresses([OWN, OWN]);
    expect(store.lending).toMatchObject({
      doorAddresses: [OWN],
      ownAddresses: [{ address: OWN, interface: 'eth0' }],
    });
    expect(await kinds(first)).toEqual(['doors']);
    await first.close();
    const second = await open();
    expect(second.doors.addressesOf(APPLICANT.owner)).toEqual([OWN]);
  });
});

describe('what a person decides', () => {
  it('beyond the verdict is refused with what is missing, and changes nothing', async () => {
    machine = { disk: 'watched', freeze: 'none' };
    const lending = await open();
    const refusal = await refusedSharing(lending, 'everyone');
    expect(refusal.code).toBe('sharing-refused');
    expect(refusal.message).toContain('disk limit, holding still');
    expect(store.lending.sharing).toBe('me');
    await lending.setSharing('people');
    expect(store.lending.sharing).toBe('people');
  });

  it('is judged by the machine as it is now', async () => {
    machine = { memory: 'none' };
    const lending = await open();
    expect((await refusedSharing(lending, 'people')).code).toBe('sharing-refused');
    machine = {};
    await lending.setSharing('people');
    expect(store.lending).toMatchObject({ sharing: 'people', verdict: 'everyone' });
  });

  it('may always be narrower, whatever the machine', async () => {
    machine = { isolation: 'none' };
    const lending = await open();
    await lending.setSharing('nobody');
    await lending.setSharing('me');
    expect(store.lending).toMatchObject({ sharing: 'me', verdict: 'nobody' });
  });

  it('is kept', async () => {
    const lending = await open();
    const limits = { ...DEFAULT_LIMITS, together: { ...DEFAULT_LIMITS.together, cpus: 0.5 } };
    limits.each = { ...limits.each, cpus: 0.5 };
    await lending.setSharing('people');
    await lending.setLimits(limits);
    await lending.setEgress('none');
    expect(applied).toEqual([limits]);
    await lending.close();
    await open();
    expect(store.lending).toMatchObject({ sharing: 'people', limits, egress: 'none' });
  });

  it('about limits is refused before anything is applied', async () => {
    const lending = await open();
    const absurd = { ...DEFAULT_LIMITS, together: { ...DEFAULT_LIMITS.together, cpus: 64 } };
    await expect(lending.setLimits(absurd)).rejects.toMatchObject({ code: 'limit-invalid' });
    expect(applied).toEqual([]);
    expect(store.lending.limits).toEqual(DEFAULT_LIMITS);
  });

  it('about the network is refused where there are no rules', async () => {
    machine = { egress: 'none' };
    const lending = await open();
    await expect(lending.setEgress('everything')).rejects.toMatchObject({ code: 'egress-unavailable' });
    await lending.setEgress('none');
    expect(store.lending.egress).toBe('none');
  });

  it.each(['', '{"schema":1,"sharing":"world"}', '{"schema":2}', 'null', '{"sha'])(
    'that cannot be read (%j) is nobody, and a notice until they decide again',
    async (content) => {
      await writeFile(path.join(folder, 'lending.json'), content);
      const lending = await open();
      expect(store.lending).toMatchObject({ sharing: 'nobody', egress: 'none', limits: DEFAULT_LIMITS });
      expect(store.snapshot().agent.notices).toMatchObject([{ id: 'lending', code: 'lending-damaged' }]);
      expect(lending.refusal(APPLICANT)).toMatchObject({ code: 'lending-sharing' });
      await lending.setSharing('people');
      expect(store.snapshot().agent.notices).toEqual([]);
      expect(lending.refusal(APPLICANT)).toBeNull();
    },
  );
});

describe('what was decided', () => {
  it('is written down once, however often it is asked', async () => {
    const lending = await open();
    lending.refusal(APPLICANT);
    lending.refusal(APPLICANT);
    await lending.setSharing('people');
    lending.refusal(APPLICANT);
    lending.refusal(APPLICANT);
    await lending.setSharing('me');
    lending.refusal(APPLICANT);
    expect(await kinds(lending)).toEqual(['refused', 'sharing', 'accepted', 'sharing', 'refused']);
  });

  it('is not written down again by the next agent', async () => {
    const first = await open();
    await first.setSharing('people');
    first.refusal(APPLICANT);
    await first.close();
    const second = await open();
    expect(second.refusal(APPLICANT)).toBeNull();
    expect(await kinds(second)).toEqual(['sharing', 'accepted']);
  });

  it('ends with the instance', async () => {
    const lending = await open();
    await lending.setSharing('people');
    lending.refusal(APPLICANT);
    store.setPartition(hosted('cache'));
    store.removePartition('slappart10');
    expect(await kinds(lending)).toEqual(['sharing', 'accepted', 'ended']);
    lending.refusal(APPLICANT);
    expect((await kinds(lending)).at(-1)).toBe('accepted');
  });

  it('about limits is a sentence for each that differs, and none where nothing does', async () => {
    const lending = await open();
    const { together, each } = store.lending.limits;
    await lending.setLimits({
      together: { ...together, cpus: 0.5 },
      each: { ...each, cpus: 0.5, ports: null },
    });
    await lending.setLimits(store.lending.limits);
    await lending.setMostPartitions(2);
    await lending.setMostPartitions(2);
    await lending.setMostPartitions(1);
    await lending.setMostPartitions(null);
    expect(
      (await lending.audit(100)).map(({ kind, sentence }) => `${kind}: ${sentence}`).toReversed(),
    ).toEqual([
      'limits: The limit of processors for all partitions together is 0.5 from now on, and was 1.',
      'limits: The limit of processors for each partition is 0.5 from now on, and was 1.',
      'limits: The limit of published ports for each partition is none from now on, and was 10.',
      'limits: From now on 2 partitions are lent, and no more.',
      'limits: From now on one partition is lent, and no more.',
      'limits: From now on as many partitions are lent as masters were told of.',
    ]);
  });

  it.each([0, -1, 1.5])('is never to lend %s partitions', async (most) => {
    const lending = await open();
    await expect(lending.setMostPartitions(most)).rejects.toMatchObject({ code: 'limit-invalid' });
    expect(store.lending.mostPartitions).toBeNull();
    expect(await lending.audit(100)).toEqual([]);
  });

  it('shows names of strangers safely, one line each', async () => {
    const lending = await open();
    lending.refusal({ ...APPLICANT, instance: 'a\u001b[2J\nb' });
    const [entry] = await lending.audit(1);
    expect(entry?.sentence).toContain('a\\u{1b}[2J\\u{a}b');
    expect(entry).toMatchObject({ kind: 'refused', master: 'm1', partition: 'slappart10' });
    expect(await readFile(path.join(folder, 'audit.log'), 'latin1')).not.toContain('\u001b');
  });

  it('is written down once, too, where another part refuses: nothing new while it finishes', async () => {
    const lending = await open();
    await lending.setSharing('people');
    const finishing = new SlapgridError('finishing');
    const software = { masterId: 'm1', owner: APPLICANT.owner, url: 'slapgrid:memcached' };
    for (let look = 0; look < 3; look += 1) {
      expect(lending.refusal(APPLICANT, finishing)).toBe(finishing);
      expect(lending.softwareRefusal(software, finishing)).toBe(finishing);
    }
    const [ofSoftware, ofInstance] = await lending.audit(2);
    expect(ofSoftware?.sentence).toMatch(/^“slapgrid:memcached” of .*: This computer takes nothing new now/u);
    expect(ofInstance).toMatchObject({ kind: 'refused', partition: 'slappart10' });
    expect(await kinds(lending)).toEqual(['sharing', 'refused', 'refused']);
    expect(lending.refusal(APPLICANT)).toBeNull();
    expect(lending.softwareRefusal(software)).toBeNull();
    expect(lending.softwareRefusal(software, finishing)).toBe(finishing);
    expect(await kinds(lending)).toEqual(['sharing', 'refused', 'refused', 'accepted', 'refused']);
  });

  it('takes what other parts decided', async () => {
    const lending = await open();
    lending.record('paused', 'Paused: on battery.');
    expect(await lending.audit(1)).toMatchObject([{ kind: 'paused', sentence: 'Paused: on battery.' }]);
  });
});

describe('what others use', () => {
  const usage = { cpu: 0.5, memoryBytes: 1e6, diskBytes: 2e6, processes: 3 };

  it('is the sum of what is hosted, told at most every five seconds and only when it differs', async () => {
    await open();
    const own = readyInstance({ owner: { kind: 'me', name: 'ana' } });
    store.setPartition({ id: 'slappart0', master: LOCAL_MASTER, address: '127.0.1.1', instance: own });
    store.setPartition(hosted('cache'));
    store.setUsage('2026-11-22T14:00:00.000Z', { slappart0: usage, slappart10: usage });
    expect(store.lending.used.partitions).toBe(0);
    clock.pass(5000);
    expect(store.lending.used).toEqual({
      cpus: 0.5,
      memoryBytes: 1e6,
      diskBytes: 2e6,
      processes: 3,
      partitions: 1,
      files: 12,
      ports: 1,
      most: { files: 12, ports: 1 },
    });
    const { revision } = store.snapshot();
    clock.pass(60_000);
    expect(store.snapshot().revision).toBe(revision);
  });
});
