import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pathsOf } from '../../../agent/paths.ts';
import { runtimeFor, type RuntimeSource } from '../../../agent/runtime/install.ts';
import { isRunning, programOf } from '../../../agent/runtime/processes.ts';
import { digestOfAgent } from '../../../agent/runtime/release.ts';
import { startAgent } from '../../../agent/setup/agent-process.ts';
import { ensureAgent, type EnsuredAgent } from '../../../agent/setup/ensure-agent.ts';
import type { Dialogue } from '../../../agent/setup/dialogue.ts';
import type { ProbeResult } from '../../../agent/sandbox/types.ts';

/** A program that is an agent as far as its process goes: it writes its pid and waits. */
const AGENT = `
import { writeFileSync } from 'node:fs';
import path from 'node:path';
writeFileSync(path.join(process.env.SLAPGRID_HOME, 'private', 'pid'), String(process.pid));
setInterval(() => {}, 1000);
`;

type Connection = {
  state(): Promise<{ agent: { pid: number; version: string } }>;
  shutdown(): Promise<void>;
};

let folder: string;
let home: string;
let source: RuntimeSource;
const pids = new Set<number>();

beforeEach(async () => {
  // A mode that partition users could walk through, as root's data folder needs.
  folder = await mkdtemp(path.join(tmpdir(), 'slapgrid-ensure-'));
  await chmod(folder, 0o711);
  home = path.join(folder, 'home');
  const agentFolder = path.join(folder, 'agent');
  await mkdir(agentFolder);
  await writeFile(path.join(agentFolder, 'agent.mjs'), AGENT);
  await release(agentFolder, '1.0.0');
  source = { agentFolder, node: process.execPath, nodeVersion: process.version };
});

afterEach(async () => {
  for (const pid of pids) {
    if (await isRunning(pid)) process.kill(pid, 'SIGKILL');
    await expect.poll(() => isRunning(pid)).toBe(false);
  }
  pids.clear();
  await rm(folder, { recursive: true });
});

async function release(agentFolder: string, version: string): Promise<void> {
  const document = { version, digest: await digestOfAgent(agentFolder) };
  await writeFile(path.join(agentFolder, 'version.json'), JSON.stringify(document));
}

/** Whatever agent wrote its pid last and lives, said to be of `version`. */
async function connect(version: string): Promise<Connection | undefined> {
  const written = await readFile(path.join(home, 'private', 'pid'), 'utf8').catch(() => '');
  const pid = Number(written);
  if (written === '' || !(await isRunning(pid))) return undefined;
  pids.add(pid);
  return {
    state: async () => ({ agent: { pid, version } }),
    shutdown: async () => void process.kill(pid, 'SIGTERM'),
  };
}

async function ensure(
  version = '1.0.0',
  probe: ProbeResult = { ok: true, program: 'bwrap', version: '1' },
): Promise<{ ensured: EnsuredAgent<Connection>; said: string[] }> {
  const said: string[] = [];
  const dialogue: Dialogue = {
    interactive: false,
    note: (line) => void said.push(line),
    draw: () => undefined,
    settle: () => undefined,
    ask: async () => null,
  };
  const ensured = await ensureAgent({
    home,
    source,
    dialogue,
    sandbox: { probe: async () => probe },
    connect: () => connect(version),
    manager: async () => null,
    now: Date.now,
  });
  return { ensured, said };
}

const pidOf = async ({ connection }: EnsuredAgent<Connection>): Promise<number> =>
  (await connection.state()).agent.pid;

describe('start', () => {
  test('installs the runtime and starts the agent from there', async () => {
    const { ensured } = await ensure();
    expect(ensured.outcome).toBe('started');
    const runtime = await runtimeFor(pathsOf(home), source);
    expect(await programOf(await pidOf(ensured))).toBe(runtime.node);
  });

  test('a second time finds the same agent', async () => {
    const first = await ensure();
    const second = await ensure();
    expect(second.ensured.outcome).toBe('found');
    expect(await pidOf(second.ensured)).toBe(await pidOf(first.ensured));
  });

  test('replaces an agent of an older build', async () => {
    const old = await pidOf((await ensure()).ensured);
    await writeFile(path.join(source.agentFolder, 'agent.mjs'), `${AGENT}// of today\n`);
    await release(source.agentFolder, '1.1.0');
    const { ensured } = await ensure('1.0.0');
    expect(ensured.outcome).toBe('replaced');
    expect(await isRunning(old)).toBe(false);
    expect(await programOf(await pidOf(ensured))).toBe((await runtimeFor(pathsOf(home), source)).node);
  });

  test('leaves a newer agent alone, and says so', async () => {
    const newer = path.join(folder, 'newer.mjs');
    await copyFile(path.join(source.agentFolder, 'agent.mjs'), newer);
    const paths = pathsOf(home);
    await mkdir(paths.private, { recursive: true });
    const running = await startAgent(paths, { node: process.execPath, agent: newer });
    pids.add(running.pid);
    await expect.poll(() => connect('2.0.0')).toBeDefined();
    const { ensured, said } = await ensure('2.0.0');
    expect(ensured.outcome).toBe('newer');
    expect(await pidOf(ensured)).toBe(running.pid);
    expect(said).toEqual(['A newer Slapgrid (2.0.0) is running; this one is 1.0.0. It was left as it is.']);
  });

  test('without isolation still starts, so that what is here can be looked after, and says it', async () => {
    const { ensured, said } = await ensure('1.0.0', { ok: false, cause: 'userns-disabled', detail: '' });
    expect(ensured).toMatchObject({ outcome: 'started', toldIsolation: true });
    expect(said).toHaveLength(2);
  });
});
