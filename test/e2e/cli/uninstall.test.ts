import { access, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readyInstance } from '../../fakes/agent-service.ts';
import { standInAgent, type StandInAgent } from './stand-in.ts';

let agent: StandInAgent;
let data: string;

beforeEach(async () => {
  agent = await standInAgent();
  agent.service.show(0, readyInstance({ name: 'my cache' }));
  data = path.join(agent.home, 'instances', 'slappart0', 'data');
  await mkdir(data, { recursive: true });
  await writeFile(path.join(data, 'dump.rdb'), 'precious');
});

afterEach(async () => {
  await agent.close();
});

const procedures = (): string[] => agent.service.calls.map(([procedure]) => procedure);

async function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

describe('uninstall', () => {
  test('without a decision and nobody to ask does nothing', async () => {
    const ended = await agent.run('uninstall');
    expect(ended).toMatchObject({ status: 2, stdout: '' });
    expect(ended.stderr).toContain('--keep-data');
    expect(procedures()).toEqual([]);
    expect(await isThere(data)).toBe(true);
  });

  test('with --yes stops everything and leaves nothing', async () => {
    const ended = await agent.run('uninstall', '--yes');
    expect(ended).toMatchObject({ status: 0, stderr: '' });
    expect(procedures()).toEqual(['stopAll', 'shutdown']);
    expect(await isThere(agent.home)).toBe(false);
  });

  test('with --keep-data leaves the data', async () => {
    expect((await agent.run('uninstall', '--keep-data')).status).toBe(0);
    expect(await readdir(data)).toEqual(['dump.rdb']);
    expect(procedures()).toEqual(['stopAll', 'shutdown']);
  });

  test('with --export writes every instance before anything is stopped', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'slapgrid-export-'));
    const ended = await agent.run('uninstall', '--export', folder, '--json');
    await rm(folder, { recursive: true });
    const file = path.join(folder, 'my_cache-SOFTINST-1.tar');
    expect(JSON.parse(ended.stdout)).toMatchObject({ exported: [file] });
    expect(agent.service.calls).toEqual([['exportData', 'my cache', file], ['stopAll'], ['shutdown']]);
    expect(await isThere(agent.home)).toBe(false);
  });

  test('does not export into what it removes', async () => {
    const ended = await agent.run('uninstall', '--export', path.join(agent.home, 'instances', 'copy'));
    expect(ended.status).toBe(2);
    expect(procedures()).toEqual([]);
  });

  test('whose export fails removes nothing', async () => {
    agent.service.failures.set('exportData', new Error('no space'));
    const ended = await agent.run('uninstall', '--export', path.join(tmpdir(), 'slapgrid-export-none'));
    await rm(path.join(tmpdir(), 'slapgrid-export-none'), { recursive: true });
    expect(ended.status).toBe(1);
    expect(procedures()).toEqual(['exportData']);
    expect(await isThere(data)).toBe(true);
  });

  test('on a terminal names what is there and leaves after anything but a choice', async () => {
    const terminal = agent.onTerminal('uninstall');
    await expect.poll(() => terminal.output(), { timeout: 20_000 }).toContain('anything else to leave:');
    expect(terminal.output()).toContain('“my cache”');
    terminal.type('yes\r');
    expect(await terminal.ended).toBe(1);
    expect(terminal.output()).toContain('Nothing was changed.');
    expect(procedures()).toEqual([]);
  });

  test('without an agent still removes what is there', async () => {
    await agent.endAgent();
    expect((await agent.run('uninstall', '--yes')).status).toBe(0);
    expect(await isThere(agent.home)).toBe(false);
  });

  test('of nothing says so', async () => {
    expect((await agent.run('uninstall', '--yes')).status).toBe(0);
    expect(await agent.run('uninstall', '--yes')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('has made nothing'),
    });
  });
});
