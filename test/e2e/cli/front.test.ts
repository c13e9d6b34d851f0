import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readyInstance } from '../../fakes/agent-service.ts';
import { standInAgent, type StandInAgent } from './stand-in.ts';

let agent: StandInAgent;

beforeEach(async () => {
  agent = await standInAgent();
  // Newer than this build, so that the front shows it instead of replacing it.
  const { service } = agent;
  service.state = () => {
    const state = service.store.snapshot();
    return { ...state, agent: { ...state.agent, version: '99.0.0', home: agent.home } };
  };
  await mkdir(path.join(agent.home, 'runtime'));
});

afterEach(async () => {
  await agent.close();
});

const patience = { timeout: 20_000 };

describe('the front', () => {
  test('shows the state and the link, then what changes, and leaves everything running on Ctrl-C', async () => {
    const { service } = agent;
    service.show(0, readyInstance());
    service.link = () => ({ url: 'http://127.0.0.1:1/#once', expiresAt: '2026-01-01T00:01:00.000Z' });
    const terminal = agent.onTerminal('start', '--headless');
    await expect.poll(() => terminal.output(), patience).toContain('http://127.0.0.1:1/#once');
    expect(terminal.output()).toContain('Running 1 service, only for you.');
    await expect.poll(() => service.openStreams, patience).toBe(1);
    service.change('cache', { state: 'restarting' });
    await expect.poll(() => terminal.output(), patience).toContain('cache: restarting');
    terminal.type('\u0003');
    expect(await terminal.ended).toBe(0);
    expect(terminal.output()).toContain('Slapgrid and its instance go on.');
    expect(terminal.output()).toContain('./slapgrid stop --all');
    expect(service.calls.map(([procedure]) => procedure)).toEqual(['createLink', 'settings']);
  });

  test('with --json is one document and returns', async () => {
    const ended = await agent.run('start', '--json');
    expect(ended.status).toBe(0);
    expect(JSON.parse(ended.stdout)).toEqual({
      agent: {
        pid: 4242,
        version: '99.0.0',
        home: agent.home,
        socket: expect.stringMatching(/agent\.sock$/u),
        tokenFile: expect.stringMatching(/token$/u),
      },
      outcome: 'newer',
      link: { url: 'http://127.0.0.1/', expiresAt: expect.any(String) },
    });
  });
});
