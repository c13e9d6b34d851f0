/** `slapgrid-desktop/slap` as another program has it: built, installed, without a type stripper. */
import { execFile } from 'node:child_process';
import { copyFile, cp, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createSlapClient, SlapError, type SlapClient } from '../../slap/library.ts';
import { type RunningProxy, startProxy } from './running-proxy.ts';

const ROOT = path.join(import.meta.dirname, '..', '..');
const TSC = path.join(ROOT, 'node_modules', '.bin', 'tsc');
const run = promisify(execFile);

const COMPUTER = 'local_computer';
const SOFTWARE = 'http://example.invalid/software.cfg';

let running: RunningProxy;
let node: SlapClient;
beforeEach(async () => {
  running = await startProxy();
  node = createSlapClient({ url: running.server.url({ kind: 'computer', computerId: COMPUTER }) });
  await node.computer(COMPUTER).format({
    address: '127.0.0.1',
    netmask: '255.255.255.255',
    partitions: ['slappart0', 'slappart1'].map((reference) => ({
      reference,
      interfaceName: 'lo',
      addresses: [],
    })),
  });
});
afterEach(async () => {
  expect(running.faults).toEqual([]);
  await running.stop();
});

function person(options: { family?: 'classic' | 'json-rpc' } = {}): SlapClient {
  return createSlapClient({ url: running.server.url({ kind: 'person' }), ...options });
}

describe.each(['classic', 'json-rpc'] as const)('a client of the %s family', (family) => {
  it('requests an instance and changes it', async () => {
    const slap = person({ family });
    const made = await slap.request({ software: SOFTWARE, name: 'one', parameters: { a: 'b', number: 1 } });
    expect(made).toMatchObject({
      name: 'one',
      state: 'started',
      software: SOFTWARE,
      type: 'default',
      computer: COMPUTER,
      partition: 'slappart0',
      shared: false,
      parameters: { a: 'b', number: '1' },
      connection: {},
    });
    const stopped = await slap.request({ software: SOFTWARE, name: 'one', state: 'stopped' });
    expect(stopped).toMatchObject({ partition: 'slappart0', state: 'stopped' });
  });

  it('keeps the kinds of parameters that travel as JSON, and reads a connection that does', async () => {
    const slap = person({ family });
    const request = {
      software: SOFTWARE,
      name: 'one',
      parameters: { nested: { list: [1, null] } },
      serialisation: 'json-in-xml',
    } as const;
    await slap.request(request);
    await node.computer(COMPUTER).partition('slappart0').publish({ _: '{"port": 80}' });
    expect(await slap.request(request)).toMatchObject({
      parameters: { nested: { list: [1, null] } },
      connection: { port: 80 },
    });
  });

  it('waits until the instance published something', async () => {
    const slap = person({ family });
    running.proxy.onChange(({ kind }) => {
      if (kind !== 'request') return;
      setImmediate(() => void node.computer(COMPUTER).partition('slappart0').publish({ url: 'http://a/' }));
    });
    const ready = await slap.requestUntilReady(
      { software: SOFTWARE, name: 'one' },
      { intervalMilliseconds: 5 },
    );
    expect(ready.connection).toEqual({ url: 'http://a/' });
  });

  it('supplies and removes software', async () => {
    const slap = person({ family });
    await slap.supply(SOFTWARE, COMPUTER);
    await slap.supply('http://example.invalid/other.cfg', COMPUTER);
    await slap.remove('http://example.invalid/other.cfg', COMPUTER);
    expect((await node.computer(COMPUTER).information()).software).toEqual([
      { url: SOFTWARE, requestedState: 'available' },
      { url: 'http://example.invalid/other.cfg', requestedState: 'destroyed' },
    ]);
  });

  it('says why there is none', async () => {
    const slap = person({ family });
    const refused = slap.request({ software: SOFTWARE, name: 'one', node: { computer_guid: 'elsewhere' } });
    await expect(refused).rejects.toThrow(SlapError);
    await expect(refused).rejects.toThrow('No free computer partition');
  });
});

it('gives up waiting when the time is over, and when it is told to', async () => {
  const request = { software: SOFTWARE, name: 'one' };
  await expect(person().requestUntilReady(request, { timeoutMilliseconds: 0 })).rejects.toMatchObject({
    code: 'not-ready',
  });
  const reason = new Error('enough');
  const controller = new AbortController();
  const waiting = person().requestUntilReady(request, { signal: controller.signal });
  controller.abort(reason);
  await expect(waiting).rejects.toBe(reason);
});

it('requests children for the instance that asks', async () => {
  const partition = { computerId: COMPUTER, partitionId: 'slappart0' };
  await person().request({ software: SOFTWARE, name: 'root' });
  const url = running.server.url({ kind: 'partition', ...partition });
  await createSlapClient({ url, requester: partition }).request({ software: SOFTWARE, name: 'child' });
  expect(running.proxy.instanceByName('child', 'root')).toMatchObject({ partitionId: 'slappart1' });
  expect(() => createSlapClient({ url, requester: partition, family: 'json-rpc' })).toThrow(TypeError);
});

it('sees and reports as a node does', async () => {
  await person().request({ software: SOFTWARE, name: 'one' });
  const computer = node.computer(COMPUTER);
  const partition = computer.partition('slappart0');
  await partition.report({ state: 'started' });
  await partition.bang('look again');
  expect(await partition.information()).toMatchObject({ instanceTitle: 'one', requestedState: 'started' });
  await person().request({ software: SOFTWARE, name: 'one', state: 'destroyed' });
  await partition.report({ state: 'destroyed' });
  expect((await computer.information()).partitions.map(({ software }) => software)).toEqual([null, null]);
});

describe('another project', () => {
  let project: string;
  let installed: string;
  beforeAll(async () => {
    project = await mkdtemp(path.join(tmpdir(), 'slapgrid-library-'));
    installed = path.join(project, 'node_modules', 'slapgrid-desktop');
    await mkdir(installed, { recursive: true });
    await symlink(path.join(ROOT, 'node_modules', 'zod'), path.join(project, 'node_modules', 'zod'));
    const archive = await packed();
    await run('tar', ['-xzf', archive, '-C', installed, '--strip-components=1', '--no-same-owner']);
  });
  afterAll(() => rm(project, { recursive: true }));

  /** What `npm pack` makes of the project, of which only the library is built. */
  async function packed(): Promise<string> {
    const source = path.join(project, 'source');
    const configuration = path.join(ROOT, 'scripts', 'slap-library.tsconfig.json');
    await run(TSC, ['--project', configuration, '--outDir', path.join(source, 'dist', 'slap')]);
    for (const name of ['package.json', 'LICENSE', 'README.md', 'slapgrid', 'docs', 'examples', 'slap']) {
      await cp(path.join(ROOT, name), path.join(source, name), { recursive: true });
    }
    await run('npm', ['pack', '--ignore-scripts', '--pack-destination', project], {
      cwd: source,
      env: {
        ...process.env,
        npm_config_cache: path.join(project, 'cache'),
        npm_config_offline: 'true',
        npm_config_update_notifier: 'false',
      },
    });
    const archive = (await readdir(project)).find((name) => name.endsWith('.tgz'));
    return path.join(project, archive ?? 'nothing was packed');
  }

  it('gets the library and what explains it, and none of the sources', async () => {
    expect((await readdir(installed)).sort()).toEqual([
      'LICENSE',
      'README.md',
      'dist',
      'docs',
      'examples',
      'package.json',
      'slapgrid',
    ]);
    expect(await readdir(path.join(installed, 'docs'))).toEqual(['slap-library.md']);
  });

  it('runs the example', async () => {
    const example = path.join(project, 'request.mjs');
    await copyFile(path.join(installed, 'examples', 'request.mjs'), example);
    running.proxy.onChange(({ kind }) => {
      if (kind !== 'request') return;
      setImmediate(() => void node.computer(COMPUTER).partition('slappart0').publish({ url: 'http://a/' }));
    });
    const ran = run(process.execPath, ['--no-strip-types', example, SOFTWARE, 'mine']);
    ran.child.stdin?.end(`${running.server.url({ kind: 'person' })}\n`);
    expect(await ran).toMatchObject({
      stdout: 'mine is in slappart0 of local_computer:\n  url: http://a/\n',
      stderr: '',
    });
  });

  it('has the types', async () => {
    const sources: readonly [string, string, boolean][] = [
      ['good.ts', 'state: "stopped"', true],
      ['bad.ts', 'state: "weird"', false],
    ];
    await writeFile(path.join(project, 'package.json'), '{"type": "module"}');
    for (const [name, state, isSound] of sources) {
      const file = path.join(project, name);
      await writeFile(
        file,
        `import { createSlapClient, type Instance } from 'slapgrid-desktop/slap';
const slap = createSlapClient({ url: 'http://127.0.0.1:1/' });
export const one: Promise<Instance> = slap.request({ software: 'a', name: 'b', ${state} });\n`,
      );
      const typeRoots = path.join(ROOT, 'node_modules', '@types');
      const checked = run(
        TSC,
        ['--noEmit', '--strict', '--module', 'nodenext', '--typeRoots', typeRoots, '--types', 'node', file],
        { cwd: project },
      );
      if (isSound) await checked;
      else await expect(checked).rejects.toMatchObject({ stdout: expect.stringContaining('"weird"') });
    }
  });
});
