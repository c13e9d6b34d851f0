import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clientConfiguration } from '../../../agent/cli/client-configuration.ts';
import { commandLine, type CommandLine, type Ran } from './command-line.ts';

let folder: string;
let usual: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'slapgrid-configure-'));
  usual = path.join(folder, '.slapos', 'slapos-client.cfg');
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

function ours(environment: NodeJS.ProcessEnv = {}): CommandLine {
  const line = commandLine({ environment: { HOME: folder, ...environment } });
  line.service.masterUrl = async () => ({ url: 'http://127.0.0.1:1234/slapcap_secret' });
  return line;
}

function configure(...argv: string[]): Promise<Ran> {
  return ours().run('configure', 'client', ...argv);
}

async function modeOf(file: string): Promise<number> {
  return (await stat(file)).mode & 0o777;
}

describe('configure client', () => {
  it('writes the address and the root of the documents where upstream’s command looks', async () => {
    const ran = await configure();
    expect(ran).toMatchObject({ status: 0, stdout: expect.stringContaining(usual) });
    const lines = (await readFile(usual, 'utf8')).split('\n').filter((line) => !line.startsWith('#'));
    expect(lines).toEqual([
      '[slapos]',
      'master_url = http://127.0.0.1:1234/slapcap_secret/',
      'master_rest_url = http://127.0.0.1:1234/slapcap_secret/hateoas/',
      '',
      '[slapconsole]',
      '',
    ]);
  });

  it('says what the catalogue’s software is called there', async () => {
    expect((await configure('--stdout')).stdout).toContain('product.memcached');
  });

  it('lets nobody else read the address', async () => {
    await configure();
    expect([await modeOf(usual), await modeOf(path.dirname(usual))]).toEqual([0o600, 0o700]);
  });

  it('keeps a file of something else aside, and says where', async () => {
    await mkdir(path.dirname(usual));
    await writeFile(usual, 'of another master');
    const ran = await configure('--json');
    const { file, outcome, keptAs } = JSON.parse(ran.stdout) as Record<string, string>;
    expect({ file, outcome }).toEqual({ file: usual, outcome: 'written' });
    expect(await readFile(keptAs ?? '', 'utf8')).toBe('of another master');
    expect(await readFile(usual, 'utf8')).toContain('slapcap_secret');
    expect(await readdir(path.dirname(usual))).toHaveLength(2);
  });

  it('changes nothing the second time but who can read it', async () => {
    await configure();
    await chmod(usual, 0o644);
    const ran = await configure();
    expect(ran.stdout).toContain('already');
    expect(await readdir(path.dirname(usual))).toEqual(['slapos-client.cfg']);
    expect(await modeOf(usual)).toBe(0o600);
  });

  it('writes another file when told so, and how to use that', async () => {
    const file = path.join(folder, 'own.cfg');
    const ran = await configure('--file', file);
    expect(ran.stdout).toContain(`--cfg ${file}`);
    expect(await readdir(folder)).toEqual(['own.cfg']);
  });

  it('writes the file that the environment names for upstream’s command', async () => {
    const ran = await ours({ SLAPOS_CLIENT_CONFIGURATION: '~/elsewhere.cfg' }).run('configure', 'client');
    expect(ran.stdout).not.toContain('--cfg');
    expect(await readdir(folder)).toEqual(['elsewhere.cfg']);
  });

  it('prints it and writes nothing with --stdout', async () => {
    const ran = await configure('--stdout');
    expect(ran.stdout).toContain('master_url = http://127.0.0.1:1234/slapcap_secret/');
    expect(ran.stderr).toContain('secret');
    expect(await readdir(folder)).toEqual([]);
  });

  it('says so when there is a folder in the way', async () => {
    await mkdir(usual, { recursive: true });
    const ran = await configure('--json');
    expect(ran.status).toBe(1);
    expect(JSON.parse(ran.stdout)).toMatchObject({ error: { code: 'configuration-not-a-file' } });
  });

  it('takes one place at a time', async () => {
    expect((await configure('--stdout', '--file', 'x')).status).toBe(2);
  });
});

it('doubles what Python would take for a reference', () => {
  expect(clientConfiguration('http://127.0.0.1:1/a%20b', [])).toContain(
    'master_url = http://127.0.0.1:1/a%%20b/\n',
  );
});
