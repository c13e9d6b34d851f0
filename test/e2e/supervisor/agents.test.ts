/** Units outlive the agent that started them; the next one goes on where it was killed. */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { z } from 'zod';
import type { Supervisor, UnitSpec, UnitStatus } from '../../../agent/supervisor/types.ts';
import { AgentChild } from './agent-child.ts';
import { eventually } from './eventually.ts';
import { argumentsOf, isLiving, killAll, parentOf, processesNaming, treeOf } from './processes.ts';
import { type Workshop, direct, directShell, sandboxShell, workshop } from './workshop.ts';

const running = z.object({
  state: z.literal('running'),
  id: z.string(),
  shimPid: z.int(),
  payloadPid: z.int(),
  startedAt: z.string(),
  configuration: z.string(),
  restarts: z.int(),
});

function adopt(place: Workshop, supervisor: Supervisor): Promise<UnitStatus[]> {
  return supervisor.adopt([{ unitPrefix: 'slappart0', folder: place.run }]);
}

async function startedBy(agent: AgentChild, spec: UnitSpec): Promise<z.infer<typeof running>> {
  return running.parse(await agent.ask({ do: 'ensure', spec }));
}

const FOREVER = direct('/bin/sleep', 'infinity');

test.each(['direct', 'sandbox'] as const)(
  'SIGKILL of the agent leaves a %s payload; the next agent adopts it',
  async (kind) => {
    const place = workshop();
    const script = 'while :; do sleep 0.01; done';
    const plan = kind === 'direct' ? directShell(script) : sandboxShell(place.data, script);
    const agent = await AgentChild.start(place.shim);
    const before = await startedBy(agent, place.unit('a', plan));
    await agent.kill();
    expect(isLiving(before.payloadPid)).toBe(true);

    const supervisor = place.supervisor();
    expect(await adopt(place, supervisor)).toEqual([before]);
    // The same configuration is left alone.
    expect(await supervisor.ensure(place.unit('a', plan))).toEqual(before);
    await supervisor.stop('slappart0/a');
    expect(isLiving(before.payloadPid)).toBe(false);
  },
);

test('the agent’s own group and session are not the unit’s', async () => {
  const place = workshop();
  const agent = await AgentChild.start(place.shim);
  const { shimPid } = await startedBy(agent, place.unit('a', FOREVER));
  killAll([-(agent.process.pid ?? 0)], 'SIGTERM');
  const [, , state, , group, session] = readFileSync(`/proc/${shimPid}/stat`, 'utf8').split(' ');
  expect([group, session]).toEqual([String(shimPid), String(shimPid)]);
  expect(state).not.toBe('Z');
});

test('the end of an adopted unit, nobody’s child, is told at once and it is started again', async () => {
  const place = workshop();
  const agent = await AgentChild.start(place.shim);
  const spec = place.unit('a', FOREVER, { restart: true });
  const before = await startedBy(agent, spec);
  await agent.kill();
  const supervisor = place.supervisor({ backoff: { delay: () => 5, goodAfter: 60_000 } });
  const told: UnitStatus[] = [];
  supervisor.onChange((status) => told.push(status));
  await adopt(place, supervisor);
  await supervisor.ensure(spec);
  killAll([before.payloadPid]);
  const after = await eventually(() => {
    const status = supervisor.status(spec.id);
    return status?.state === 'running' && status.payloadPid !== before.payloadPid ? status : null;
  });
  expect(after.restarts).toBe(1);
  expect(told.map((status) => status.state)).toEqual(['running', 'restarting', 'running']);
});

test('SIGKILL of an adopted shim takes its payload and is told', async () => {
  const place = workshop();
  const agent = await AgentChild.start(place.shim);
  const before = await startedBy(agent, place.unit('a', FOREVER));
  await agent.kill();
  const supervisor = place.supervisor();
  await adopt(place, supervisor);
  killAll([before.shimPid]);
  await eventually(() => supervisor.status('slappart0/a')?.state === 'stopped');
  expect(supervisor.status('slappart0/a')).toMatchObject({ lastExit: { status: 137, requested: false } });
  expect(isLiving(before.payloadPid)).toBe(false);
});

test('a payload that died while no agent ran is told with its status and started again', async () => {
  const place = workshop();
  const agent = await AgentChild.start(place.shim);
  const spec = place.unit(
    'a',
    directShell(`while [ ! -e "$1/die" ]; do sleep 0.01; done; exit 9`, place.data),
  );
  const before = await startedBy(agent, spec);
  await agent.kill();
  writeFileSync(path.join(place.data, 'die'), '');
  await eventually(() => !isLiving(before.shimPid));
  const supervisor = place.supervisor();
  await adopt(place, supervisor);
  // Its files may be closed a moment after it is no longer counted as living.
  const status = await eventually(() => {
    const now = supervisor.status('slappart0/a');
    return now?.state === 'stopped' && now;
  });
  expect(status.lastExit).toMatchObject({ status: 9, requested: false });
  expect(await supervisor.ensure(place.unit('a', FOREVER))).toMatchObject({ state: 'running' });
});

test('agent and shim killed together leave nothing that the next agent does not remove', async () => {
  const place = workshop();
  const agent = await AgentChild.start(place.shim);
  // New credentials would clear the parent's death signal; so does this program itself.
  const plan = direct('/usr/bin/setpriv', '--pdeathsig', 'clear', '--', '/bin/sleep', 'infinity');
  const { shimPid, payloadPid } = await startedBy(agent, place.unit('a', plan));
  await eventually(() => argumentsOf(payloadPid)[0] === '/bin/sleep');
  await agent.kill();
  killAll([shimPid]);
  await eventually(() => !isLiving(shimPid));
  expect(isLiving(payloadPid)).toBe(true);
  const statuses = await adopt(place, place.supervisor());
  expect(statuses).toMatchObject([{ state: 'stopped', lastExit: { status: 137 } }]);
  expect(isLiving(payloadPid)).toBe(false);
});

test('a stop that was asked is completed by the next agent', async () => {
  const place = workshop();
  const agent = await AgentChild.start(place.shim);
  const script = `trap 'while [ ! -e "$1/go" ]; do sleep 0.01; done; exit 5' TERM; : >"$1/ready"
while :; do sleep 0.01; done`;
  const before = await startedBy(agent, place.unit('a', directShell(script, place.data), { restart: true }));
  await eventually(() => readdirSync(place.data).includes('ready'));
  agent.tell({ do: 'stop', id: 'slappart0/a' });
  await eventually(() => readdirSync(path.join(place.run, 'a')).includes('stop.json'));
  await agent.kill();

  const supervisor = place.supervisor();
  expect(await adopt(place, supervisor)).toMatchObject([{ state: 'stopping', shimPid: before.shimPid }]);
  writeFileSync(path.join(place.data, 'go'), '');
  await eventually(() => supervisor.status('slappart0/a')?.state === 'stopped');
  expect(supervisor.status('slappart0/a')).toMatchObject({ lastExit: { status: 5, requested: true } });
});

test('one whose stop is being completed is started anew when it is asked for', async () => {
  const place = workshop();
  const agent = await AgentChild.start(place.shim);
  const spec = place.unit('a', FOREVER);
  const before = await startedBy(agent, spec);
  await agent.kill();
  writeFileSync(path.join(place.run, 'a', 'stop.json'), '{}');
  const supervisor = place.supervisor();
  const [, ensured] = await Promise.all([adopt(place, supervisor), supervisor.ensure(spec)]);
  expect(ensured).toMatchObject({ state: 'running' });
  expect(isLiving(before.payloadPid)).toBe(false);
  expect(supervisor.status('slappart0/a')).toEqual(ensured);
});

test('a record of a pid that is used again is not believed, and its process not touched', async () => {
  const place = workshop();
  const agent = await AgentChild.start(place.shim);
  const { shimPid, payloadPid } = await startedBy(agent, place.unit('a', FOREVER));
  await agent.kill();
  const stranger = await AgentChild.start(place.shim);
  const file = path.join(place.run, 'a', 'state.json');
  const state = readFileSync(file, 'utf8');
  killAll([shimPid]);
  await eventually(() => !isLiving(payloadPid));
  writeFileSync(file, state.replaceAll(/"pid":\d+/gu, `"pid":${stranger.process.pid}`));
  expect(await adopt(place, place.supervisor())).toMatchObject([{ state: 'stopped' }]);
  expect(isLiving(stranger.process.pid ?? 0)).toBe(true);
});

test('a record of another boot is not believed', async () => {
  const place = workshop();
  const agent = await AgentChild.start(place.shim);
  const { shimPid, payloadPid } = await startedBy(agent, place.unit('a', FOREVER));
  await agent.kill();
  const file = path.join(place.run, 'a', 'state.json');
  const state = readFileSync(file, 'utf8');
  killAll([shimPid]);
  await eventually(() => !isLiving(payloadPid));
  writeFileSync(file, state.replace(/"boot":"[^"]*"/u, '"boot":"00000000-0000-0000-0000-000000000000"'));
  expect(await adopt(place, place.supervisor())).toMatchObject([
    { state: 'stopped', lastExit: { status: 137 } },
  ]);
});

test('a damaged order does not hide what runs: it is adopted, and started anew when it is asked for', async () => {
  const place = workshop();
  const agent = await AgentChild.start(place.shim);
  const before = await startedBy(agent, place.unit('a', FOREVER));
  await agent.kill();
  writeFileSync(path.join(place.run, 'a', 'unit.json'), '{"id": "slappart0/');
  const supervisor = place.supervisor();
  expect(await adopt(place, supervisor)).toMatchObject([{ state: 'running', payloadPid: before.payloadPid }]);
  const after = await supervisor.ensure(place.unit('a', FOREVER));
  expect(after).toMatchObject({ state: 'running', configuration: 'one' });
  expect(isLiving(before.payloadPid)).toBe(false);
});

test('folders without a record, and folders that are not there, are nothing', async () => {
  const place = workshop();
  expect(await adopt(place, place.supervisor())).toEqual([]);
});

const ROUNDS = 30;

test(`killing the agent at ${ROUNDS} random moments of starts and stops never leaves two payloads or an orphan`, async () => {
  const place = workshop();
  const seconds = `${100_000 + process.pid}`;
  const plans = {
    plain: direct('/bin/sleep', seconds),
    boxed: sandboxShell(place.data, 'exec sleep "$1"', seconds),
  };
  const names = ['plain', 'boxed'] as const;
  const spec = (name: 'plain' | 'boxed', configuration: string): UnitSpec =>
    place.unit(name, plans[name], { configuration });
  const payloads = (): number[] =>
    processesNaming(seconds).filter(
      (pid) => argumentsOf(pid).length === 2 && argumentsOf(pid)[1] === seconds,
    );
  const seen = { running: 0, stopped: 0, stopping: 0, restarting: 0 };

  for (let round = 0; round < ROUNDS; round += 1) {
    const agent = await AgentChild.start(place.shim);
    agent.tell({ do: 'adopt', folder: place.run });
    for (const name of names) {
      agent.tell({ do: 'ensure', spec: spec(name, `${round}`) });
      if (round % 3 === 0) agent.tell({ do: 'stop', id: `slappart0/${name}` });
      if (round % 3 === 0) agent.tell({ do: 'ensure', spec: spec(name, `${round} again`) });
    }
    await pause(Math.random() * 80);
    await agent.kill();

    const supervisor = place.supervisor();
    for (const status of await adopt(place, supervisor)) seen[status.state] += 1;
    await eventually(() => supervisor.list().every((status) => status.state !== 'stopping'));
    const left = supervisor.list().filter((status) => status.state === 'running');
    await eventually(() => left.every(({ payloadPid }) => argumentsOf(payloadPid).length === 2));
    expect(new Set(payloads())).toEqual(new Set(left.map(({ payloadPid }) => payloadPid)));
    const belowShims = new Set(left.flatMap(({ shimPid }) => treeOf(shimPid)));
    expect(processesNaming(seconds).filter((pid) => !belowShims.has(pid))).toEqual([]);
    expect(new Set(processesNaming(place.shim))).toEqual(new Set(left.map(({ shimPid }) => shimPid)));
    supervisor.close();
  }
  // The moments were neither all before nor all after the start.
  expect(seen.running).toBeGreaterThan(0);
  const last = place.supervisor();
  await adopt(place, last);
  await Promise.all(names.map((name) => last.stop(`slappart0/${name}`)));
  expect(processesNaming(seconds)).toEqual([]);
});

test('an agent killed right after the fork leaves a shim that the next one waits for', async () => {
  const place = workshop();
  const agent = await AgentChild.start(place.shim);
  agent.tell({ do: 'ensure', spec: place.unit('a', sandboxShell(place.data, 'exec sleep infinity')) });
  // By its unit: whatever else the agent starts looks like the agent until it is another program.
  const shim = await eventually(() =>
    processesNaming(place.shim).find(
      (pid) => parentOf(pid) === agent.process.pid && argumentsOf(pid).includes('slappart0/a'),
    ),
  );
  await agent.kill();
  const supervisor = place.supervisor();
  expect(await adopt(place, supervisor)).toMatchObject([{ state: 'running', shimPid: shim }]);
});
