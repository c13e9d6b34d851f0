import { describe, expect, test } from 'vitest';
import { readyInstance } from '../../fakes/agent-service.ts';
import { commandLine } from './command-line.ts';

describe('exit status', () => {
  test.each([
    [['frobnicate'], 5, 'There is no command “frobnicate”.'],
    [['service', 'frobnicate'], 5, 'There is no command “frobnicate”.'],
    [['--frobnicate'], 5, 'There is no option “--frobnicate” here.'],
    [['status', '--frobnicate'], 2, 'There is no option “--frobnicate” here.'],
    [['request'], 2, 'NAME is missing.'],
    [['request', 'a', 'b', '--state', 'flying'], 2, 'cannot have the value “flying”'],
    [['request', 'a', 'b', '--parameters', 'novalue'], 2, '“novalue” is not a parameter'],
    [['request', 'a', 'b', '--parameters', 'k=1', 'k=2'], 2, 'The parameter “k” is given twice.'],
    [['request', 'a', 'b', '-p', 'k=1', '--parameters-file', 'x.json'], 2, 'both as words and as a file'],
    [['logs', 'a', '-n', 'many'], 2, 'cannot have the value “many”'],
    [['usage', 'decade'], 2, 'PERIOD cannot be “decade”.\nIt can be: day, week, month.'],
    [['usage', '--by', 'age'], 2, 'cannot have the value “age”.\nIt can be: person, partition.'],
    [['lend', 'world'], 2, 'WHOM cannot be “world”.\nIt can be: nobody, me, people, everyone.'],
    [['status', 'too', 'much'], 2, 'more words than this command takes'],
    [['service'], 2, 'A second word is missing: list, info.'],
    [['stop'], 2, 'Say which'],
    [['stop', 'a', '--all'], 2, 'Say which'],
    [['start', '--open', '--headless'], 2, 'exclude each other'],
    [['uninstall', '--keep-data', '--export', '/tmp/x'], 2, 'exclude each other'],
    [['completion', 'tcsh'], 2, 'There is no completion for “tcsh”.'],
    [['service', 'info', 'nope'], 2, 'There is no instance named “nope”.'],
  ])('of %j is %i', async (argv, status, said) => {
    const ran = await commandLine().run(...argv);
    expect(ran.stderr).toContain(said);
    expect(ran).toMatchObject({ status, stdout: '' });
  });

  test('a slip of the finger gets the command that was meant', async () => {
    expect((await commandLine().run('statsu')).stderr).toContain('Did you mean “status”?');
  });
});

describe('--help', () => {
  test('teaches the way from the start to the end with commands to copy', async () => {
    const { status, stdout } = await commandLine().run('--help');
    expect(status).toBe(0);
    for (const line of [
      './slapgrid start',
      './slapgrid request my-cache memcached',
      './slapgrid stop --all',
    ]) {
      expect(stdout).toContain(line);
    }
  });

  test('without any word is the same', async () => {
    const { run } = commandLine();
    expect(await run()).toEqual(await run('--help'));
  });

  test.each([
    'start status request stop destroy bang logs export supply remove link doctor uninstall completion'.split(
      ' ',
    ),
  ])('is there for %s', async (command) => {
    const ran = await commandLine().run(command, '--help');
    expect(ran).toMatchObject({ status: 0, stderr: '' });
    expect(ran.stdout).toContain(`Usage: slapgrid ${command}`);
    expect(ran.stdout).not.toMatch(/cli\.(help|option|examples)/);
  });
});

describe('--json', () => {
  test('an error is a document too', async () => {
    const ran = await commandLine({ running: false }).run('status', '--json');
    expect(ran).toMatchObject({ status: 1, stderr: '' });
    expect(JSON.parse(ran.stdout)).toEqual({
      error: {
        code: 'agent-not-running',
        sentence: 'Slapgrid is not running on /var/lib/slapgrid.',
        nextStep: 'Start it with “./slapgrid start”.',
      },
    });
  });

  test('a line that cannot be read is a document too', async () => {
    const ran = await commandLine().run('frobnicate', '--json');
    expect(JSON.parse(ran.stdout)).toMatchObject({ error: { code: 'usage-unknown-command' } });
    expect(ran.status).toBe(5);
  });

  test.each([
    [['status']],
    [['service', 'list']],
    [['service', 'info', 'cache']],
    [['software', 'list']],
    [['stop', 'cache']],
    [['start', 'cache']],
    [['destroy', 'cache', '--yes']],
    [['bang', 'cache']],
    [['export', 'cache', '/tmp/x.tar']],
    [['remove', 'redis']],
    [['supply', 'redis', '--detach']],
    [['link']],
    [['proxy', 'url']],
    [['request', '--cancel', 'cache']],
    [['request', 'other', 'redis', '--detach']],
  ])('%j writes one document and nothing else', async (argv) => {
    const { service, run } = commandLine();
    service.show(0, readyInstance());
    const ran = await run(...argv, '--json');
    expect(JSON.parse(ran.stdout)).toBeTypeOf('object');
    expect(ran.stderr).toBe('');
  });
});
