import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readyInstance } from '../../fakes/agent-service.ts';
import { standInAgent, type StandInAgent } from './stand-in.ts';

let agent: StandInAgent;

beforeEach(async () => {
  agent = await standInAgent();
  agent.service.show(0, readyInstance({ name: 'my-cache' }));
  agent.service.show(1, readyInstance({ name: 'two words', guid: 'SOFTINST-2' }));
});

afterEach(async () => {
  await agent.close();
});

/** What bash offers when the cursor is behind the last of `words`. */
async function offered(...words: string[]): Promise<string[]> {
  const line = ['"$SLAPGRID"', ...words.map((word) => `'${word}'`)].join(' ');
  const ended = await agent.bash(`
    source <("$SLAPGRID" completion bash)
    COMP_WORDS=(${line}); COMP_CWORD=${words.length}
    _slapgrid
    printf '%s\\n' "\${COMPREPLY[@]}"
  `);
  expect(ended.stderr).toBe('');
  return ended.stdout.split('\n').filter((word) => word !== '');
}

describe('completion in bash', () => {
  test('offers the commands', async () => {
    expect(await offered('st')).toEqual(['start', 'status', 'stop']);
  });

  test('offers the second word of a group', async () => {
    expect(await offered('service', '')).toEqual(['list', 'info']);
  });

  test('offers the instances there are, quoted where they need it', async () => {
    expect(await offered('stop', '')).toEqual(['my-cache', 'two\\ words']);
    expect(await offered('service', 'info', 'my')).toEqual(['my-cache']);
  });

  test('offers the software that can be requested, in its place', async () => {
    expect(await offered('request', 'new', 'm')).toEqual(['memcached']);
    expect(await offered('request', '--type', 'x', 'new', 'post')).toEqual(['postgresql']);
  });

  test('offers options, and their values', async () => {
    expect(await offered('request', 'a', 'b', '--par')).toEqual(['--parameters', '--parameters-file']);
    expect(await offered('request', 'a', 'b', '--state', 's')).toEqual(['started', 'stopped']);
    expect(await offered('status', '--j')).toEqual(['--json']);
  });

  test('offers files where a file is wanted', async () => {
    expect(await offered('request', 'a', 'b', '--parameters-file', '/etc/os-rel')).toEqual([
      '/etc/os-release',
    ]);
  });

  test('offers nothing, and says nothing, when no agent runs', async () => {
    await agent.endAgent();
    expect(await offered('stop', '')).toEqual([]);
  });
});

describe('completion', () => {
  test.each(['bash', 'zsh', 'fish'])('for %s knows every command', async (shell) => {
    const { stdout, status } = await agent.run('completion', shell);
    expect(status).toBe(0);
    for (const word of ['request', 'uninstall', 'parameters-file', 'headless'])
      expect(stdout).toContain(word);
  });
});
