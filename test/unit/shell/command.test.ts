import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ensureAgent } from '../../../main/connection/command.ts';

const APPLICATION = ['/opt/electron', '/opt/main.mjs'];

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'slapgrid-command-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function commandThat(script: string): Promise<string> {
  const command = path.join(folder, 'slapgrid');
  await writeFile(command, `#!/bin/sh\n${script}\n`);
  await chmod(command, 0o755);
  return command;
}

it('asks the command to start, and learns where the agent is', async () => {
  const agent = { pid: 1, version: '1.0.0', home: '/h', socket: '/h/agent.sock', tokenFile: '/h/token' };
  const command = await commandThat(`[ "$*" = 'start --json' ] && echo '${JSON.stringify({ agent })}'`);
  expect(await ensureAgent(command, APPLICATION)).toEqual({ socket: '/h/agent.sock', tokenFile: '/h/token' });
});

it('tells the command how this application is started', async () => {
  const agent = { socket: '/s', tokenFile: '/t' };
  const command = await commandThat(
    `printf %s "$SLAPGRID_APPLICATION" > '${folder}/told'; echo '${JSON.stringify({ agent })}'`,
  );
  await ensureAgent(command, APPLICATION);
  expect(JSON.parse(await readFile(path.join(folder, 'told'), 'utf8'))).toEqual(APPLICATION);
});

it('passes on what the command says went wrong', async () => {
  const error = { code: 'disk-full', sentence: 'The disk is full.', nextStep: 'Free space.' };
  const command = await commandThat(`echo '${JSON.stringify({ error })}'; exit 1`);
  await expect(ensureAgent(command, APPLICATION)).rejects.toMatchObject({ view: error });
});

describe('a command that does not answer as it should', () => {
  it.each([
    ['says nothing', 'exit 3'],
    ['says something else', 'echo hello'],
    ['says too little', `echo '{"agent":{}}'`],
  ])('(%s) is said to be damaged', async (_what, script) => {
    await expect(ensureAgent(await commandThat(script), APPLICATION)).rejects.toMatchObject({
      view: { code: 'command-damaged', sentence: 'The command of Slapgrid did not answer as it should.' },
    });
  });

  it('(it is not there) is said to be damaged', async () => {
    await expect(ensureAgent(path.join(folder, 'nothing'), APPLICATION)).rejects.toMatchObject({
      view: { code: 'command-damaged' },
    });
  });
});
