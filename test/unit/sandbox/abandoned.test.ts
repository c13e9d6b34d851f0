import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { afterEach, expect, it } from 'vitest';
import { killAbandoned, startedByThis } from '../../../agent/sandbox/abandoned.ts';

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

/** A process that carries the mark. */
async function marked(mark: Record<string, string>): Promise<ChildProcess> {
  const child = spawn('/bin/sleep', ['60'], { env: { PATH: '/usr/bin:/bin', ...mark }, stdio: 'ignore' });
  children.push(child);
  await once(child, 'spawn');
  return child;
}

const markOf = (pid: number, start: string): Record<string, string> =>
  Object.fromEntries(Object.keys(startedByThis()).map((name) => [name, `${pid}.${start}`]));

it('ends what an agent left that has ended, also when another process has its pid now', async () => {
  const { pid: ended } = spawnSync('/bin/true');
  const left = await Promise.all([marked(markOf(ended, '1')), marked(markOf(process.pid, '1'))]);
  const exits = left.map((child) => once(child, 'exit'));
  expect(killAbandoned()).toEqual(expect.arrayContaining(left.map(({ pid }) => pid)));
  expect(await Promise.all(exits)).toEqual(left.map(() => [null, 'SIGKILL']));
});

it('leaves alone what belongs to an agent that runs, and what has no mark', async () => {
  const own = await marked(startedByThis());
  const foreign = await marked({ OTHER: 'SLAPGRID_STARTED_BY=1.1' });
  const killed = killAbandoned();
  expect(killed).not.toContain(own.pid);
  expect(killed).not.toContain(foreign.pid);
});
