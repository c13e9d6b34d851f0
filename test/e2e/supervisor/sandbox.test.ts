/** Units whose payload runs in bubblewrap, below bwrap's own init. */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { ExitRecord, Supervisor, UnitStatus } from '../../../agent/supervisor/types.ts';
import { eventually } from './eventually.ts';
import {
  argumentsOf,
  descriptorsOf,
  meaningful,
  isLiving,
  killAll,
  parentOf,
  statusLine,
  treeOf,
  uidsOf,
} from './processes.ts';
import { type Workshop, identity, sandboxShell, workshop } from './workshop.ts';

type Running = Extract<UnitStatus, { state: 'running' }>;

/** Needs 300 ms to end well, like a database that writes its last pages; another signal meanwhile does not hurry it. */
const CLEAN = `trap 'trap : TERM; sleep 0.3 & wait $!; wait $!; : >/data/clean; exit 5' TERM
: >/data/ready; while :; do sleep 0.01; done`;

async function start(
  place: Workshop,
  supervisor: Supervisor,
  script: string,
  restart = false,
): Promise<Running> {
  const status = await supervisor.ensure(place.unit('a', sandboxShell(place.data, script), { restart }));
  if (status.state !== 'running') throw new Error(JSON.stringify(status));
  await eventually(() => readdirSync(place.data).includes('ready'));
  return status;
}

async function stopped(supervisor: Supervisor): Promise<ExitRecord> {
  return eventually(() => {
    const status = supervisor.status('slappart0/a');
    return status?.state === 'stopped' ? status.lastExit : null;
  });
}

test('the payload is the first child of the sandbox’s init', async () => {
  const place = workshop();
  const { shimPid, payloadPid } = await start(place, place.supervisor(), CLEAN);
  expect(argumentsOf(payloadPid).slice(0, 2)).toEqual(['/bin/sh', '-c']);
  expect(parentOf(parentOf(parentOf(payloadPid)))).toBe(shimPid);
});

test('it is asked to stop and ends cleanly', async () => {
  const place = workshop();
  const supervisor = place.supervisor();
  await start(place, supervisor, CLEAN);
  expect(await supervisor.stop('slappart0/a')).toMatchObject({ status: 5, requested: true });
  expect(readdirSync(place.data)).toContain('clean');
});

test('SIGTERM to every process at once still lets the payload end cleanly; nobody had asked for it', async () => {
  const place = workshop();
  const supervisor = place.supervisor();
  const { shimPid } = await start(place, supervisor, CLEAN);
  const tree = treeOf(shimPid);
  killAll(tree, 'SIGTERM');
  expect(await stopped(supervisor)).toMatchObject({ status: 5, requested: false });
  expect(readdirSync(place.data)).toContain('clean');
  expect(tree.filter(isLiving)).toEqual([]);
});

test.each(['SIGHUP', 'SIGINT'] as const)(
  '%s to every process at once ends the payload only',
  async (signal) => {
    const place = workshop();
    const supervisor = place.supervisor();
    const script = `trap ': >/data/clean; exit 6' ${signal.slice(3)}; : >/data/ready; while :; do sleep 0.01; done`;
    const { shimPid } = await start(place, supervisor, script);
    killAll(treeOf(shimPid), signal);
    expect(await stopped(supervisor)).toMatchObject({ status: 6, requested: false });
    expect(readdirSync(place.data)).toContain('clean');
  },
);

test('a stop asked while SIGTERM hits every process is recorded as asked', async () => {
  const place = workshop();
  const supervisor = place.supervisor();
  const { shimPid } = await start(place, supervisor, CLEAN);
  const stopping = supervisor.stop('slappart0/a');
  await eventually(() => readdirSync(path.join(place.run, 'a')).includes('stop.json'));
  killAll(treeOf(shimPid), 'SIGTERM');
  expect(await stopping).toMatchObject({ status: 5, requested: true });
  expect(readFileSync(path.join(place.run, 'a', 'exit.json'), 'utf8')).toContain('"requested":true');
  expect(readdirSync(place.data)).toContain('clean');
});

test('one wish gives the payload one signal, however often the shim is told', async () => {
  const place = workshop();
  const supervisor = place.supervisor();
  const script = `count=0; trap 'count=$((count + 1)); echo $count >/data/count' TERM; : >/data/ready
while [ ! -e /data/enough ]; do sleep 0.01; done; exit 4`;
  const { shimPid } = await start(place, supervisor, script);
  const stopping = supervisor.stop('slappart0/a');
  await eventually(() => readdirSync(place.data).includes('count'));
  killAll([shimPid], 'SIGTERM');
  // The shim has no signal pending once it has taken the second.
  await eventually(() => /^0+$/u.test(statusLine(shimPid, 'ShdPnd')));
  killAll([shimPid], 'SIGTERM');
  await eventually(() => /^0+$/u.test(statusLine(shimPid, 'ShdPnd')));
  writeFileSync(path.join(place.data, 'enough'), '');
  expect(await stopping).toMatchObject({ status: 4 });
  expect(readFileSync(path.join(place.data, 'count'), 'utf8')).toBe('1\n');
});

test('a payload that does not follow is killed, and the sandbox with it', async () => {
  const place = workshop();
  const supervisor = place.supervisor();
  const spec = place.unit(
    'a',
    sandboxShell(place.data, `trap : TERM; sleep 1000 & : >/data/ready; while :; do wait; done`),
    {
      stop: { signal: 'SIGTERM', timeoutSeconds: 0.2 },
    },
  );
  const status = await supervisor.ensure(spec);
  await eventually(() => readdirSync(place.data).includes('ready'));
  const tree = treeOf(status.state === 'running' ? status.shimPid : 0);
  expect(await supervisor.stop(spec.id)).toMatchObject({ status: 137, requested: true });
  expect(tree.filter(isLiving)).toEqual([]);
});

test('SIGKILL of the shim takes the whole sandbox with it, and it is told', async () => {
  const place = workshop();
  const supervisor = place.supervisor();
  const { shimPid } = await start(place, supervisor, CLEAN);
  const tree = treeOf(shimPid);
  expect(tree.length).toBeGreaterThanOrEqual(4);
  killAll([shimPid]);
  expect(await stopped(supervisor)).toMatchObject({ status: 137, requested: false });
  expect(tree.filter(isLiving)).toEqual([]);
});

test('SIGKILL of the shim of one that is to run starts it again', async () => {
  const place = workshop();
  const supervisor = place.supervisor({ backoff: { delay: () => 10, goodAfter: 60_000 } });
  const first = await start(place, supervisor, CLEAN, true);
  killAll([first.shimPid]);
  const second = await eventually(() => {
    const status = supervisor.status('slappart0/a');
    return status?.state === 'running' && status.shimPid !== first.shimPid ? status : null;
  });
  expect(second.restarts).toBe(1);
  expect(isLiving(first.payloadPid)).toBe(false);
});

test.each(Array.from({ length: 8 }, (_, index) => index))(
  'a SIGTERM during the start of the sandbox is not lost (%i)',
  async (moment) => {
    const place = workshop();
    const supervisor = place.supervisor();
    const ensured = supervisor.ensure(
      place.unit('a', sandboxShell(place.data, 'trap "exit 5" TERM; while :; do sleep 0.01; done')),
    );
    const shimPid = await eventually(() => {
      const match = /"shim":\{"pid":(\d+)/u.exec(readIfThere(path.join(place.run, 'a', 'state.json')));
      return match === null ? null : Number(match[1]);
    });
    await pause(moment * 3);
    killAll([shimPid], 'SIGTERM');
    await ensured;
    const exit = await stopped(supervisor);
    // By the payload itself, or before it had said what to do at SIGTERM.
    expect([5, 143]).toContain(exit.status);
  },
);

function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

test('inside, nothing is inherited but output and the ordinary signals; outside, nobody is root', async () => {
  const place = workshop();
  const { shimPid, payloadPid } = await start(
    place,
    place.supervisor(),
    ': >/data/ready; exec sleep infinity',
  );
  await eventually(() => statusLine(payloadPid, 'Name') === 'sleep');
  expect(statusLine(payloadPid, 'SigIgn')).toBe('0000000000000000');
  // The loader has some files open until the program begins.
  await eventually(() => Object.keys(meaningful(descriptorsOf(payloadPid))).length === 0);
  for (const pid of treeOf(shimPid)) expect(new Set(uidsOf(pid))).toEqual(new Set([identity.uid]));
});
