/** Real fillers of a disk, watched as the agent watches them: with control groups or without. */
import { statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { describe, expect, it } from 'vitest';
import type { LendingLimits, Limits } from '../../../agent/api/contract-lending.ts';
import { eventually } from '../supervisor/eventually.ts';
import { isLiving } from '../supervisor/processes.ts';
import { groupsHere, hosting, NO_LIMITS, UNLIMITED, type Hosting } from './hosting.ts';

const MEGABYTE = 1_000_000;
/** Four megabytes at a time, as fast as the disk takes them, up to a bound that no test reaches. */
const FILL =
  'i=0; while [ $i -lt 400 ]; do head -c 4000000 /dev/zero >"/srv/data/$i"; i=$((i + 1)); sleep 0.02; done; sleep 1000';
/** A million of them, fifty in five milliseconds. */
const FILES =
  'mkdir -p many; cd many; perl -e \'for (1..1000000) { open my $f, ">", $_ or die; ' +
  "select undef, undef, undef, 0.005 unless $_ % 50 }'; sleep 1000";

/**
 * Within seconds, as a rule. What others delete on the same file system at that moment hides what a partition takes, and then it is
 * measured once a minute.
 */
const NOTICED_MILLISECONDS = 90_000;

const each = (limits: Partial<Limits>): LendingLimits => ({
  ...UNLIMITED,
  each: { ...NO_LIMITS, ...limits },
});

const groups = await groupsHere();

/** What was told, as `partition code`; the partition is stopped as the grid stops it. */
function follow({ limits, supervisor }: Hosting): string[] {
  const told: string[] = [];
  limits.follow({
    exceeded: (id, error) => {
      told.push(`${id} ${error.code}`);
      void stop(id);
    },
    fits: (id) => told.push(`${id} fits`),
  });
  const stop = async (id: string): Promise<void> => {
    await limits.thaw(id);
    for (const unit of supervisor.list()) if (unit.id.startsWith(`${id}/`)) await supervisor.stop(unit.id);
  };
  return told;
}

describe.each([
  { way: 'without control groups', backend: null },
  ...(groups === null ? [] : [{ way: 'with control groups', backend: groups }]),
])('$way', ({ backend }) => {
  it('stops a filler of the disk by name, while the others go on', async () => {
    const host = hosting(backend, each({ diskBytes: 40 * MEGABYTE }));
    const told = follow(host);
    const filler = await host.partition('slappart1');
    const neighbour = await host.partition('slappart2');
    const living = await neighbour.start('one', '/bin/sh', '-c', 'echo mine >/srv/data/file; sleep 1000');
    await filler.start('fill', '/bin/sh', '-c', FILL);
    await eventually(() => told.length > 0, NOTICED_MILLISECONDS);
    expect(told).toEqual(['slappart1 disk-limit']);
    await eventually(() => filler.pids().length === 0);
    expect(isLiving(living.payloadPid)).toBe(true);
    expect(await neighbour.run('/bin/cat', '/srv/data/file')).toBe('mine');
    await expect(host.limits.ensure('slappart1', true)).rejects.toMatchObject({ code: 'disk-limit' });
  });

  it('stops who makes a million files, however little is in them', async () => {
    const host = hosting(backend, each({ files: 5000 }));
    const told = follow(host);
    const filler = await host.partition('slappart1');
    await filler.start('files', '/bin/sh', '-c', FILES);
    await eventually(() => told.length > 0, NOTICED_MILLISECONDS);
    expect(told).toEqual(['slappart1 disk-limit']);
    await eventually(() => filler.pids().length === 0);
  });

  it('lets it go on when it may have more', async () => {
    const host = hosting(backend, each({ diskBytes: 20 * MEGABYTE }));
    const told = follow(host);
    const filler = await host.partition('slappart1');
    await filler.start('fill', '/bin/sh', '-c', 'head -c 30000000 /dev/zero >/srv/data/file; sleep 1000');
    await eventually(() => told.length > 0, NOTICED_MILLISECONDS);
    await host.limits.apply(UNLIMITED);
    expect(told).toEqual(['slappart1 disk-limit', 'slappart1 fits']);
    await host.limits.ensure('slappart1', true);
  });

  it('stops who takes what is reserved, and nobody else', async () => {
    let reserve = 0;
    const free = (): { bytes: number; files: number } => {
      const { bavail, bsize, ffree } = statfsSync(tmpdir());
      // As if so much of it were not there.
      return { bytes: bavail * bsize - reserve, files: ffree };
    };
    const host = hosting(backend, UNLIMITED, { free, reserveBytes: 50 * MEGABYTE });
    const told = follow(host);
    const neighbour = await host.partition('slappart2');
    const living = await neighbour.start('one', '/bin/sleep', '1000');
    const filler = await host.partition('slappart1');
    reserve = free().bytes - 120 * MEGABYTE;
    await filler.start('fill', '/bin/sh', '-c', FILL);
    await eventually(() => told.length > 0, NOTICED_MILLISECONDS);
    expect(told).toEqual(['slappart1 disk-reserve']);
    expect(isLiving(living.payloadPid)).toBe(true);
    await eventually(() => !host.limits.isFrozen('slappart2'));
  });
});
