import { rm, mkdtemp, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readyInstance } from '../../fakes/agent-service.ts';
import { launcher, standInAgent, type StandInAgent, type Terminal } from './stand-in.ts';

let agent: StandInAgent;

beforeEach(async () => {
  agent = await standInAgent();
});

afterEach(async () => {
  await agent.close();
});

const CTRL_C = '\u0003';

const patience = { timeout: 20_000 };

async function shows(terminal: Terminal, text: string): Promise<void> {
  await expect.poll(() => terminal.output(), patience).toContain(text);
}

/** What a person sees in the end of lines that were rewritten. */
function lastWords(output: string): string[] {
  return output.split('\r\n').map((line) => line.split('\r\u001b[K').at(-1) ?? '');
}

const ready = readyInstance({ guid: 'SOFTINST-slappart0', progress: null });

describe('request', () => {
  test('on a terminal rewrites one line for each step, then prints the connection parameters', async () => {
    const { service } = agent;
    const terminal = agent.onTerminal('request', 'cache', 'memcached');
    await shows(terminal, 'cache: waiting');
    service.progress('cache', { step: 'resolving', done: 0, total: 0 });
    await shows(terminal, 'resolving packages');
    for (const megabytes of [4, 8]) {
      service.progress('cache', {
        step: 'downloading',
        done: megabytes * 1_000_000,
        total: 20_000_000,
        bytesPerSecond: 4_200_000,
      });
      await shows(terminal, `downloading ${megabytes} of 20 MB, 4.2 MB/s`);
    }
    service.change('cache', ready);
    expect(await terminal.ended).toBe(0);
    expect(lastWords(terminal.output())).toEqual([
      'cache: waiting',
      'cache: resolving packages',
      'cache: downloading 8 of 20 MB, 4.2 MB/s',
      '“cache” is ready.',
      'State: started',
      'Connection parameters:',
      '  address   127.64.0.1:11211',
      '  user      slapgrid',
      '  password  k3-Zq8wXbTn',
      '',
    ]);
  });

  test('in a pipe prints the result and nothing else', async () => {
    const { service } = agent;
    const running = agent.run('request', 'cache', 'memcached');
    await expect.poll(() => service.openStreams, patience).toBe(1);
    service.progress('cache', { step: 'downloading', done: 8_000_000, total: 20_000_000 });
    service.change('cache', ready);
    const ended = await running;
    expect(ended).toMatchObject({ status: 0, stderr: '' });
    expect(ended.stdout).toMatch(/^“cache” is ready\.\n/);
    expect(ended.stdout).not.toContain('downloading');
  });

  test('is left by Ctrl-C: it says so, and what was asked for goes on', async () => {
    const terminal = agent.onTerminal('request', 'cache', 'memcached');
    await shows(terminal, 'cache: waiting');
    terminal.type(CTRL_C);
    expect(await terminal.ended).toBe(2);
    expect(terminal.output()).toContain('“cache” goes on without this terminal.');
    expect(agent.service.calls.map(([procedure]) => procedure)).toEqual(['request']);
    await expect.poll(() => agent.service.openStreams, patience).toBe(0);
  });

  test('that fails ends with the sentence and the next step on standard error', async () => {
    const { service } = agent;
    const running = agent.run('request', 'cache', 'memcached');
    await expect.poll(() => service.openStreams, patience).toBe(1);
    service.fail('cache', {
      code: 'no-mirror',
      sentence: 'None of this computer’s package sources answers.',
      nextStep: 'Check the network, then request it again.',
    });
    expect(await running).toEqual({
      status: 1,
      stdout: '',
      stderr: 'None of this computer’s package sources answers.\nCheck the network, then request it again.\n',
    });
  });

  test('that the agent refuses ends with the agent’s words, as a document too', async () => {
    const ended = await agent.run('request', 'x', 'no-such-software', '--json');
    expect(ended).toMatchObject({ status: 1, stderr: '' });
    expect(JSON.parse(ended.stdout)).toEqual({
      error: { code: 'not-found', sentence: expect.any(String), nextStep: expect.any(String) },
    });
  });
});

describe('destroy', () => {
  test('on a terminal says what is lost, and keeps it after a no', async () => {
    agent.service.show(0, readyInstance());
    const terminal = agent.onTerminal('destroy', 'cache');
    await shows(terminal, 'Destroy and lose the data? [y/N]');
    terminal.type('n\r');
    expect(await terminal.ended).toBe(1);
    expect(terminal.output()).toContain('“cache” is kept.');
    expect(agent.service.calls).toEqual([]);
  });

  test('on a terminal destroys after a yes', async () => {
    agent.service.show(0, readyInstance());
    const terminal = agent.onTerminal('destroy', 'cache');
    await shows(terminal, 'Destroy and lose the data? [y/N]');
    terminal.type('y\r');
    expect(await terminal.ended).toBe(0);
    expect(terminal.output()).toContain('“cache” is destroyed.');
  });
});

describe('logs', () => {
  test('into a reader that has seen enough end quietly', async () => {
    const ended = await agent.bash('set -o pipefail; "$SLAPGRID" logs cache -n 10000 | head -n 1');
    expect(ended).toEqual({ status: 0, stdout: 'memcached | line 1\n', stderr: '' });
  });

  test('that are followed end with Ctrl-C, and that is no failure', async () => {
    agent.service.logs = async function* logs({ signal }) {
      yield { service: 'memcached', line: 'first', position: '1' };
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    };
    const terminal = agent.onTerminal('logs', 'cache', '--follow');
    await shows(terminal, 'memcached | first');
    terminal.type(CTRL_C);
    expect(await terminal.ended).toBe(0);
  });
});

describe('the agent', () => {
  test('that does not run is told with the way to start it, by every command that needs it', async () => {
    await agent.endAgent();
    expect(await agent.run('status')).toEqual({
      status: 1,
      stdout: '',
      stderr: `Slapgrid is not running on ${agent.home}.\nStart it with “./slapgrid start”.\n`,
    });
  });

  test('that ends while it is waited for is told, without a stack trace', async () => {
    const running = agent.run('request', 'cache', 'memcached');
    await expect.poll(() => agent.service.openStreams, patience).toBe(1);
    await agent.endAgent();
    const ended = await running;
    expect(ended).toMatchObject({ status: 1, stdout: '' });
    expect(ended.stderr).toMatch(/^(The agent does not answer|Slapgrid ended)/);
    expect(ended.stderr).not.toMatch(/\n {4}at /);
  });
});

describe('the launcher', () => {
  test('is found through links, as npm link makes them, from any folder', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'slapgrid-link-'));
    await symlink(launcher, path.join(folder, 'first'));
    await symlink('first', path.join(folder, 'slapgrid'));
    const ended = await agent.bash(
      `cd ${folder} && PATH=${folder}:$PATH slapgrid --version && ./slapgrid -V`,
    );
    await rm(folder, { recursive: true });
    expect(ended).toMatchObject({ status: 0, stderr: '' });
    expect(ended.stdout).toMatch(/^\d+\.\d+\.\d+\n\d+\.\d+\.\d+\n$/);
  });
});
