/** The shim alone, as a second agent or a stranger might start it. */
import { spawn, spawnSync } from 'node:child_process';
import { openSync, closeSync, constants, readFileSync } from 'node:fs';
import path from 'node:path';
import { once } from 'node:events';
import { expect, test } from 'vitest';
import { eventually } from './eventually.ts';
import { descriptorsOf, isLiving, processesNaming, statusLine } from './processes.ts';
import { direct, workshop } from './workshop.ts';

test('a second shim of a unit refuses to start', async () => {
  const place = workshop();
  const status = await place.supervisor().ensure(place.unit('a', direct('/bin/sleep', 'infinity')));
  if (status.state !== 'running') throw new Error(status.state);
  const folder = path.join(place.run, 'a');
  const before = readFileSync(path.join(folder, 'state.json'), 'utf8');
  const lifeline = openSync(path.join(folder, 'lifeline'), constants.O_RDWR);
  const second = spawnSync(
    '/bin/sh',
    [place.shim, '-', 'slappart0/a', '4', ',', 'direct', '15', '--', '/bin/sleep', 'infinity'],
    { cwd: folder, stdio: ['ignore', 'inherit', 'inherit', 'ignore', lifeline] },
  );
  closeSync(lifeline);
  expect(second.status).toBe(75);
  expect(readFileSync(path.join(folder, 'state.json'), 'utf8')).toBe(before);
  expect(isLiving(status.payloadPid)).toBe(true);
  expect(processesNaming(place.shim)).toEqual([status.shimPid]);
});

test('what the agent’s launcher left open reaches neither shim nor payload', async () => {
  const place = workshop();
  const secret = openSync(place.shim, constants.O_RDONLY);
  const stdio = Array.from({ length: 120 }, (_, number) =>
    number === 20 || number === 119 ? secret : 'ignore',
  );
  const agent = spawn(process.execPath, [path.join(import.meta.dirname, 'agent-process.ts'), place.shim], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc', ...stdio.slice(4)],
    serialization: 'advanced',
  });
  closeSync(secret);
  await once(agent, 'message');
  expect(descriptorsOf(agent.pid ?? 0)).toMatchObject({ 20: place.shim, 119: place.shim });
  agent.send({ do: 'ensure', spec: place.unit('a', direct('/bin/sleep', 'infinity')) });
  const [status] = await once(agent, 'message');
  const { payloadPid, shimPid } = status;
  agent.kill('SIGKILL');
  await eventually(() => statusLine(payloadPid, 'Name') === 'sleep');
  const leaked = (pid: number): string[] =>
    Object.entries(descriptorsOf(pid)).flatMap(([number, target]) =>
      number === '20' || number === '119' ? [target] : [],
    );
  expect(leaked(payloadPid)).toEqual(['/dev/null', '/dev/null']);
  expect(leaked(shimPid)).toEqual(['/dev/null', '/dev/null']);
});
