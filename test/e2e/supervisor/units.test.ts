/** Units whose payload is the shim's own child: real processes, no sandbox. */
import { readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { UnitStatus } from '../../../agent/supervisor/types.ts';
import { eventually } from './eventually.ts';
import { ManualClock } from './manual-clock.ts';
import {
  environmentOf,
  descriptorsOf,
  isLiving,
  killAll,
  meaningful,
  parentOf,
  statusLine,
  treeOf,
  uidsOf,
} from './processes.ts';
import { direct, directShell, identity, workshop } from './workshop.ts';

type Running = Extract<UnitStatus, { state: 'running' }>;

function running(status: UnitStatus | undefined): Running {
  if (status?.state !== 'running') throw new Error(`not running: ${JSON.stringify(status)}`);
  return status;
}

const FOREVER = direct('/bin/sleep', 'infinity');
/** Ends with status 7 when it gets its stop signal, and says when it is ready for it. */
const READY = `: >"$1/ready"; while :; do sleep 0.01; done`;

test('a unit runs below its shim, and asking again leaves it alone', async () => {
  const place = workshop();
  const supervisor = place.supervisor();
  const first = running(await supervisor.ensure(place.unit('a', FOREVER)));
  expect(parentOf(first.payloadPid)).toBe(first.shimPid);
  expect(await supervisor.ensure(place.unit('a', FOREVER))).toEqual(first);
  expect(supervisor.list()).toEqual([first]);
});

test('a new configuration stops it and starts it', async () => {
  const place = workshop();
  const supervisor = place.supervisor();
  const first = running(await supervisor.ensure(place.unit('a', FOREVER)));
  const second = running(await supervisor.ensure(place.unit('a', FOREVER, { configuration: 'two' })));
  expect(second.configuration).toBe('two');
  expect(second.payloadPid).not.toBe(first.payloadPid);
  expect(isLiving(first.payloadPid)).toBe(false);
});

test('its end is recorded with its status and told', async () => {
  const place = workshop();
  const supervisor = place.supervisor();
  const told: UnitStatus[] = [];
  supervisor.onChange((status) => told.push(status));
  await supervisor.ensure(place.unit('a', directShell('exit 9')));
  const last = await eventually(() => told.find((status) => status.state === 'stopped'));
  expect(last).toMatchObject({ id: 'slappart0/a', lastExit: { status: 9, requested: false } });
});

test('death by a signal is 128 and its number', async () => {
  const place = workshop();
  const supervisor = place.supervisor();
  const { payloadPid } = running(await supervisor.ensure(place.unit('a', FOREVER)));
  killAll([payloadPid], 'SIGSEGV');
  await eventually(() => supervisor.status('slappart0/a')?.state === 'stopped');
  expect(supervisor.status('slappart0/a')).toMatchObject({ lastExit: { status: 139, requested: false } });
});

test('one that dies is started again after a delay that grows, is told, and is forgotten after good running', async () => {
  const place = workshop();
  const clock = new ManualClock();
  const supervisor = place.supervisor({ clock });
  const spec = place.unit('a', FOREVER, { restart: true });
  let status = running(await supervisor.ensure(spec));

  const dies = async (): Promise<{ delay: number; restarts: number }> => {
    killAll([status.payloadPid]);
    const waiting = await eventually(() => {
      const now = supervisor.status(spec.id);
      return now?.state === 'restarting' ? now : null;
    });
    expect(waiting.lastExit).toMatchObject({ status: 137, requested: false });
    const delay = Date.parse(waiting.nextStartAt) - clock.now();
    // A reconcile meanwhile does not shorten it.
    expect(await supervisor.ensure(spec)).toEqual(waiting);
    clock.pass(delay - 1);
    expect(supervisor.status(spec.id)).toEqual(waiting);
    clock.pass(1);
    await eventually(() => supervisor.status(spec.id)?.state === 'running');
    status = running(supervisor.status(spec.id));
    expect(status.restarts).toBe(waiting.restarts);
    return { delay, restarts: waiting.restarts };
  };

  expect(await dies()).toEqual({ delay: 1000, restarts: 1 });
  expect(await dies()).toEqual({ delay: 2000, restarts: 2 });
  expect(await dies()).toEqual({ delay: 4000, restarts: 3 });
  clock.pass(60_000);
  expect(await dies()).toEqual({ delay: 1000, restarts: 4 });
});

test('a restart that cannot happen says why and is tried again', async () => {
  const place = workshop();
  const clock = new ManualClock();
  const supervisor = place.supervisor({ clock });
  const logFile = path.join(place.root, 'log', 'a.log');
  const spec = place.unit('a', directShell('rm "$1"; ln -s /dev/null "$1"', logFile), {
    restart: true,
    logFile,
  });
  const asRoot = { ...spec, plan: { ...spec.plan, identity: null } };
  await supervisor.ensure(asRoot);
  await eventually(() => supervisor.status(spec.id)?.state === 'restarting');
  clock.pass(1000);
  const waiting = await eventually(() => {
    const now = supervisor.status(spec.id);
    return now?.state === 'restarting' && now.restarts === 2 ? now : null;
  });
  expect(waiting.problem?.code).toBe('log-unusable');
  expect(Date.parse(waiting.nextStartAt) - clock.now()).toBe(2000);
});

test('stopping one that waits for its restart cancels that', async () => {
  const place = workshop();
  const clock = new ManualClock();
  const supervisor = place.supervisor({ clock });
  const spec = place.unit('a', directShell('exit 3'), { restart: true });
  await supervisor.ensure(spec);
  await eventually(() => supervisor.status(spec.id)?.state === 'restarting');
  expect(await supervisor.stop(spec.id)).toMatchObject({ status: 3 });
  expect(clock.waiting).toBe(0);
  expect(supervisor.status(spec.id)).toMatchObject({ state: 'stopped' });
});

test.each([
  ['SIGTERM', 'TERM'],
  ['SIGINT', 'INT'],
  ['SIGQUIT', 'QUIT'],
] as const)('%s reaches the payload, which ends by itself', async (signal, name) => {
  const place = workshop();
  const supervisor = place.supervisor();
  const plan = directShell(`trap 'exit 7' ${name}; ${READY}`, place.data);
  await supervisor.ensure(place.unit('a', plan, { stop: { signal, timeoutSeconds: 10 } }));
  await eventually(() => readdirSync(place.data).includes('ready'));
  expect(await supervisor.stop('slappart0/a')).toMatchObject({ status: 7, requested: true });
});

test('one that does not follow is killed sooner where who stops it cannot wait', async () => {
  const place = workshop();
  const clock = new ManualClock();
  const supervisor = place.supervisor({ clock });
  const plan = directShell(`trap : TERM; ${READY}`, place.data);
  const spec = place.unit('a', plan, { stop: { signal: 'SIGTERM', timeoutSeconds: 30 } });
  const { payloadPid } = running(await supervisor.ensure(spec));
  await eventually(() => readdirSync(place.data).includes('ready'));
  const stopped = supervisor.stop(spec.id, { withinSeconds: 0.8 });
  await eventually(() => supervisor.status(spec.id)?.state === 'stopping');
  clock.pass(799);
  expect(isLiving(payloadPid)).toBe(true);
  clock.pass(1);
  expect(await stopped).toMatchObject({ requested: true });
  expect(isLiving(payloadPid)).toBe(false);
});

test('one that does not follow is killed after its time-out', async () => {
  const place = workshop();
  const clock = new ManualClock();
  const supervisor = place.supervisor({ clock });
  const plan = directShell(`trap : TERM; ${READY}`, place.data);
  const spec = place.unit('a', plan, { stop: { signal: 'SIGTERM', timeoutSeconds: 30 } });
  const { payloadPid } = running(await supervisor.ensure(spec));
  await eventually(() => readdirSync(place.data).includes('ready'));
  const stopped = supervisor.stop(spec.id);
  await eventually(() => supervisor.status(spec.id)?.state === 'stopping');
  clock.pass(29_999);
  expect(isLiving(payloadPid)).toBe(true);
  clock.pass(1);
  expect(await stopped).toMatchObject({ status: 137, requested: true });
});

test('one that is stopped by SIGKILL is not asked first', async () => {
  const place = workshop();
  const supervisor = place.supervisor();
  const spec = place.unit('a', FOREVER, { stop: { signal: 'SIGKILL', timeoutSeconds: 5 } });
  await supervisor.ensure(spec);
  expect(await supervisor.stop(spec.id)).toMatchObject({ status: 137, requested: true });
});

test('stopping leaves nothing, children of the payload included, and may be repeated', async () => {
  const place = workshop();
  const supervisor = place.supervisor();
  const plan = directShell(`sleep 1000 & : >"$1/ready"; exec sleep infinity`, place.data);
  const { shimPid } = running(await supervisor.ensure(place.unit('a', plan)));
  await eventually(() => readdirSync(place.data).includes('ready'));
  const tree = treeOf(shimPid);
  expect(tree.length).toBeGreaterThanOrEqual(3);
  const exit = await supervisor.stop('slappart0/a');
  expect(tree.filter(isLiving)).toEqual([]);
  expect(await supervisor.stop('slappart0/a')).toEqual(exit);
  expect(await supervisor.stop('slappart0/never')).toBeNull();
});

test('what is asked of one unit happens in order; units do not wait for each other', async () => {
  const place = workshop();
  const clock = new ManualClock();
  const supervisor = place.supervisor({ clock });
  const stubborn = place.unit('a', directShell(`trap : TERM; ${READY}`, place.data));
  await supervisor.ensure(stubborn);
  await eventually(() => readdirSync(place.data).includes('ready'));
  const order: string[] = [];
  const stopping = supervisor.stop('slappart0/a').then(() => order.push('a stopped'));
  const again = supervisor.ensure(place.unit('a', FOREVER, { configuration: 'two' })).then((status) => {
    order.push('a again');
    return status;
  });
  await supervisor.ensure(place.unit('b', FOREVER));
  order.push('b');
  clock.pass(10_000);
  await stopping;
  expect(running(await again).configuration).toBe('two');
  expect(order).toEqual(['b', 'a stopped', 'a again']);
});

test('many calls at once start one payload', async () => {
  const place = workshop();
  const supervisor = place.supervisor();
  const statuses = await Promise.all(
    Array.from({ length: 10 }, () => supervisor.ensure(place.unit('a', FOREVER))),
  );
  expect(new Set(statuses.map((status) => running(status).payloadPid)).size).toBe(1);
});

test('the payload inherits no ignored signal, no descriptor, no variable but PATH, LANG and who started it', async () => {
  const place = workshop();
  const { shimPid, payloadPid } = running(await place.supervisor().ensure(place.unit('a', FOREVER)));
  // It is `sleep` once the programs before it have done their part.
  await eventually(() => statusLine(payloadPid, 'Name') === 'sleep');
  expect(statusLine(payloadPid, 'SigIgn')).toBe('0000000000000000');
  expect(statusLine(payloadPid, 'SigBlk')).toBe('0000000000000000');
  // The loader has some files open until the program begins.
  await eventually(() => Object.keys(meaningful(descriptorsOf(payloadPid))).length === 0);
  const [lang = '', search = '', parent, ...others] = environmentOf(payloadPid);
  expect([lang, search].map((variable) => variable.split('=')[0])).toEqual(['LANG', 'PATH']);
  expect([parent, ...others]).toEqual([`SLAPGRID_PARENT=${shimPid}`]);
});

test('the shim ignores no signal either and holds nothing but its lifeline', async () => {
  const place = workshop();
  const { shimPid } = running(await place.supervisor().ensure(place.unit('a', FOREVER)));
  expect(statusLine(shimPid, 'SigIgn')).toBe('0000000000000000');
  const lifeline = path.join(place.run, 'a', 'lifeline');
  // A shell keeps the script it reads open, at a number of its own choice.
  await eventually(
    () => Object.values(meaningful(descriptorsOf(shimPid))).join() === `${lifeline},${place.shim}`,
  );
});

test('shim and payload are the identity and nobody else', async () => {
  const place = workshop();
  const { shimPid } = running(await place.supervisor().ensure(place.unit('a', FOREVER)));
  for (const pid of treeOf(shimPid))
    expect(uidsOf(pid)).toEqual(Array.from({ length: 4 }, () => identity.uid));
  expect(statusLine(shimPid, 'Gid').split(/\s+/u).map(Number)).toEqual(
    Array.from({ length: 4 }, () => identity.gid),
  );
});

test('uid 0 is refused for a partition', async () => {
  const place = workshop();
  const plan = { ...FOREVER, identity: { uid: 0, gid: 0 } };
  await expect(place.supervisor().ensure(place.unit('a', plan))).rejects.toThrow(RangeError);
});

test('the shim joins the groups before it is the identity', async () => {
  const place = workshop();
  const group = path.join(place.root, 'cgroup.procs');
  writeFileSync(group, '', { mode: 0o600 });
  running(await place.supervisor().ensure(place.unit('a', { ...FOREVER, cgroup: [group] })));
  expect(readFileSync(group, 'utf8')).toBe('0\n');
});

test('a group that cannot be joined is told, and nothing runs', async () => {
  const place = workshop();
  const plan = { ...FOREVER, cgroup: [path.join(place.root, 'none', 'cgroup.procs')] };
  await expect(place.supervisor().ensure(place.unit('a', plan))).rejects.toMatchObject({
    code: 'unit-start-failed',
  });
});

test('files come as descriptors; no argument, no variable and no file in the run folder shows them', async () => {
  const place = workshop();
  const secret = 'correct-horse';
  const plan = {
    ...directShell(`cat <&5 >"$1/told"; cat <&8 >>"$1/told"; exec sleep infinity`, place.data),
    files: { 5: Buffer.from(secret), 8: Buffer.from(' battery') },
  };
  const { payloadPid } = running(await place.supervisor().ensure(place.unit('a', plan)));
  await eventually(() => statusLine(payloadPid, 'Name') === 'sleep');
  expect(readFileSync(path.join(place.data, 'told'), 'utf8')).toBe('correct-horse battery');
  const names = readdirSync(path.join(place.run, 'a'));
  expect(names.toSorted()).toEqual(['lifeline', 'state.json', 'unit.json']);
});

test('what the payload prints is appended to its log', async () => {
  const place = workshop();
  const supervisor = place.supervisor();
  const logFile = path.join(place.root, 'log', 'a.log');
  const plan = directShell('echo out; echo error >&2; echo again >>/dev/stderr');
  for (const configuration of ['one', 'two']) {
    await supervisor.ensure(place.unit('a', plan, { logFile, configuration }));
    await eventually(() => supervisor.status('slappart0/a')?.state === 'stopped');
  }
  expect(readFileSync(logFile, 'utf8')).toBe('out\nerror\nagain\nout\nerror\nagain\n');
});

test('a log that is a link is not followed', async () => {
  const place = workshop();
  const target = path.join(place.root, 'precious');
  writeFileSync(target, 'precious');
  const logFile = path.join(place.root, 'a.log');
  symlinkSync(target, logFile);
  const unit = place.unit('a', directShell('echo gotcha'), { logFile });
  await expect(place.supervisor().ensure(unit)).rejects.toMatchObject({ code: 'log-unusable' });
  expect(readFileSync(target, 'utf8')).toBe('precious');
});

test('a program that is not there ends with 127', async () => {
  const place = workshop();
  const supervisor = place.supervisor();
  await supervisor.ensure(place.unit('a', direct('/nowhere/program')));
  await eventually(() => supervisor.status('slappart0/a')?.state === 'stopped');
  expect(supervisor.status('slappart0/a')).toMatchObject({ lastExit: { status: 127 } });
});

test('nothing is due while all units run', async () => {
  const place = workshop();
  const clock = new ManualClock();
  const supervisor = place.supervisor({ clock });
  await supervisor.ensure(place.unit('a', FOREVER));
  expect(clock.waiting).toBe(0);
});
