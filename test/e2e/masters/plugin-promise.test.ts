/** Promises that are plug-ins of Python, in the real sandbox. The Python of the host stands in for that of a software. */
import { existsSync } from 'node:fs';
import { chown, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkPlugin, type PluginResult } from '../../../agent/grid/plugin-promises.ts';
import type { PromiseMode } from '../../../agent/grid/promise-results.ts';
import { openPartition, isRoot, sandbox, type TestPartition } from '../sandbox/partition.ts';

const HEAD = `
from zope.interface import implementer
from slapos.grid.promise import interface
from slapos.grid.promise.generic import GenericPromise, TestResult, AnomalyResult
`;

let partition: TestPartition;

beforeEach(async () => {
  partition = await openPartition();
});
afterEach(() => partition.close());

async function put(file: string, content: string): Promise<void> {
  const folder = path.join(partition.data, 'etc', 'plugin');
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, file), content);
  if (isRoot)
    for (const each of [path.dirname(folder), folder, path.join(folder, file)])
      await chown(each, partition.identity.uid, partition.identity.gid);
}

function check(mode: PromiseMode = 'test', tree?: string, timeoutSeconds = 20): Promise<PluginResult> {
  return checkPlugin({ name: 'check', file: 'check.py', modifiedMs: 0, timeoutSeconds }, mode, {
    holderPid: partition.holder,
    sandbox,
    spec: ({ command, environment }) => ({
      ...partition.spec(command, environment),
      ...(tree === undefined ? {} : { tree }),
    }),
    slap: { computer: 'COMP-1', partition: 'slappart0' },
  });
}

/** @param body of the class, indented by two spaces. */
async function plugin(body: string, before = ''): Promise<void> {
  await put(
    'check.py',
    `${HEAD}${before}\n@implementer(interface.IPromise)\nclass RunPromise(GenericPromise):\n${body}\n`,
  );
}

/** @param lines of `sense`. */
function senses(...lines: string[]): Promise<void> {
  return plugin(['  def sense(self):', ...lines.map((line) => `    ${line}`)].join('\n'));
}

function kept(folder: 'log' | 'result' | 'cache', file: string): Promise<string> {
  return readFile(path.join(partition.data, '.slapgrid', 'promise', folder, file), 'utf8');
}

it('of a software without Python is broken, and says what is missing', async () => {
  const tree = path.join(partition.folder, 'bare');
  await mkdir(path.join(tree, 'usr', 'bin'), { recursive: true });
  await senses('pass');
  expect(await check('test', tree)).toMatchObject({
    kept: false,
    message: expect.stringContaining('Add the package python3'),
  });
});

if (existsSync('/usr/bin/python3')) {
  describe('a plug-in', () => {
    it('is kept by lines without an error; they are its message', async () => {
      await senses('self.logger.info("first\\nof two")', 'self.logger.warning("and %s", "another")');
      expect(await check()).toEqual({
        isDecided: true,
        kept: true,
        message: 'first\nof two\nand another',
        periodMs: 120_000,
        mayBang: true,
      });
    });

    it('is broken by a line that is an error, and by what it raises', async () => {
      await senses('self.logger.error("not well")');
      expect(await check()).toMatchObject({ kept: false, message: 'not well' });
      await senses('raise ValueError("nor this")');
      expect(await check()).toMatchObject({ kept: false, message: 'nor this' });
    });

    it('leaves its log, result and state where instances look for them', async () => {
      await senses('self.logger.info("ok, config here")');
      await check();
      expect(await kept('log', 'check.log')).toMatch(
        /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d - INFO - \d+-\d{3} - ok, config here\n$/,
      );
      expect(JSON.parse(await kept('result', 'check.status.json'))).toEqual({
        title: 'check',
        name: 'check.py',
        path: '/srv/data/etc/plugin/check.py',
        'execution-time': expect.any(Number),
        result: {
          type: 'Test Result',
          failed: false,
          date: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000$/),
          message: 'ok, config here',
        },
      });
      const cache = JSON.parse(await kept('cache', 'check')) as Record<string, number>;
      expect(Object.keys(cache)).toEqual([
        'is_tested',
        'is_anomaly_detected',
        'periodicity',
        'next_run_after',
        'timestamp',
        'module_file',
        'module_file_mtime',
      ]);
      expect((cache['next_run_after'] ?? 0) - (cache['timestamp'] ?? 0)).toBeCloseTo(120, 3);
    });

    it('is given its settings and who the instance is', async () => {
      await plugin(
        [
          '  def sense(self):',
          '    keys = ("frontend", "computer-id", "partition-id", "missing")',
          '    self.logger.info(" ".join(str(self.getConfig(key, "-")) for key in keys))',
          '    self.logger.info("%s %s %s", self.getName(), self.getTitle(), self.getPartitionFolder())',
        ].join('\n'),
        'extra_config_dict = {"frontend": "f1"}',
      );
      expect((await check()).message).toBe('f1 COMP-1 slappart0 -\ncheck.py check /srv/data');
    });

    it('runs as nobody of the host, in the instance’s data', async () => {
      await senses('import os', 'self.logger.info("%s %s", os.getcwd(), os.path.exists("/home"))');
      expect((await check()).message).toBe('/srv/data False');
    });

    it('decides by as many of its executions as it wants', async () => {
      await plugin(
        [
          '  def sense(self):',
          '    self.logger.error("again")',
          '  def test(self):',
          '    return self._test(result_count=3, failure_amount=2)',
        ].join('\n'),
      );
      expect(await check()).toMatchObject({ kept: true, message: 'again' });
      expect(await check()).toMatchObject({ kept: false, message: 'again' });
      expect((await kept('log', 'check.log')).trim().split('\n')).toHaveLength(2);
    });

    it('may say nothing of a start, or nothing of what runs', async () => {
      const less = (which: string): string =>
        [
          '  def __init__(self, config):',
          '    super().__init__(config)',
          `    self.${which}()`,
          '    self.setPeriodicity(minute=5)',
          '    self.allowBang(False)',
          '  def sense(self):',
          '    self.logger.error("bad")',
        ].join('\n');
      const silent = { isDecided: false, kept: true, periodMs: 300_000, mayBang: false };
      const said = { isDecided: true, kept: false, periodMs: 300_000, mayBang: false, message: 'bad' };
      await plugin(less('setTestLess'));
      expect(await check('test')).toMatchObject(silent);
      expect(await check('anomaly')).toEqual(said);
      expect(JSON.parse(await kept('result', 'check.status.json'))).toMatchObject({
        result: { type: 'Anomaly Result', failed: true },
      });
      await plugin(less('setAnomalyLess'));
      expect(await check('anomaly')).toMatchObject(silent);
      expect(await check('test')).toEqual(said);
    });

    it('has a message of 5000 characters at most, its end', async () => {
      await senses('self.logger.error("a" * 4000 + "b" * 4000)');
      const { message } = await check();
      expect(message).toBe(`...${'a'.repeat(1000)}${'b'.repeat(4000)}`);
    });

    it('finds a slapos.core that its own path names before the one of this node', async () => {
      const own = path.join('etc', 'own', 'slapos', 'grid', 'promise');
      await partition.inside('mkdir', '-p', own);
      const generic = `
class GenericPromise:
  def __init__(self, config):
    self.config = config
  def allowBang(self, allow=True):
    pass
  def getPeriodicity(self):
    return 7
  isTested = isAnomalyDetected = lambda self: True
  def run(self, check_anomaly=False, can_bang=True):
    class Queued:
      class item:
        message = "its own"
        type = staticmethod(lambda: "Test Result")
        hasFailed = staticmethod(lambda: False)
    self.config["queue"].put(Queued)
`;
      const files = {
        'etc/own/slapos/__init__.py': '',
        'etc/own/slapos/grid/__init__.py': '',
        [`${own}/__init__.py`]: '',
        [`${own}/interface.py`]: 'from zope.interface import Interface\nclass IPromise(Interface):\n  pass\n',
        [`${own}/generic.py`]: generic,
      };
      for (const [file, content] of Object.entries(files))
        await partition.inside('sh', '-c', 'printf %s "$1" >"$2"', 'write', content, file);
      await put(
        'check.py',
        `import sys\nsys.path[0:0] = ['/srv/data/etc/own']\nfrom zope.interface import implementer
from slapos.grid.promise import interface\nfrom slapos.grid.promise.generic import GenericPromise
@implementer(interface.IPromise)\nclass RunPromise(GenericPromise):\n  pass\n`,
      );
      expect(await check()).toMatchObject({ kept: true, message: 'its own', periodMs: 420_000 });
    });
  });

  describe('a plug-in that is garbage', () => {
    const NO_RESULT = 'Error: No output returned by the promise';

    it.each([
      ['does not parse', 'class (', 'SyntaxError'],
      ['has no RunPromise', 'x = 1', 'AttributeError: check.py has no class RunPromise'],
      ['does not implement the interface', `${HEAD}\nclass RunPromise(GenericPromise):\n  pass`, 'IPromise'],
      ['imports what is not there', 'import not_installed_anywhere', 'not_installed_anywhere'],
      ['ends the process', 'import os; os._exit(0)', NO_RESULT],
      ['raises an exit', 'raise SystemExit(0)', 'SystemExit'],
      ['kills all it can', 'import os; os.kill(-1, 9)', NO_RESULT],
      ['is no text', '\0\0', ''],
    ])('%s: is broken, and says so', async (_, content, message) => {
      await put('check.py', content);
      const result = await check();
      expect(result).toMatchObject({ isDecided: true, kept: false });
      expect(result.message).toContain(message);
      expect(result.message.startsWith(NO_RESULT)).toBe(true);
    });

    it('prints megabytes: has its result all the same', async () => {
      await senses('print("x" * 50_000_000)', 'self.logger.info("done")');
      expect(await check()).toMatchObject({ kept: true, message: 'done' });
    });

    it('logs megabytes: its log is cut', async () => {
      await senses('for n in range(300): self.logger.info("y" * 10_000)');
      await check();
      expect((await kept('log', 'check.log')).length).toBeLessThan(1024 * 1024);
    });

    it('leaves processes behind: they end with the check', async () => {
      await senses(
        'import subprocess',
        'subprocess.Popen(["sleep", "86399"], start_new_session=True)',
        'self.logger.info("done")',
      );
      expect(await check()).toMatchObject({ kept: true, message: 'done' });
      expect(await partition.outside('pgrep', '-f', '^sleep 86399$')).toBe('');
    });

    it('writes what is no answer where the answer is expected: is broken', async () => {
      await senses(
        'import os, time',
        'for n in range(3, 20):',
        '  try: os.write(n, b"{\\"type\\": 1, \\"failed\\": \\"no\\"}\\n")',
        '  except OSError: pass',
        'time.sleep(1)',
      );
      expect((await check()).kept).toBe(false);
    });

    it('hides its files behind a link: nothing outside is written', async () => {
      await senses('self.logger.info("done")');
      await rm(path.join(partition.data, '.slapgrid'), { recursive: true, force: true });
      await symlink(partition.folder, path.join(partition.data, '.slapgrid'));
      expect((await check()).kept).toBe(false);
      expect(existsSync(path.join(partition.folder, 'promise'))).toBe(false);
    });
  });

  describe('a plug-in that takes too long', () => {
    it('is ended, a second later with all of it; while an instance runs it is broken the second time', async () => {
      await senses('import signal', 'signal.signal(signal.SIGTERM, signal.SIG_IGN)', 'while True: pass');
      const late = 'Error: Promise timed out after 1 seconds';
      expect(await check('anomaly', undefined, 1)).toMatchObject({ kept: true, message: late });
      expect(await check('anomaly', undefined, 1)).toMatchObject({ kept: false, message: late });
    });
  });
}
