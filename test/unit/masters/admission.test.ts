/** What a master asks for and this computer refuses. */
import { beforeEach, describe, expect, it } from 'vitest';
import { SlapgridError } from '../../../agent/errors.ts';
import type { StandInMaster } from '../../fakes/slap-master/master.ts';
import { request, type StandInComputer, told, until } from './computer.ts';
import { join, standIns } from './world.ts';

const SHARING = new SlapgridError('lending-sharing', { name: 'cache', master: 'the master', sharing: 'me' });
const VERDICT = new SlapgridError('lending-verdict', {
  name: 'cache',
  master: 'the master',
  missing: 'memory limit',
});

let computer: StandInComputer;
let master: StandInMaster;

beforeEach(async () => {
  ({ computer, master } = await standIns());
});

/** Decides anew. */
function decide(refusal: SlapgridError | null): void {
  computer.refusal = refusal;
  computer.masters.reconsider();
}

/** What the master was told of instances that failed. */
function errors(): string[] {
  return master.exchanges
    .filter(({ path }) => path === '/softwareInstanceError')
    .map(({ body }) => new URLSearchParams(body).get('error_log') ?? '');
}

describe('an instance that is refused', () => {
  beforeEach(async () => {
    computer.refusal = SHARING;
    await join(computer, master);
    master.proxy.supply(computer.release, 'COMP-10', 'available');
    request(master, computer.release);
    await computer.nextTurn(master);
    await computer.instanceIs('failed');
  });

  it('leaves nothing here: no software, no data, no process', async () => {
    expect(computer.calls).toMatchObject({ installed: 0, started: 0, ran: 0 });
    expect(await computer.filesIn(computer.data())).toEqual([]);
    expect(computer.running).toEqual([]);
  });

  it('says why, here and to the master', async () => {
    expect(computer.instance()?.error).toEqual(SHARING.toView());
    await until(
      () => errors().length > 0,
      () => 'the master was told',
    );
    expect(errors().join()).toContain('this computer is lent to its owner only');
    expect(computer.software(computer.release)).toMatchObject({ state: 'failed' });
  });

  it('is not tried again by itself', async () => {
    const before = told(master).length;
    computer.clock.pass(24 * 3_600_000);
    await computer.masters.settled();
    expect(computer.calls.installed).toBe(0);
    expect(told(master)).toHaveLength(before);
  });

  it('starts when it is admitted', async () => {
    decide(null);
    await computer.instanceIs('started');
    await until(
      () => computer.software(computer.release)?.state === 'available',
      () => 'the software is here',
    );
  });

  it('tells the new reason when the reason changed', async () => {
    decide(VERDICT);
    await until(
      () => computer.instance()?.error?.code === 'lending-verdict',
      () => JSON.stringify(computer.instance()),
    );
    expect(computer.calls.installed).toBe(0);
  });

  it('can be destroyed by its master', async () => {
    request(master, computer.release, { state: 'destroyed' });
    await computer.nextTurn(master);
    await computer.nextTurn(master);
    await computer.instanceIs('free');
  });

  it('is refused by the next agent as well', async () => {
    await computer.restartAgent();
    await join(computer, master);
    await computer.instanceIs('failed');
    expect(computer.calls.installed).toBe(0);
  });
});

describe('what already runs', () => {
  beforeEach(async () => {
    await join(computer, master);
    request(master, computer.release);
    await computer.nextTurn(master);
    await computer.instanceIs('started');
  });

  it('is stopped when lending is narrowed, and its data kept', async () => {
    expect(computer.running).not.toEqual([]);
    decide(SHARING);
    await computer.instanceIs('failed');
    expect(computer.running).toEqual([]);
    expect(computer.instance()?.error?.sentence).toContain('Data that it has here is kept.');
    decide(null);
    await computer.instanceIs('started');
    expect(computer.running).not.toEqual([]);
  });

  it('is stopped by an agent that begins with narrower lending, before its master says anything', async () => {
    computer.refusal = VERDICT;
    await computer.restartAgent();
    await computer.masters.add(computer.join(master));
    await computer.instanceIs('failed');
    expect(computer.running).toEqual([]);
  });

  it('is left alone when nothing changed for it', async () => {
    const { started, stopped } = computer.calls;
    decide(null);
    await computer.masters.settled();
    expect(computer.calls).toMatchObject({ started, stopped });
  });
});

it('a person’s own instance is never refused', async () => {
  computer.refusal = SHARING;
  const { proxy } = await computer.startLocal();
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
  await computer.instanceIs('started', 'slappart0');
});
