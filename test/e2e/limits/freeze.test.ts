/** Partitions held still: by the kernel where root has control groups, by signals everywhere. */
import { describe, expect, it } from 'vitest';
import { eventually } from '../supervisor/eventually.ts';
import { isLiving } from '../supervisor/processes.ts';
import { groupsHere, hosting, legacyGroupsHere, type HostedPartition } from './hosting.ts';

/** What is hosted gives way to whatever else a machine has to do, so it would be long until it has used anything. */
const OWN = { isHosted: false };

const SPIN = ['/usr/bin/perl', '-e', '1 while 1'];
/** Begins ever new ones and ends, so that nobody lives for long. */
const RELAY = ['/usr/bin/perl', '-e', 'if (!fork()) { while (1) { exit if fork(); } } sleep 1000'];
const DEAF = ['/usr/bin/perl', '-e', '$SIG{$_} = "IGNORE" for qw(TERM INT QUIT HUP TSTP CONT); 1 while 1'];

/** Seconds: what a process still does of the call of the kernel in which it is held, and the rounding of the clock. */
const LAST_STEPS = 0.05;

const groups = await groupsHere();
const legacy = await legacyGroupsHere();

const WAYS = [
  { way: 'by signals', backend: null },
  ...(groups === null ? [] : [{ way: 'by the kernel', backend: groups }]),
  ...(legacy === null ? [] : [{ way: 'by the freezer of version 1', backend: legacy }]),
];

/** Waits until the partition has used so much more than now. */
async function uses(partition: HostedPartition, seconds: number): Promise<void> {
  const before = partition.cpuSeconds();
  await eventually(() => partition.cpuSeconds() >= before + seconds);
}

describe.each(WAYS)('$way', ({ backend }) => {
  it('uses no processor while it is frozen, and its neighbour goes on', async () => {
    const { limits, partition } = hosting(backend);
    const held = await partition('slappart1', OWN);
    await held.start('one', ...SPIN);
    await held.start('two', '/bin/sh', '-c', 'while :; do /bin/true; done');
    const neighbour = await partition('slappart2', OWN);
    await neighbour.start('one', ...SPIN);
    await uses(held, 0.1);
    expect(await limits.freeze('slappart1')).toBe(true);
    expect(limits.isFrozen('slappart1')).toBe(true);
    const before = held.cpuSeconds();
    await uses(neighbour, 0.5);
    expect(held.cpuSeconds()).toBeLessThan(before + LAST_STEPS);
    expect(limits.isFrozen('slappart2')).toBe(false);
    await limits.thaw('slappart1');
    expect(limits.isFrozen('slappart1')).toBe(false);
    await uses(held, 0.1);
  });

  it('gets what ends as soon as it began another', async () => {
    const { limits, partition } = hosting(backend);
    const held = await partition('slappart1', OWN);
    await held.start('relay', ...RELAY);
    const begun = held.pids().join();
    await eventually(() => held.pids().join() !== begun);
    expect(await limits.freeze('slappart1')).toBe(true);
    const { cpuSeconds, pids } = held;
    const [before, members] = [cpuSeconds(), pids()];
    const neighbour = await partition('slappart2', OWN);
    await neighbour.start('one', ...SPIN);
    await uses(neighbour, 0.3);
    expect(pids()).toEqual(members);
    expect(cpuSeconds()).toBeLessThan(before + LAST_STEPS);
  });

  it('may be asked twice, and of one that does not run', async () => {
    const { limits, partition } = hosting(backend);
    const held = await partition('slappart1', OWN);
    await held.start('one', ...SPIN);
    expect(await limits.freeze('slappart1')).toBe(true);
    expect(await limits.freeze('slappart1')).toBe(true);
    await limits.thaw('slappart1');
    await limits.thaw('slappart1');
    await uses(held, 0.1);
    await limits.thaw('slappart9');
    expect(limits.isFrozen('slappart9')).toBe(false);
  });

  it('is known to the next agent, which lets it go on', async () => {
    const { limits, partition, next } = hosting(backend);
    const held = await partition('slappart1', OWN);
    await held.start('one', ...SPIN);
    await limits.freeze('slappart1');
    const { limits: later } = await next();
    expect(later.isFrozen('slappart1')).toBe(true);
    await later.thaw('slappart1');
    expect(later.isFrozen('slappart1')).toBe(false);
    await uses(held, 0.1);
  });

  it('ends though it is frozen and ignores every signal', async () => {
    const { limits, partition } = hosting(backend);
    const held = await partition('slappart1', OWN);
    await held.start('deaf', ...DEAF);
    await uses(held, 0.05);
    await limits.freeze('slappart1');
    const members = held.pids();
    // What the freezer of version 1 holds dies when it is let go, so the group is killed first.
    await limits.kill('slappart1');
    await held.stop();
    expect(members.filter(isLiving)).toEqual([]);
  });

  it('ends at once as its software wants it when it is let go first', async () => {
    const { limits, partition, supervisor } = hosting(backend);
    const held = await partition('slappart1', OWN);
    await held.start('polite', '/bin/sh', '-c', 'trap "exit 5" TERM; while :; do :; done');
    await uses(held, 0.05);
    await limits.freeze('slappart1');
    await limits.thaw('slappart1');
    expect(await supervisor.stop('slappart1/polite')).toMatchObject({ status: 5, requested: true });
  });

  it('holds still what is started in it meanwhile', async () => {
    const { limits, partition } = hosting(backend);
    const held = await partition('slappart1', OWN);
    await limits.freeze('slappart1');
    const late = held.start('late', ...SPIN).catch((error: unknown) => error);
    const neighbour = await partition('slappart2', OWN);
    await neighbour.start('one', ...SPIN);
    await uses(neighbour, 0.2);
    if (backend !== null) expect(held.cpuSeconds()).toBeLessThan(0.2);
    await limits.thaw('slappart1');
    await late;
    await uses(held, 0.1);
  });
});
