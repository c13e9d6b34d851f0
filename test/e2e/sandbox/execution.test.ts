/** What a command finds inside, and how it ends. */
import { spawn } from 'node:child_process';
import { readdir, readFile, readlink, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { executePlan } from '../../../agent/sandbox/execution.ts';
import { openPartition, programs, sandbox, type TestPartition, until } from './partition.ts';

let partition: TestPartition;
beforeAll(async () => {
  partition = await openPartition();
});
afterAll(() => partition.close());

describe('inside', () => {
  it('a command is an ordinary user at home in the data folder', async () => {
    expect(
      await partition.inside(
        '/bin/sh',
        '-c',
        'id -u; id -g; id -un; pwd; echo $HOME; cat /etc/hostname; umask',
      ),
    ).toBe(['1000', '1000', 'slap', '/srv/data', '/srv/data', 'slappart0', '0077'].join('\n'));
  });

  it('the environment is the given one and nothing of the agent’s', async () => {
    process.env['SLAPGRID_TEST_LEAK'] = 'leaked';
    const spec = partition.spec(['/usr/bin/env'], { PASSWORD: 'correct horse' });
    const { output } = await sandbox.run(spec, { timeoutSeconds: 60 });
    delete process.env['SLAPGRID_TEST_LEAK'];
    const names = new Set([...output.matchAll(/^(\w+)=/gm)].map(([, name]) => name));
    expect(names).toEqual(new Set(['HOME', 'LANG', 'PASSWORD', 'PATH', 'PWD', 'TZ']));
    expect(output).toContain('PASSWORD=correct horse');
  });

  it('its own name is known to the resolver', async () => {
    expect(await partition.inside('/usr/bin/getent', 'hosts', 'slappart0')).toContain('127.0.0.1');
  });

  it('files it makes belong to the partition’s user on the host', async () => {
    await partition.inside('/bin/sh', '-c', 'echo x > mine');
    const found = await stat(path.join(partition.data, 'mine'));
    expect([found.uid, found.gid, found.mode & 0o777]).toEqual([
      partition.identity.uid,
      partition.identity.gid,
      0o600,
    ]);
  });

  it('there are only the descriptors 0, 1 and 2, whatever was open around it', async () => {
    // As a terminal of an editor leaves them to an agent: inheritable, and beyond those that Node looks at.
    const leaky = fileURLToPath(new URL('leaky-agent.ts', import.meta.url));
    const spec = JSON.stringify(partition.spec(['/bin/ls', '/proc/self/fd']));
    const script = 'exec 12</dev/null 40</dev/null 79>/dev/null; exec "$@"';
    const agent = spawn('/bin/bash', ['-c', script, 'bash', process.execPath, leaky, spec], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    agent.stdout.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    await new Promise((resolve) => {
      agent.once('close', resolve);
    });
    const [leaked = '', seen = ''] = said.split('--\n');
    expect(leaked.split('\n')).toEqual(expect.arrayContaining(['40', '79']));
    // 3 is the folder that ls lists.
    expect(seen.trim().split('\n')).toEqual(['0', '1', '2', '3']);
  });

  it('no signal is ignored or blocked, whatever its starter ignored', async () => {
    const status = await partition.inside('/bin/grep', '-E', '^Sig(Ign|Blk)', '/proc/self/status');
    expect(status).toBe('SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000');
  });
});

describe('a command', () => {
  it('gives its status', async () => {
    const result = await sandbox.run(partition.spec(['/bin/sh', '-c', 'echo out; echo err >&2; exit 7']), {
      timeoutSeconds: 60,
    });
    expect(result).toMatchObject({ code: 7, signal: null, timedOut: false });
    expect(result.output.split('\n').sort()).toEqual(['', 'err', 'out']);
  });

  it('gives the status of a shell when a signal ends it', async () => {
    const result = await sandbox.run(partition.spec(['/bin/sh', '-c', 'kill -9 $$']), { timeoutSeconds: 60 });
    expect(result.code).toBe(137);
  });

  it('that does not exist says so', async () => {
    const result = await sandbox.run(partition.spec(['/usr/bin/no-such-program']), { timeoutSeconds: 60 });
    expect(result.code).toBe(127);
    expect(result.output).toContain('no-such-program');
  });

  it('keeps the last 64 KiB of what it prints', async () => {
    const { output } = await sandbox.run(
      partition.spec(['/bin/sh', '-c', 'head -c 1000000 /dev/zero | tr "\\0" a; echo end']),
      { timeoutSeconds: 60 },
    );
    expect(output).toHaveLength(65536);
    expect(output.endsWith('aend\n')).toBe(true);
  });

  it('is killed with everything it started when its time is over', async () => {
    const script = 'trap "" TERM; (echo $$ > started; exec sleep 300) & sleep 300';
    const result = await sandbox.run(partition.spec(['/bin/sh', '-c', script]), { timeoutSeconds: 1 });
    expect(result).toMatchObject({ code: null, signal: 'SIGKILL', timedOut: true });
    expect(await ofPartition()).toEqual([]);
  });

  it('is killed when it is no longer wanted', async () => {
    const file = path.join(partition.data, 'ready');
    await rm(file, { force: true });
    const abort = new AbortController();
    const running = sandbox.run(partition.spec(['/bin/sh', '-c', 'echo x > ready; exec sleep 300']), {
      timeoutSeconds: 60,
      signal: abort.signal,
    });
    await until(() => readFile(file).catch(() => null));
    abort.abort();
    expect(await running).toMatchObject({ code: null, timedOut: false });
    expect(await ofPartition()).toEqual([]);
  });

  it('does not start when the holder’s pid is another process by now', async () => {
    const plan = sandbox.plan(partition.spec(['/bin/echo', 'it runs']));
    // As if the kernel had given the pid to a process that started later.
    const position = plan.argv.indexOf(String(partition.holder)) + 1;
    const argv = plan.argv.map((word, index) => (index === position ? String(Number(word) - 1) : word));
    const result = await executePlan({ ...plan, argv }, programs, { timeoutSeconds: 60 });
    expect(result.code).toBe(125);
    expect(result.output).toContain('network has ended');
    expect(result.output).not.toContain('it runs');
  });
});

describe('a service', () => {
  const patient = [
    '/bin/sh',
    '-c',
    'trap "echo stopped cleanly; exit 7" TERM; echo ready; while :; do sleep 0.05; done',
  ];

  it('lives through a SIGTERM that hits bubblewrap, and stops cleanly at its own', async () => {
    const { child, payload, lines } = await partition.start(sandbox.plan(partition.spec(patient)));
    await until(() => (lines().includes('ready') ? true : null));
    const init = await parentOf(payload);
    for (const pid of [child.pid ?? 0, init]) process.kill(pid, 'SIGTERM');
    expect(child.exitCode).toBeNull();
    const ended = new Promise((resolve) => {
      child.once('close', resolve);
    });
    process.kill(payload, 'SIGTERM');
    expect(await ended).toBe(7);
    expect(lines()).toContain('stopped cleanly');
  });

  it('goes with its bubblewrap', async () => {
    const { child, payload, lines } = await partition.start(sandbox.plan(partition.spec(patient)));
    await until(() => (lines().includes('ready') ? true : null));
    child.kill('SIGKILL');
    await until(async () => ((await isAlive(payload)) ? null : true));
  });

  it('goes with the process that started it', async () => {
    const starter = fileURLToPath(new URL('starter.ts', import.meta.url));
    const parent = spawn(process.execPath, [starter, JSON.stringify(partition.spec(patient))], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const payload = Number(
      await new Promise((resolve) => {
        parent.stdout.once('data', resolve);
      }),
    );
    expect(await isAlive(payload)).toBe(true);
    parent.kill('SIGKILL');
    await until(async () => ((await isAlive(payload)) ? null : true));
  });
});

async function parentOf(pid: number): Promise<number> {
  return Number((await readFile(`/proc/${pid}/stat`, 'utf8')).replace(/^.*\) \S (\d+) .*$/s, '$1'));
}

async function isAlive(pid: number): Promise<boolean> {
  const record = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  return record !== '' && !/\) [ZX] /.test(record);
}

/** Processes that still use the partition's network, beside its holder. */
async function ofPartition(): Promise<string[]> {
  const own = await readlink(`/proc/${partition.holder}/ns/net`);
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const same = await Promise.all(
    pids.map(async (pid) => ((await readlink(`/proc/${pid}/ns/net`).catch(() => '')) === own ? pid : '')),
  );
  const names = await Promise.all(
    same.filter(Boolean).map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return names.filter((line) => !/sleep.infinity/.test(line));
}
