import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { partitionsUnit } from '../../../agent/service/partitions-unit.ts';
import { serviceUnit } from '../../../agent/service/unit.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'slapgrid-unit-'));
});
afterEach(() => rm(folder, { recursive: true }));

const command = { node: process.execPath, agent: '/data/agent.mjs', home: '/data', log: '/data/agent.log' };

/** What systemd itself finds wrong with a unit of a user. */
async function faultsOf(unit: string): Promise<string> {
  const file = path.join(folder, 'slapgrid-test.service');
  await writeFile(file, unit);
  await mkdir(path.join(folder, 'run'), { recursive: true, mode: 0o700 });
  const environment = { PATH: process.env['PATH'], HOME: folder, XDG_RUNTIME_DIR: path.join(folder, 'run') };
  const verified = spawnSync('systemd-analyze', ['--user', '--man=no', 'verify', file], {
    encoding: 'utf8',
    env: environment,
  });
  if (verified.error !== undefined) throw verified.error;
  // Of other units that the system brings it may say something, too.
  return verified.stderr
    .split('\n')
    .filter((line) => line.includes('slapgrid-test'))
    .join('\n');
}

it.each([
  ['started by hand', null],
  ['of a login', 'default.target'],
] as const)('%s is what systemd understands', async (_which, target) => {
  const environment = { LANG: 'C.UTF-8', https_proxy: 'http://me:50%25"$x@proxy:1\n' };
  const awkward = { ...command, home: `/it's "50 %" of $HOME\\n \`x\`` };
  expect(await faultsOf(serviceUnit(awkward, { target, environment }))).toBe('');
});

it('that keeps the groups of partitions is what systemd understands', async () => {
  expect(await faultsOf(partitionsUnit('/sys/fs/cgroup'))).toBe('');
});

it('that keeps the groups of partitions is not ended by what happens in one of them', () => {
  const lines = partitionsUnit('/sys/fs/cgroup').split('\n');
  expect(lines).toContain('Delegate=cpu memory pids');
  expect(lines).toContain('OOMPolicy=continue');
});

it('with a fault in it is refused, so that the check above says something', async () => {
  const unit = serviceUnit(command, { target: null }).replace('KillMode=process', 'KillMode=proces');
  expect(await faultsOf(unit)).toContain('kill mode');
});

it('ends alone: what it has started is not ended with it, nor it with what it has started', () => {
  const lines = serviceUnit(command, { target: null }).split('\n');
  expect(lines).toContain('KillMode=process');
  expect(lines).toContain('OOMPolicy=continue');
  expect(lines).toContain('TasksMax=infinity');
});

it('is wanted by nothing unless a login is to start it', () => {
  expect(serviceUnit(command, { target: null })).not.toContain('[Install]');
  expect(serviceUnit(command, { target: 'default.target' })).toContain('WantedBy=default.target');
});
