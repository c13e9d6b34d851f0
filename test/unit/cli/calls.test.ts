import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readyInstance } from '../../fakes/agent-service.ts';
import { commandLine } from './command-line.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'slapgrid-cli-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('request', () => {
  test('asks for the name, then the software, as upstream does', async () => {
    const { service, run } = commandLine();
    await run('request', 'my-cache', 'memcached', '--detach');
    expect(service.calls).toContainEqual([
      'request',
      { name: 'my-cache', software: 'memcached', softwareType: 'default' },
    ]);
  });

  test('sends type, state and parameters', async () => {
    const { service, run } = commandLine();
    const words =
      'request site nginx --type forward --state stopped --parameters target=http://a/?b=c empty=';
    await run(...words.split(' '), '--detach');
    expect(service.calls).toContainEqual([
      'request',
      {
        name: 'site',
        software: 'nginx',
        softwareType: 'forward',
        state: 'stopped',
        parameters: { target: 'http://a/?b=c', empty: '' },
      },
    ]);
  });

  test.each([
    ['site.json', '{"memory": 64, "nested": {"a": [1, null]}}', { memory: 64, nested: { a: [1, null] } }],
    ['site.yaml', 'memory: 64\nnested:\n  a: [1, null]\n', { memory: 64, nested: { a: [1, null] } }],
    [
      'site.xml',
      '<?xml version="1.0"?><instance><parameter id="memory">64</parameter></instance>',
      { memory: '64' },
    ],
  ])('reads parameters from %s', async (name, content, parameters) => {
    const file = path.join(folder, name);
    await writeFile(file, content);
    const { service, run } = commandLine();
    await run('request', 'cache', 'memcached', '--parameters-file', file, '--detach');
    expect(service.calls).toContainEqual(['request', expect.objectContaining({ parameters })]);
  });

  test.each([
    ['a list', '[1, 2]', 'parameters-file-not-an-object'],
    ['no JSON', '{', 'parameters-file-invalid'],
  ])('refuses a file that holds %s, and requests nothing', async (_, content, code) => {
    const file = path.join(folder, 'parameters.json');
    await writeFile(file, content);
    const { service, run } = commandLine();
    const ran = await run('--json', 'request', 'cache', 'memcached', '--parameters-file', file);
    expect(JSON.parse(ran.stdout)).toMatchObject({ error: { code } });
    expect(ran.status).toBe(2);
    expect(service.calls).toEqual([]);
  });

  test('says a missing file by its name', async () => {
    const ran = await commandLine().run('request', 'a', 'b', '--parameters-file', '/nowhere/p.json');
    expect(ran.stderr).toContain('/nowhere/p.json cannot be read (ENOENT)');
  });

  test.each([
    ['./profile/software.yaml', path.resolve('profile/software.yaml')],
    ['software.yaml', path.resolve('software.yaml')],
    ['/srv/software.yaml', '/srv/software.yaml'],
    ['https://example.org/software.yaml', 'https://example.org/software.yaml'],
    ['product.redis', 'redis'],
  ])('names the software %s so that the agent finds it', async (given, sent) => {
    const { service, run } = commandLine();
    await run('request', 'x', given, '--detach');
    expect(service.calls[0]).toEqual(['request', expect.objectContaining({ software: sent })]);
  });

  test('ends with the state and the connection parameters', async () => {
    const { service, run } = commandLine();
    const running = run('request', 'cache', 'memcached');
    await expect.poll(() => service.openStreams).toBe(1);
    service.change('cache', { ...readyInstance(), guid: 'SOFTINST-slappart0', progress: null });
    const ran = await running;
    expect(ran).toMatchObject({ status: 0, stderr: '' });
    expect(ran.stdout).toBe(
      [
        '“cache” is ready.',
        'State: started',
        'Connection parameters:',
        '  address   127.64.0.1:11211',
        '  user      slapgrid',
        '  password  k3-Zq8wXbTn',
      ].join('\n'),
    );
  });

  test('with --json ends with one document', async () => {
    const { service, run } = commandLine();
    const running = run('request', 'cache', 'memcached', '--json');
    await expect.poll(() => service.openStreams).toBe(1);
    service.change('cache', { ...readyInstance(), guid: 'SOFTINST-slappart0', progress: null });
    expect(JSON.parse((await running).stdout)).toEqual({
      name: 'cache',
      guid: 'SOFTINST-slappart0',
      partition: 'slappart0',
      outcome: 'created',
      softwareReplaced: false,
      state: 'started',
      'connection-parameters': {
        address: '127.64.0.1:11211',
        user: 'slapgrid',
        password: 'k3-Zq8wXbTn',
      },
    });
  });

  test('draws each step where a person watches', async () => {
    const { service, run } = commandLine({ watched: true });
    const running = run('request', 'cache', 'memcached');
    await expect.poll(() => service.openStreams).toBe(1);
    service.progress('cache', { step: 'resolving', done: 0, total: 0 });
    service.progress('cache', {
      step: 'downloading',
      done: 8_000_000,
      total: 20_000_000,
      bytesPerSecond: 4_200_000,
    });
    service.progress('cache', { step: 'unpacking', done: 3, total: 28 });
    service.progress('cache', { step: 'starting', done: 0, total: 0 });
    service.change('cache', { state: 'started', progress: null });
    const { drawn } = await running;
    expect(drawn).toEqual([
      'cache: waiting',
      'cache: resolving packages',
      'cache: downloading 8 of 20 MB, 4.2 MB/s',
      'cache: unpacking, 3 of 28',
      'cache: starting',
    ]);
  });

  test('draws nothing where nobody watches', async () => {
    const { service, run } = commandLine();
    const running = run('request', 'cache', 'memcached');
    await expect.poll(() => service.openStreams).toBe(1);
    service.progress('cache', { step: 'resolving', done: 0, total: 0 });
    service.change('cache', { state: 'started', progress: null });
    expect((await running).drawn).toEqual([]);
  });

  test('fails with the sentence and the next step of the instance', async () => {
    const { service, run } = commandLine();
    const running = run('request', 'cache', 'memcached');
    await expect.poll(() => service.openStreams).toBe(1);
    service.fail('cache', { code: 'no-mirror', sentence: 'No source answers.', nextStep: 'Try again.' });
    expect(await running).toMatchObject({ status: 1, stdout: '', stderr: 'No source answers.\nTry again.' });
  });

  test('is left by Ctrl-C, says so, and goes on', async () => {
    const { service, run, interrupt } = commandLine();
    const running = run('request', 'cache', 'memcached');
    await expect.poll(() => service.openStreams).toBe(1);
    interrupt();
    const ran = await running;
    expect(ran.status).toBe(2);
    expect(ran.stderr).toContain('goes on without this terminal');
    expect(ran.stderr).toContain('./slapgrid request --cancel cache');
    expect(service.calls.map(([procedure]) => procedure)).toEqual(['request']);
  });

  test('fails when somebody else destroys it meanwhile', async () => {
    const { service, run } = commandLine();
    const running = run('request', 'cache', 'memcached');
    await expect.poll(() => service.openStreams).toBe(1);
    service.show(0, null);
    expect(await running).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringContaining('was destroyed before it was ready'),
    });
  });

  test('with --detach is not ready yet: 2, as upstream', async () => {
    const ran = await commandLine().run('request', 'cache', 'memcached', '--detach');
    expect(ran).toMatchObject({ status: 2, stderr: '' });
    expect(ran.stdout).toContain('not ready yet');
  });

  test('says when an instance of that name had other software', async () => {
    const { service, run } = commandLine();
    service.show(0, readyInstance({ name: 'x', softwareTitle: 'Redis', softwareUrl: 'slapgrid:redis' }));
    service.request = async () => {
      service.change('x', { softwareTitle: 'Memcached', softwareUrl: 'slapgrid:memcached' });
      return { partition: 'slappart0', guid: 'SOFTINST-1', outcome: 'updated', softwareReplaced: true };
    };
    const ran = await run('request', 'x', 'memcached');
    expect(ran.stderr).toBe('“x” existed with Redis; it is now Memcached. Its data is kept.');
    expect(ran.status).toBe(0);
  });

  test.each([[['--cancel', 'cache']], [['cache', '--cancel']]])('%j gives up', async (argv) => {
    const { service, run } = commandLine();
    service.show(0, readyInstance());
    expect(await run('request', ...argv)).toMatchObject({ status: 0, stderr: '' });
    expect(service.calls).toEqual([['cancel', 'cache']]);
  });

  test('without software is a usage error', async () => {
    expect(await commandLine().run('request', 'cache')).toMatchObject({
      status: 2,
      stderr: expect.stringContaining('SOFTWARE is missing'),
    });
  });
});

describe('an instance', () => {
  test.each([
    [['start', 'cache'], ['start', 'cache'], '“cache” is started.'],
    [['stop', 'cache'], ['stop', 'cache'], '“cache” is stopped. Its data is kept.'],
    [['destroy', 'cache', '--yes'], ['destroy', 'cache'], '“cache” is destroyed.'],
    [['bang', 'cache'], ['bang', 'cache'], '“cache” is processed again.'],
  ])('%j', async (argv, call, said) => {
    const { service, run } = commandLine();
    service.show(3, readyInstance());
    expect(await run(...argv)).toMatchObject({ status: 0, stdout: said, stderr: '' });
    expect(service.calls).toEqual([call]);
  });

  test('is not destroyed where nobody can be asked', async () => {
    const { service, run } = commandLine();
    service.show(0, readyInstance());
    const ran = await run('destroy', 'cache');
    expect(ran).toMatchObject({ status: 2, stdout: '' });
    expect(ran.stderr).toContain('Add “--yes”');
    expect(service.calls).toEqual([]);
  });

  test('is destroyed after a yes to what is lost', async () => {
    const { service, run } = commandLine({ replies: ['y'] });
    service.show(0, readyInstance());
    const ran = await run('destroy', 'cache');
    expect(ran.stderr).toContain('You lose its data, its log and its address 127.64.0.1.');
    expect(ran.status).toBe(0);
    expect(service.calls).toEqual([['destroy', 'cache']]);
  });

  test.each(['', 'n', 'of course not'])('is kept after “%s”', async (reply) => {
    const { service, run } = commandLine({ replies: [reply] });
    service.show(0, readyInstance());
    expect(await run('destroy', 'cache')).toMatchObject({ status: 1 });
    expect(service.calls).toEqual([]);
  });

  test('that does not exist is said by its name', async () => {
    expect(await commandLine().run('destroy', 'nope', '--yes')).toMatchObject({
      status: 1,
      stderr: expect.stringContaining('“nope”'),
    });
  });

  test('is exported to an absolute path', async () => {
    const { service, run } = commandLine();
    await run('export', 'cache', 'copy.tar');
    expect(service.calls).toEqual([['exportData', 'cache', path.resolve('copy.tar')]]);
  });

  test('has its log printed with the name of each service', async () => {
    const { service, run } = commandLine();
    const ran = await run('logs', 'cache', '-n', '2');
    expect(ran.stdout).toBe('memcached | line 1\nmemcached | line 2');
    expect(service.calls).toEqual([['logs', { name: 'cache', service: null, lines: 2, follow: false }]]);
  });

  test('has the log of one service printed as it is', async () => {
    const { service, run } = commandLine();
    expect((await run('logs', 'cache', '--lines', '1', '--service', 'memcached', '-f')).stdout).toBe(
      'line 1',
    );
    expect(service.calls).toEqual([
      ['logs', { name: 'cache', service: 'memcached', lines: 1, follow: true }],
    ]);
  });

  test('has its log as one document a line', async () => {
    const ran = await commandLine().run('logs', 'cache', '-n', '1', '--json');
    expect(ran.stdout).toBe('{"service":"memcached","line":"line 1"}');
  });
});

describe('software', () => {
  test('is supplied and waited for', async () => {
    const { service, run } = commandLine();
    const running = run('supply', 'redis', 'local_computer');
    await expect.poll(() => service.openStreams).toBe(1);
    service.store.setSoftware({
      url: 'slapgrid:redis',
      title: 'Redis',
      requestedState: 'available',
      state: 'available',
      progress: null,
      error: null,
      bytes: 1,
    });
    expect(await running).toMatchObject({
      status: 0,
      stdout: 'slapgrid:redis is ready: a request for it starts at once.',
    });
    expect(service.calls).toEqual([['supply', 'redis']]);
  });

  test('is not supplied to another computer', async () => {
    const { service, run } = commandLine();
    const ran = await run('supply', 'redis', 'COMP-7');
    expect(ran).toMatchObject({ status: 1, stderr: expect.stringContaining('“local_computer”') });
    expect(service.calls).toEqual([]);
  });

  test('is removed', async () => {
    const { service, run } = commandLine();
    expect(await run('remove', 'redis')).toMatchObject({ status: 0 });
    expect(service.calls).toEqual([['remove', 'redis']]);
  });
});

describe('the agent', () => {
  test('gives a link', async () => {
    const { service, run } = commandLine();
    service.link = () => ({ url: 'http://127.0.0.1:1/#once', expiresAt: '2026-01-01T00:01:00.000Z' });
    expect(await run('link')).toMatchObject({
      status: 0,
      stdout: 'http://127.0.0.1:1/#once',
      stderr: expect.stringContaining('once'),
    });
  });

  test.each([
    [[], [['masterUrl', 'person']]],
    [['--computer'], [['masterUrl', 'computer']]],
    [['--computer', 'COMP-2'], [['masterUrl', { computer: 'COMP-2' }]]],
    [['--rotate'], [['rotateMasterUrl'], ['masterUrl', 'person']]],
  ])('gives its master’s address with %j', async (argv, calls) => {
    const { service, run } = commandLine();
    const ran = await run('proxy', 'url', ...argv);
    expect(ran.stdout).toMatch(/^http:\/\/127\.0\.0\.1:1\/slapcap_/);
    expect(service.calls).toEqual(calls);
  });

  test('that does not run is said, with the way to start it', async () => {
    for (const argv of [['status'], ['request', 'a', 'redis'], ['service', 'list'], ['stop', '--all']]) {
      const ran = await commandLine({ running: false }).run(...argv);
      expect(ran).toEqual({
        status: 1,
        stdout: '',
        stderr: 'Slapgrid is not running on /var/lib/slapgrid.\nStart it with “./slapgrid start”.',
        drawn: [],
      });
    }
  });
});
