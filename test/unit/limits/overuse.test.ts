/** What becomes of an instance that takes more than it may, in a grid on which nothing really runs. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { SlapgridError } from '../../../agent/errors.ts';
import { StandInMaster } from '../../fakes/slap-master/master.ts';
import { request, StandInComputer, until } from '../masters/computer.ts';

const TOO_MUCH = new SlapgridError('disk-limit', {
  scope: 'each',
  kind: 'bytes',
  used: '11 GB',
  limit: '10 GB',
});

let computer: StandInComputer;
let master: StandInMaster;

beforeEach(async () => {
  computer = await StandInComputer.start();
  master = await StandInMaster.start();
  await computer.masters.add(computer.join(master));
  await computer.masterIs('connected');
});
afterEach(async () => {
  await computer.stop();
  await master.close();
});

async function host(): Promise<void> {
  request(master, computer.release);
  await computer.nextTurn(master);
}

const exceeds = (partitionId: string): void => {
  for (const follower of computer.followers) follower.exceeded(partitionId, TOO_MUCH);
};

it('is let go, stopped, and named with what it did and what can be done', async () => {
  await host();
  await computer.instanceIs('started');
  computer.thawed.length = 0;
  exceeds('slappart10');
  await computer.instanceIs('failed');
  expect(computer.running).toEqual([]);
  expect(computer.thawed).toContain('slappart10');
  expect(computer.instance()?.error).toEqual({
    code: 'disk-limit',
    sentence:
      'It was stopped because its data takes 11 GB of the disk, and 10 GB is the limit. Nothing was deleted.',
    nextStep: 'Destroy it, or raise the limit under Lending and start it again.',
  });
});

it('does not try again by itself, and does when it may have more', async () => {
  await host();
  await computer.instanceIs('started');
  exceeds('slappart10');
  await computer.instanceIs('failed');
  computer.clock.pass(3_600_000);
  await computer.masters.settled();
  expect(computer.instance()?.state).toBe('failed');
  for (const follower of computer.followers) follower.fits('slappart10');
  await computer.instanceIs('started');
});

it('is no matter of other partitions', async () => {
  await host();
  await computer.instanceIs('started');
  exceeds('slappart11');
  exceeds('slappart0');
  await computer.masters.settled();
  expect(computer.instance()?.state).toBe('started');
});

it('is destroyed though it was stopped for it', async () => {
  await host();
  await computer.instanceIs('started');
  exceeds('slappart10');
  await computer.instanceIs('failed');
  request(master, computer.release, { state: 'destroyed' });
  await computer.nextTurn(master);
  await computer.instanceIs('free');
});

it('with more ports than it may publish is not started, and starts when it may', async () => {
  computer.portLimit = 0;
  await host();
  await computer.instanceIs('failed');
  expect(computer.instance()?.error?.code).toBe('port-limit');
  expect(computer.calls.started).toBe(0);
  computer.portLimit = 1;
  await until(
    async () => {
      computer.clock.pass(60_000);
      await computer.masters.settled();
      return computer.instance()?.state === 'started';
    },
    () => 'started',
  );
});
