import { readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SlapgridError } from '../../../agent/errors.ts';
import { StandInMaster } from '../../fakes/slap-master/master.ts';
import { JoiningComputer, wishes, type Joining } from './joining.ts';

let master: StandInMaster;
let computer: JoiningComputer;
let joined: Joining;
let id: string;
beforeEach(async () => {
  master = await StandInMaster.start();
  computer = new JoiningComputer();
  joined = await computer.start();
  ({ id } = await joined.account.registerNode(await wishes(joined.account, master)));
});
afterEach(async () => {
  await master.close();
  computer.remove();
});

describe('leaving a master', () => {
  it('ends what works for it, and forgets its keys last', async () => {
    const { account, nodes, store } = joined;
    const gone = Promise.withResolvers<void>();
    nodes.untilGone = gone.promise;
    await account.leaveMaster({ id, force: false });
    expect(nodes.left).toEqual([{ id, force: false }]);
    expect(await computer.kept()).toHaveProperty('ID/key');
    gone.resolve();
    await expect.poll(() => computer.kept()).toEqual({});
    await expect.poll(() => store.snapshot().masters).toEqual([]);
    expect(joined.faults).toEqual([]);
  });

  it('asks once, however often a person asks', async () => {
    const { account, nodes } = joined;
    nodes.untilGone = new Promise(() => {});
    await account.leaveMaster({ id, force: false });
    await account.leaveMaster({ id, force: false });
    expect(nodes.left).toHaveLength(1);
    await account.leaveMaster({ id, force: true });
    expect(nodes.left.map(({ force }) => force)).toEqual([false, true]);
  });

  it('goes on with the next start', async () => {
    joined.nodes.untilTold = new Promise(() => {});
    await joined.account.leaveMaster({ id, force: true });
    const next = await computer.start();
    expect(next.nodes.left).toEqual([{ id, force: true }]);
    await expect.poll(() => computer.kept()).toEqual({});
  });

  it('is refused when the master cannot be told, unless it is forced', async () => {
    const { account, nodes } = joined;
    await master.disappear();
    await expect(account.leaveMaster({ id, force: false })).rejects.toMatchObject({
      code: 'master-unreachable',
    });
    expect(nodes.left).toEqual([]);
    await account.leaveMaster({ id, force: true });
    await expect.poll(() => computer.kept()).toEqual({});
    await master.comeBack();
  });

  it.each([
    ['a certificate that is not trusted', () => master.show('expired'), 'its certificate is not trusted'],
    [
      'a master that does not know it any more',
      () => master.registration.computers.clear(),
      'it does not accept this computer any more',
    ],
  ])('is refused by %s', async (_what, spoil, why) => {
    spoil();
    await expect(joined.account.leaveMaster({ id, force: false })).rejects.toMatchObject({
      code: 'master-unreachable',
      parameters: { why },
    });
  });

  it('keeps that it has begun before anything is destroyed', async () => {
    joined.nodes.untilGone = new Promise(() => {});
    await joined.account.leaveMaster({ id, force: false });
    const record = path.join(computer.paths.masters, id, 'master.json');
    await expect
      .poll(async () => JSON.parse(await readFile(record, 'utf8')).leaving)
      .toEqual({
        force: false,
        isBegun: true,
      });
    const next = await computer.start();
    expect(next.nodes.left).toEqual([{ id, force: false, isBegun: true }]);
  });

  it('is cancelled before, for good', async () => {
    const { account, nodes } = joined;
    nodes.untilTold = new Promise(() => {});
    await account.leaveMaster({ id, force: false });
    await account.stayWithMaster(id);
    expect(nodes.stayed).toEqual([id]);
    expect((await computer.start()).nodes.left).toEqual([]);
    await account.stayWithMaster(id);
    expect(nodes.stayed).toEqual([id]);
  });

  it('goes on when it is too late to cancel it', async () => {
    const { account, nodes } = joined;
    nodes.untilGone = new Promise(() => {});
    nodes.failures.stay = new SlapgridError('leaving-too-late', { master: 'x' });
    await account.leaveMaster({ id, force: false });
    await expect(account.stayWithMaster(id)).rejects.toMatchObject({ code: 'leaving-too-late' });
    expect((await computer.start()).nodes.left).toMatchObject([{ id }]);
  });

  it('lets it be joined again', async () => {
    const { account, store } = joined;
    await account.leaveMaster({ id, force: false });
    await expect.poll(() => store.snapshot().masters).toEqual([]);
    const again = await account.registerNode(await wishes(account, master, { name: 'again' }));
    expect(again.id).not.toBe(id);
  });
});

describe('a joined master', () => {
  it('is asked now', async () => {
    await joined.account.askMaster(id);
    expect(joined.nodes.asked).toEqual([id]);
  });

  it.each([
    ['ask', (unknown: string) => joined.account.askMaster(unknown)],
    ['stay with', (unknown: string) => joined.account.stayWithMaster(unknown)],
    ['leave', (unknown: string) => joined.account.leaveMaster({ id: unknown, force: true })],
  ])('must be one to %s', async (_what, call) => {
    for (const unknown of ['nobody', '../../private', '']) {
      await expect(call(unknown)).rejects.toMatchObject({ code: 'unknown-master' });
    }
  });

  it('whose record is damaged is shown and left alone, and nothing takes its partitions', async () => {
    const file = path.join(computer.paths.masters, id, 'master.json');
    await writeFile(file, '{"schema":1,');
    const { account, nodes, store } = await computer.start();
    expect(nodes.masters.size).toBe(0);
    expect(store.snapshot().agent.notices).toMatchObject([{ code: 'master-records-damaged' }]);
    // Of an unreadable record nothing but its folder is known.
    expect(store.snapshot().masters).toMatchObject([
      { id, title: id, state: 'aside', computerId: '', error: { code: 'master-records-damaged' } },
    ]);
    const input = await wishes(account, master, { name: 'another' });
    await expect(account.registerNode(input)).rejects.toMatchObject({ code: 'master-records-damaged' });
    expect(await computer.kept()).toHaveProperty('ID/key');
  });

  it('is not worked for in partitions that this computer took for itself', async () => {
    const { nodes, store } = await computer.start({ localPartitions: 11 });
    expect(nodes.masters.size).toBe(0);
    expect(store.snapshot().masters).toMatchObject([
      { id, state: 'aside', partitionAmount: 10, error: { code: 'partitions-overlap' } },
    ]);
    expect(store.snapshot().agent.notices).toMatchObject([
      { code: 'partitions-overlap', nextStep: expect.stringContaining('back to 10 or less') },
    ]);
    expect((await computer.start()).nodes.masters.size).toBe(1);
  });

  it('that a kill left half made is gone with the next start', async () => {
    await rename(path.join(computer.paths.masters, id), path.join(computer.paths.masters, `.joining-${id}`));
    const { nodes } = await computer.start();
    expect(nodes.masters.size).toBe(0);
    expect(await computer.kept()).toEqual({});
  });
});

describe('the mode', () => {
  it('is remembered, and told to what works for the masters before they are added', async () => {
    await joined.account.setMode('local');
    expect(joined.nodes.mode).toBe('local');
    expect(joined.store.snapshot().agent.mode).toBe('local');
    const next = await computer.start();
    expect(next.nodes.mode).toBe('local');
    expect(next.store.snapshot().masters).toMatchObject([{ id, state: 'paused' }]);
    await next.account.setMode('shared');
    expect((await computer.start()).nodes.mode).toBe('shared');
  });
});
