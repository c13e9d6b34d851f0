import { describe, expect, test } from 'vitest';
import { doctorText } from '../../../agent/cli/commands/doctor.ts';
import { healthOf, serviceInfoDocument, serviceListDocument } from '../../../agent/cli/documents.ts';
import type { PromiseView } from '../../../agent/api/contract.ts';
import { readyInstance } from '../../fakes/agent-service.ts';
import { commandLine } from './command-line.ts';

const promise = (state: PromiseView['state']): PromiseView => ({
  name: state,
  state,
  message: 'm',
  checkedAt: null,
});

describe('service list', () => {
  test('is upstream’s: names with URLs, sorted, indented by two', async () => {
    const { service, run } = commandLine();
    service.show(0, readyInstance({ name: 'b', guid: 'SOFTINST-2' }));
    service.show(1, readyInstance({ name: 'a', softwareUrl: '/srv/slap/sr/software.cfg' }));
    expect((await run('service', 'list')).stdout).toBe(
      '{\n  "a": "/srv/slap/sr/software.cfg",\n  "b": "slapgrid:memcached"\n}',
    );
  });

  test('of nothing is an empty object', () => {
    expect(serviceListDocument([])).toEqual({});
  });
});

describe('service info', () => {
  test('has upstream’s keys in upstream’s order', () => {
    const document = serviceInfoDocument(readyInstance(), false);
    expect(JSON.stringify(document)).toBe(
      JSON.stringify({
        'software-url': 'slapgrid:memcached',
        'software-type': 'default',
        shared: false,
        'requested-state': 'started',
        'instance-parameters': { memory: 64, connections: 256, evict: true },
        'connection-parameters': {
          address: '127.64.0.1:11211',
          user: 'slapgrid',
          password: 'k3-Zq8wXbTn',
        },
        status: 'green',
      }),
    );
  });

  test('decodes a lone “_”', () => {
    const instance = readyInstance({ parameters: { _: '{"sleep": 1000}' } });
    expect(serviceInfoDocument(instance, false)).toMatchObject({
      'instance-parameters': { _: { sleep: 1000 } },
    });
  });

  test('leaves a “_” that is not JSON as it is', () => {
    const instance = readyInstance({ parameters: { _: 'plain' } });
    expect(serviceInfoDocument(instance, false)).toMatchObject({ 'instance-parameters': { _: 'plain' } });
  });

  test('tells the news of the promises when asked', () => {
    expect(serviceInfoDocument(readyInstance(), true)).toMatchObject({
      news: [
        { text: '#access port: port 11211 answers' },
        { text: '#access authentication: asks for the password' },
      ],
    });
  });
});

describe('health', () => {
  test.each([
    ['green', { state: 'started', promises: [promise('kept')] }],
    ['orange', { state: 'started', promises: [promise('kept'), promise('failed')] }],
    ['red', { state: 'started', promises: [promise('failed')] }],
    ['red', { state: 'failed', promises: [promise('kept')] }],
    ['none', { state: 'waiting', promises: [] }],
  ] as const)('is %s for %j', (colour, { state, promises }) => {
    expect(healthOf({ state, promises: [...promises] })).toBe(colour);
  });
});

describe('status', () => {
  test('names every instance with its partition, address and state', async () => {
    const { service, run } = commandLine();
    service.show(2, readyInstance());
    service.progress('cache', { step: 'downloading', done: 8_000_000, total: 20_000_000 });
    expect((await run('status')).stdout.split('\n')).toEqual([
      'Your service is not running.',
      '',
      'NAME   SOFTWARE   PARTITION  ADDRESS     STATE',
      'cache  Memcached  slappart2  127.64.0.3  downloading 8 of 20 MB',
      '',
      '9 of 10 partitions are free.',
      'Shared: no master is joined yet.',
      'Lent to its owner only; it may safely be lent to its owner only.',
    ]);
  });

  const FOR_ANA = { owner: { kind: 'other', name: 'Ana' } } as const;

  test.each([
    ['Running 1 service, only for you.', [{}]],
    ['Running 1 service for others.', [FOR_ANA]],
    ['Running 2 services for others, and 1 of yours.', [FOR_ANA, FOR_ANA, {}]],
    ['Running 1 service of yours, and none for others.', [{ ...FOR_ANA, state: 'frozen' }, {}]],
    ['None of the 2 services here is running.', [{ ...FOR_ANA, state: 'frozen' }, { state: 'stopped' }]],
    ['The service here is not running. 1 needs you.', [{ ...FOR_ANA, state: 'failed' }]],
  ] as const)('begins with whom this computer works for: %s', async (sentence, instances) => {
    const { service, run } = commandLine();
    for (const [number, more] of instances.entries())
      service.show(number, readyInstance({ name: `cache-${number}`, ...more }));
    expect((await run('status')).stdout.split('\n')[0]).toBe(sentence);
  });

  test('says why what is hosted is held back, as “why” does', async () => {
    const { service, run } = commandLine();
    service.show(0, readyInstance({ ...FOR_ANA, state: 'frozen' }));
    service.store.setConditions({
      ...service.store.conditions,
      state: 'paused',
      reasons: [
        {
          cause: 'battery',
          sentence: 'on battery',
          ends: 'ends when plugged in',
          until: null,
          action: 'freeze',
        },
      ],
    });
    expect((await run('status')).stdout.split('\n').slice(0, 4)).toEqual([
      'The service here is not running.',
      'Paused: on battery.',
      '  on battery, ends when plugged in',
      '',
    ]);
    expect(JSON.parse((await run('status', '--json')).stdout)).toMatchObject({
      conditions: { state: 'paused', said: null, reasons: [{ cause: 'battery' }] },
    });
  });

  test('says nothing of a pause that nobody asked for and that holds nothing back', async () => {
    const { service, run } = commandLine();
    service.store.setConditions({ ...service.store.conditions, state: 'paused' });
    expect((await run('status')).stdout).not.toContain('Paused');
    await run('pause', '1h');
    expect((await run('status')).stdout).toContain('Paused by you');
  });

  test('tells what is wrong, in the words of what failed', async () => {
    const { service, run } = commandLine();
    service.show(0, readyInstance());
    service.fail('cache', { code: 'x', sentence: 'The disk is full.', nextStep: '' });
    service.store.notice('isolation', { code: 'y', sentence: 'No isolation.', nextStep: 'Do this.' });
    const { stdout } = await run('status');
    expect(stdout).toContain('1 needs you.');
    expect(stdout).toContain('The disk is full.');
    expect(stdout).toContain('No isolation.\nDo this.');
  });

  test('as a document holds no password', async () => {
    const { service, run } = commandLine();
    service.show(0, readyInstance());
    const { stdout } = await run('status', '--json');
    expect(stdout).not.toContain('k3-Zq8wXbTn');
    expect(JSON.parse(stdout)).toMatchObject({
      agent: { version: '0.1.0', pid: 4242 },
      partitions: { total: 10, free: 9 },
      instances: [{ name: 'cache', partition: 'slappart0', state: 'started' }],
    });
  });
});

describe('software list', () => {
  test('shows what can be requested and what of it is here', async () => {
    const { service, run } = commandLine();
    service.store.setSoftware({
      url: 'slapgrid:redis',
      title: 'Redis',
      requestedState: 'available',
      state: 'available',
      progress: null,
      error: null,
      bytes: 40_000_000,
    });
    service.store.setSoftware({
      url: 'https://example.org/software.yaml',
      title: 'Example',
      requestedState: 'available',
      state: 'building',
      progress: null,
      error: null,
      bytes: null,
    });
    const { stdout } = await run('software', 'list');
    const lines = stdout.split('\n').map((line) => line.split(/ {2,}/));
    expect(lines).toContainEqual(['memcached', 'Memcached', '–', 'A fast memory cache, shared by name.']);
    expect(lines).toContainEqual(['redis', 'Redis', 'ready', 'Keeps values, lists and queues, on disk too.']);
    expect(lines).toContainEqual(['https://example.org/software.yaml', 'Example', 'installing']);
  });
});

describe('doctor', () => {
  test('puts what needs somebody first, each with its fix', () => {
    const checks = [
      { id: 'a', title: 'Clock', passed: true, detail: 'right', fixes: [] },
      { id: 'b', title: 'Disk', passed: false, detail: 'full', fixes: ['Free some space.'] },
    ];
    expect(doctorText(checks)).toBe(
      '1 of 2 checks needs you.\n\n✗ Disk: full\n    Free some space.\n\n✓ Clock: right',
    );
  });
});
