import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { expect, onTestFinished, test } from 'vitest';
import {
  type ProcessRecord,
  bootId,
  childrenOf,
  isAlive,
  processStat,
  processUid,
  sessionMembers,
} from '../../../agent/supervisor/process-record.ts';

function recordOf(pid: number | undefined): ProcessRecord {
  const stat = processStat(pid ?? 0);
  if (stat === null) throw new Error(`no process ${pid}`);
  return { pid: stat.pid, start: stat.start };
}

function sleeper(options: { detached?: boolean } = {}): ChildProcess {
  const child = spawn('sleep', ['1000'], { stdio: 'ignore', ...options });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

test('a process is recognised by pid and start time', () => {
  const record = recordOf(process.pid);
  expect(isAlive(record)).toBe(true);
  expect(isAlive({ ...record, start: record.start - 1 })).toBe(false);
});

test('a process that ended is not alive', async () => {
  const child = sleeper();
  const record = recordOf(child.pid);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(isAlive(record)).toBe(false);
  expect(processStat(record.pid)).toBeNull();
});

test('a zombie is dead', async () => {
  // The shell becomes a program that never waits for the child it got with that.
  const parent = spawn('sh', ['-c', 'sleep 1000 & echo $!; exec sleep 1000'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void parent.kill('SIGKILL'));
  const [line] = await once(parent.stdout, 'data');
  const record = recordOf(Number(String(line)));
  process.kill(record.pid, 'SIGKILL');
  await expect.poll(() => processStat(record.pid)?.state).toBe('Z');
  expect(isAlive(record)).toBe(false);
});

test('a name with spaces and parentheses does not confuse', async () => {
  const child = spawn(
    process.execPath,
    ['-e', `process.title = ') R 1 ('; console.log(); setInterval(() => {}, 1e6)`],
    {
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  const stat = processStat(child.pid ?? 0);
  expect(stat?.session).toBe(processStat(process.pid)?.session);
  expect(stat?.start).toBeGreaterThanOrEqual(recordOf(process.pid).start);
});

test('the user, the children and the boot of a process', async () => {
  const child = sleeper();
  await expect.poll(() => childrenOf(process.pid)).toContain(child.pid);
  expect(processUid(child.pid ?? 0)).toBe(process.getuid?.());
  expect(bootId()).toMatch(/^[0-9a-f-]{36}$/u);
});

test('the members of a session are found below its leader and after its end', async () => {
  const leader = spawn('sh', ['-c', 'sleep 1000 & echo $!; wait'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  const [line] = await once(leader.stdout, 'data');
  const member = recordOf(Number(String(line)));
  onTestFinished(() => void process.kill(member.pid, 'SIGKILL'));
  const record = recordOf(leader.pid);
  expect(sessionMembers(record)).toEqual([member]);
  leader.kill('SIGKILL');
  await once(leader, 'exit');
  expect(sessionMembers(record)).toEqual([member]);
});

test('a session whose leader’s number is used again has no members', () => {
  const other = recordOf(sleeper({ detached: true }).pid);
  expect(sessionMembers({ ...other, start: other.start - 1 })).toEqual([]);
});
