/**
 * `./slapgrid start` where there is a display: it opens the application, which then goes its own way.
 */
import { once } from 'node:events';
import { chmod, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { text as textOf } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { isAlive, processesUsing, until } from '../agent/home.ts';
import { ordinaryUser, type OrdinaryUser } from './ordinary-user.ts';

let at: OrdinaryUser;

beforeAll(async () => {
  at = await ordinaryUser('start', { seed: false });
  Object.assign(at.home.environment, {
    DISPLAY: ':7',
    ELECTRON_OVERRIDE_DIST_PATH: path.join(at.clone, 'test', 'fakes', 'electron'),
    STAND_IN_STAYS: '1',
  });
  at.home.start();
});
afterEach(async () => {
  for (const pid of applications()) process.kill(pid, 'SIGTERM');
  await until(() => applications().length === 0);
});
afterAll(() => at.remove());

const entry = (): string => path.join(at.clone, 'dist', 'main', 'main.mjs');
const applications = (): number[] => processesUsing(entry()).filter(isAlive);

describe('start', () => {
  it('opens the application once, leaves it open when it is left, and shows it the next time', async () => {
    const front = at.home.spawn(['start']);
    const said = textOf(front.stderr ?? process.stdin);
    let shown = '';
    front.stdout?.on('data', (chunk: Buffer) => (shown += chunk.toString()));
    await until(() => shown.includes('Slapgrid is open in its window, and in the tray.'));
    expect(shown).not.toContain('http://');
    const [application, ...others] = applications();
    expect(others).toEqual([]);
    front.kill('SIGINT');
    const [status] = (await once(front, 'exit')) as [number];
    expect([status, await said]).toEqual([0, expect.stringContaining('You left.')]);

    expect(at.home.run(['start', '--detach']).stdout).toContain('Slapgrid is open');
    expect(applications()).toEqual([application]);

    // A login can start it, too, and a data folder that is named has an application of its own.
    const record = path.join(at.home.data, 'private', 'application.json');
    const { command } = JSON.parse(await readFile(record, 'utf8')) as { command: string[] };
    expect(command).toEqual([path.join(at.clone, 'test', 'fakes', 'electron', 'electron'), entry()]);
    expect(await readdir(path.join(at.home.folder, 'config'))).toContainEqual(
      expect.stringMatching(/^Slapgrid-[0-9a-f]{12}$/u),
    );

    const agent = await at.home.agentPid();
    process.kill(application ?? 0, 'SIGKILL');
    await until(() => applications().length === 0);
    expect(isAlive(agent)).toBe(true);
  });

  it('on another data folder opens another application beside the first', async () => {
    const { environment } = at.home;
    const first = environment['SLAPGRID_HOME'];
    expect(at.home.run(['start', '--detach']).stdout).toContain('Slapgrid is open');
    environment['SLAPGRID_HOME'] = path.join(at.home.folder, 'other');
    const opened = at.home.run(['start', '--detach']);
    const both = applications();
    const { agent } = at.home.json(['status']) as { agent: { pid: number } };
    at.home.run(['stop', '--all']);
    at.home.run(['uninstall', '--yes']);
    environment['SLAPGRID_HOME'] = first;
    expect(opened.stdout).toContain('Slapgrid is open');
    expect(both).toHaveLength(2);
    expect(agent.pid).not.toBe(await at.home.agentPid());
  });

  it('that was told not to look for a display opens nothing, and says nothing about it', () => {
    const { stdout, stderr } = at.home.run(['start', '--headless', '--detach']);
    expect(stdout).toContain('http://127.0.0.1:');
    expect(stderr).toBe('');
    expect(applications()).toEqual([]);
  });

  it.each([
    ['there is no display', { DISPLAY: '' }, 'There is no display here'],
    ['Electron is not where it is said to be', { ELECTRON_OVERRIDE_DIST_PATH: '/nowhere' }, 'is no program'],
  ])('without a window (%s) says so in a sentence, and shows the way to the page', (_why, more, sentence) => {
    const { environment } = at.home;
    const before = { ...environment };
    Object.assign(environment, more);
    const { status, stdout, stderr } = at.home.run(['start', '--detach']);
    Object.assign(environment, before);
    expect(stdout).toContain('http://127.0.0.1:');
    expect(stderr.trim().split('\n')).toEqual([expect.stringContaining(sentence)]);
    expect(status).toBe(0);
  });

  it('says what an Electron that cannot run here said', async () => {
    const folder = path.join(at.clone, 'broken');
    await mkdir(folder);
    await writeFile(path.join(folder, 'electron'), '#!/bin/sh\necho "No usable sandbox!" >&2\nexit 133\n');
    await chmod(path.join(folder, 'electron'), 0o755);
    const { environment } = at.home;
    const before = environment['ELECTRON_OVERRIDE_DIST_PATH'];
    environment['ELECTRON_OVERRIDE_DIST_PATH'] = folder;
    const { stdout, stderr } = at.home.run(['start', '--detach']);
    environment['ELECTRON_OVERRIDE_DIST_PATH'] = before;
    expect(stderr).toContain('could not be opened (No usable sandbox!)');
    expect(stdout).toContain('http://127.0.0.1:');
  });
});
