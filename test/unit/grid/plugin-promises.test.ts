import { chmod, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../../agent/clock.ts';
import { pluginPromises, PluginTimes } from '../../../agent/grid/plugin-promises.ts';
import { PromiseWatch } from '../../../agent/grid/promise-watch.ts';
import type { StartedInstance } from '../../../agent/grid/start-instance.ts';
import { partitionLayouts, type PartitionLayout } from '../../../agent/node/format.ts';
import { pathsOf } from '../../../agent/paths.ts';

let home: string;
let layout: PartitionLayout;

beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'slapgrid-plugins-'));
  const [first] = partitionLayouts(pathsOf(home), {
    partitionAmount: 1,
    addressBlock: '127.64.0',
    identityBase: null,
  });
  if (first === undefined) throw new TypeError('there is no partition');
  layout = first;
  await mkdir(path.join(layout.paths.data, 'etc', 'plugin'), { recursive: true });
});
afterEach(() => rm(home, { recursive: true }));

function fileOf(name: string): string {
  return path.join(layout.paths.data, 'etc', 'plugin', name);
}

async function put(name: string, modified = 1000): Promise<void> {
  await writeFile(fileOf(name), '');
  await utimes(fileOf(name), modified, modified);
}

describe('plug-ins that software puts into its partition', () => {
  it('are its files of Python, named without their extension, with 20 seconds', async () => {
    await put('well.py');
    await put('__init__.py');
    await put('notes.txt');
    await put('executable');
    await chmod(fileOf('executable'), 0o755);
    expect(await pluginPromises(layout, [])).toEqual([
      { name: 'well', file: 'well.py', modifiedMs: 1_000_000, timeoutSeconds: 20 },
    ]);
  });

  it('are not folders or links', async () => {
    await mkdir(fileOf('folder.py'));
    await symlink('/usr/bin/true', fileOf('link.py'));
    expect(await pluginPromises(layout, [])).toEqual([]);
  });

  it('never take the name of another promise', async () => {
    await put('well.py');
    expect(await pluginPromises(layout, ['well'])).toMatchObject([{ name: 'etc/plugin/well.py' }]);
  });
});

describe('the time of a plug-in', () => {
  const plugin = { name: 'well', file: 'well.py', modifiedMs: 1, timeoutSeconds: 20 };

  it('has come when it never ran, after its period, and when it was changed', () => {
    const times = new PluginTimes();
    expect(times.isDue(plugin, 0)).toBe(true);
    times.ran(plugin, { periodMs: 60_000 }, 0);
    expect(times.isDue(plugin, 59_999)).toBe(false);
    expect(times.isDue(plugin, 60_000)).toBe(true);
    expect(times.isDue({ ...plugin, modifiedMs: 2 }, 1)).toBe(true);
  });
});

describe('while an instance runs', () => {
  /** What each execution answers, by the file's name; and what came of it. */
  let answers: Record<string, object>;
  let events: string[];
  let watch: PromiseWatch;
  let now: number;
  let waiting: { at: number; run: () => void }[];
  let started: StartedInstance;

  const clock: Clock = {
    now: () => now,
    after(milliseconds, run) {
      const timer = { at: now + milliseconds, run };
      waiting.push(timer);
      return () => {
        waiting = waiting.filter((each) => each !== timer);
      };
    },
  };

  beforeEach(async () => {
    answers = {};
    events = [];
    waiting = [];
    now = 0;
    // A tree with a Python; the sandbox is a stand-in that answers for it.
    const tree = path.join(home, 'tree');
    await mkdir(path.join(tree, 'usr', 'bin'), { recursive: true });
    await writeFile(path.join(tree, 'usr', 'bin', 'python3'), '');
    started = {
      rendered: { promises: [] },
      promiseContext: {
        spec: ({ command }: { command: readonly string[] }) => ({ tree, command }),
        slap: { computer: 'computer', partition: 'slappart0' },
        sandbox: {
          run(spec: { command: readonly string[] }) {
            const request = JSON.parse(spec.command.at(-1) ?? '') as { file: string; anomaly: boolean };
            const file = path.basename(request.file);
            events.push(`${file} ran${request.anomaly ? '' : ' as a test'}`);
            const output = `\n${JSON.stringify({ ...ANSWER, ...answers[file] })}\n`;
            return Promise.resolve({ code: 0, signal: null, output, timedOut: false });
          },
        },
      },
    } as unknown as StartedInstance;
    watch = new PromiseWatch(
      layout,
      { clock, onFault: (error) => events.push(String(error)) },
      {
        now: () => ({ started, turns: 0 }),
        broken: (name, { message }) => told(`${name} broken: ${message}`),
        bang: (name) => told(`bang ${name}`),
        well: () => told('well'),
        changed: () => undefined,
      },
    );
    watch.schedule(started);
  });
  afterEach(async () => {
    watch.cancel();
    await watch.settled();
  });

  const ANSWER = { decided: true, failed: false, message: 'fine', periodMinutes: 2, mayBang: true };

  function told(event: string): Promise<void> {
    events.push(event);
    return Promise.resolve();
  }

  /** Lets a minute pass, and what is due end. @returns what happened. */
  async function minute(): Promise<string[]> {
    now += 60_000;
    events = [];
    const due = waiting.filter(({ at }) => at <= now);
    waiting = waiting.filter(({ at }) => at > now);
    const left = waiting.length;
    for (const { run } of due) run();
    // Each waits anew when it has ended.
    await expect.poll(() => waiting.length, { timeout: 10_000 }).toBe(left + due.length);
    return events;
  }

  it('each runs when its time has come', async () => {
    await put('often.py');
    await put('seldom.py');
    answers = { 'often.py': { periodMinutes: 1 }, 'seldom.py': { periodMinutes: 3 } };
    expect(await minute()).toEqual(['often.py ran', 'seldom.py ran', 'well']);
    expect(await minute()).toEqual(expect.arrayContaining(['often.py ran', 'well']));
    expect(await minute()).toEqual(['often.py ran', 'well']);
    expect(await minute()).toEqual(expect.arrayContaining(['often.py ran', 'seldom.py ran']));
  });

  it('a broken one is told at once, and asks for the instance to be processed, once however many are', async () => {
    await put('one.py');
    await put('two.py');
    answers = { 'one.py': { failed: true, message: 'no' }, 'two.py': { failed: true, message: 'nor I' } };
    expect(await minute()).toEqual([
      'one.py ran',
      'one broken: no',
      'two.py ran',
      'two broken: nor I',
      'bang one',
    ]);
    expect(watch.isBroken).toBe(true);
  });

  it('one that forbids it asks for nothing', async () => {
    await put('one.py');
    answers = { 'one.py': { failed: true, message: 'no', mayBang: false } };
    expect(await minute()).toEqual(['one.py ran', 'one broken: no']);
  });

  it('a broken one stays broken until it runs again', async () => {
    await put('one.py');
    answers = { 'one.py': { failed: true, mayBang: false } };
    await minute();
    answers = {};
    await minute();
    expect([...watch.views()]).toMatchObject([{ name: 'one', state: 'failed' }]);
    await minute();
    expect([...watch.views()]).toMatchObject([{ name: 'one', state: 'kept', message: 'fine' }]);
  });

  it('one that says nothing about what runs is not shown', async () => {
    await put('one.py');
    answers = { 'one.py': { decided: false, message: '' } };
    expect(await minute()).toEqual(['one.py ran', 'well']);
    expect([...watch.views()]).toEqual([]);
  });

  it('one that was taken away is shown no more', async () => {
    await put('one.py');
    await minute();
    await rm(fileOf('one.py'));
    await minute();
    expect([...watch.views()]).toEqual([]);
  });
});
