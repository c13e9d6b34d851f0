import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { standInAgent, type StandInAgent } from './stand-in.ts';

let agent: StandInAgent;

beforeEach(async () => {
  agent = await standInAgent();
});
afterEach(async () => {
  await agent.close();
});

const words = [
  'node',
  'register',
  'my-laptop',
  '--master-url',
  'https://slap.example.org',
  '--master-url-web',
  'https://panel.example.org',
];
const patience = { timeout: 20_000 };

/** The token that the agent was given. */
function sentToken(): unknown {
  const call = agent.service.calls.find(([procedure]) => procedure === 'registerNode');
  return (call?.[1] as { token: string } | undefined)?.token;
}

describe('node register', () => {
  test('asks for the token on a terminal, and shows nothing of what is typed', async () => {
    const terminal = agent.onTerminal(...words);
    await expect.poll(() => terminal.output(), patience).toContain('Token (it is not shown): ');
    terminal.type('k3-secret\r');
    expect(await terminal.ended).toBe(0);
    expect(sentToken()).toBe('k3-secret');
    expect(terminal.output()).not.toContain('k3');
    expect(terminal.output()).toContain('This computer is a node of slap.example.org now');
  });

  test('is given up with Ctrl-C while it asks', async () => {
    const terminal = agent.onTerminal(...words);
    await expect.poll(() => terminal.output(), patience).toContain('Token (it is not shown): ');
    terminal.type('\u0003');
    expect(await terminal.ended).not.toBe(0);
    expect(sentToken()).toBeUndefined();
  });

  test('takes the token from a pipe', async () => {
    const { status } = await agent.bash(`printf 'k3-secret\\n' | "$SLAPGRID" ${words.join(' ')} --token -`);
    expect(status).toBe(0);
    expect(sentToken()).toBe('k3-secret');
  });

  test('asks nobody in a pipe', async () => {
    const { status, stderr } = await agent.run(...words);
    expect(status).toBe(2);
    expect(stderr).toContain('There is no token');
  });
});
