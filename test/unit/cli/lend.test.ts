import { describe, expect, test } from 'vitest';
import type { LendingView } from '../../../agent/api/contract-lending.ts';
import { DEFAULT_LIMITS, untriedLending } from '../../../agent/lending/defaults.ts';
import { protectionsOf, verdictOf } from '../../../agent/lending/protections.ts';
import { findings } from '../lending/findings.ts';
import { commandLine, type CommandLine } from './command-line.ts';

/** A computer that lacks limits. */
function lacking(): LendingView {
  const protections = protectionsOf(findings({ memory: 'none', disk: 'watched', egress: 'none' }));
  return { ...untriedLending(), protections, verdict: verdictOf(protections), backend: 'cgroup-v1' };
}

function line(): CommandLine {
  const made = commandLine();
  made.service.store.setLending(lacking());
  return made;
}

describe('lend', () => {
  test('tells the verdict, and each missing protection with its danger and its fix', async () => {
    const { status, stdout } = await line().run('lend');
    expect(status).toBe(0);
    const lines = stdout.split('\n');
    expect(lines[0]).toBe('Lent to its owner only; it may safely be lent to its owner only.');
    expect(lines).toContain('Missing for people you name: memory limit');
    expect(lines).toContain('Missing for everyone: disk limit');
    expect(stdout).toContain('your own programs would be ended for it');
    expect(stdout).toContain('Limits need control groups');
    expect(lines.at(-1)).toMatch(/^Here: isolation, own network, system call filter/);
  });

  test('changes it', async () => {
    const made = line();
    const { status, stdout } = await made.run('lend', 'people');
    expect(status).toBe(0);
    expect(made.service.calls).toContainEqual(['setSharing', 'people']);
    // The page says first that only its owner can start something here: not to who said otherwise.
    expect(made.service.calls).toContainEqual(['finishFirstRun']);
    expect(stdout).toBe('Lent to people you name; it may safely be lent to its owner only.');
  });

  test('is the whole view with --json', async () => {
    const { stdout } = await line().run('lend', '--json');
    expect(JSON.parse(stdout)).toEqual(lacking());
  });

  test('refuses another word', async () => {
    const made = line();
    expect((await made.run('lend', 'world')).status).toBe(2);
    expect(made.service.calls).toEqual([]);
  });
});

describe('limits', () => {
  test('tells each, how it is held and what is used', async () => {
    const { stdout } = await line().run('limits');
    expect(stdout).toMatch(/^LIMIT +TOGETHER +EACH +USED NOW +HELD$/m);
    expect(stdout).toMatch(/^memoryBytes +2 GB +1 GB +0 MB +not available$/m);
    expect(stdout).toMatch(/^networkBytesPerSecond +none +none +not available$/m);
    expect(stdout).toContain('cgroup-v1');
  });

  test.each([
    ['together.cpus', '0.5', { together: { cpus: 0.5 } }],
    ['each.memoryBytes', '500MB', { each: { memoryBytes: 500_000_000 } }],
    ['each.memoryBytes', '0.5 gb', { each: { memoryBytes: 500_000_000 } }],
    ['each.ports', 'none', { each: { ports: null } }],
  ])('set %s %s changes that one alone', async (limit, value, differs) => {
    const made = line();
    expect((await made.run('limits', 'set', limit, value)).status).toBe(0);
    const { together, each } = DEFAULT_LIMITS;
    const [, sent] = made.service.calls.find(([procedure]) => procedure === 'setLimits') ?? [];
    expect(sent).toEqual({
      together: { ...together, ...('together' in differs ? differs.together : {}) },
      each: { ...each, ...('each' in differs ? differs.each : {}) },
    });
  });

  test.each([
    ['together.speed', '1'],
    ['cpus', '1'],
    ['others.cpus', '1'],
    ['each.cpus', '-1'],
    ['each.cpus', '1GB'],
    ['each.memoryBytes', '1 elephant'],
    ['each.memoryBytes', 'NaN'],
    ['each.processes', '100.5'],
    ['partitions', '1.5'],
    ['partitions', '-1'],
  ])('set %s %s is wrong usage', async (...words) => {
    const made = line();
    expect((await made.run('limits', 'set', ...words)).status).toBe(2);
    expect(made.service.calls).toEqual([]);
  });
});

test.each([
  ['each.memoryBytes', 'Write a number, with MB or GB (“2 GB”), or “none”.'],
  ['together.cpus', 'Write a number of processors, like “0.5” or “2”, or “none”.'],
  ['each.ports', 'Write a whole number, or “none”.'],
  ['partitions', 'Write a whole number, or “none”.'],
])('limits set %s says what an amount of that is', async (limit, next) => {
  const { stderr } = await line().run('limits', 'set', limit, 'much');
  expect(stderr).toBe(`“much” is not an amount.\n${next}`);
});

test('limits tells the network rate as a rate', async () => {
  const made = line();
  const { each, together } = DEFAULT_LIMITS;
  const limits = { together, each: { ...each, networkBytesPerSecond: 5_000_000 } };
  made.service.store.setLending({ ...lacking(), limits });
  expect((await made.run('limits')).stdout).toMatch(/^networkBytesPerSecond +none +5 MB\/s +not available$/m);
});

describe('doors', () => {
  const HOME = '192.168.1.23';
  const withAddress = (doorAddresses: string[] = []): CommandLine => {
    const made = line();
    const ownAddresses = [{ address: HOME, interface: 'wlan0' }];
    made.service.store.setLending({ ...lacking(), ownAddresses, doorAddresses });
    return made;
  };

  test('tells where what is hosted can be reached, and where it could be', async () => {
    const { stdout } = await withAddress().run('doors');
    expect(stdout).toContain('What is hosted can be reached on this computer only.');
    expect(stdout).toMatch(/^192\.168\.1\.23 +wlan0/m);
  });

  test('changes it, and names one that is away', async () => {
    const made = withAddress(['10.0.0.5']);
    expect((await made.run('doors')).stdout).toMatch(/^10\.0\.0\.5 +not here now$/m);
    const { stdout } = await made.run('doors', HOME);
    expect(made.service.calls).toContainEqual(['setDoorAddresses', [HOME]]);
    expect(stdout).toMatch(/^192\.168\.1\.23 +wlan0 +open$/m);
    await made.run('doors', 'local');
    expect(made.service.calls).toContainEqual(['setDoorAddresses', []]);
  });

  test('takes nothing that is no address', async () => {
    const made = withAddress();
    expect((await made.run('doors', 'everywhere')).status).toBe(2);
    expect(made.service.calls).toEqual([]);
  });
});

describe('partitions', () => {
  test('are limited like the rest', async () => {
    const made = line();
    const { stdout } = await made.run('limits', 'set', 'partitions', '3');
    expect(made.service.calls).toContainEqual(['setMostPartitions', 3]);
    expect(stdout).toMatch(/^partitions +3 +0 +more are refused$/m);
    await made.run('limits', 'set', 'partitions', 'none');
    expect(made.service.calls).toContainEqual(['setMostPartitions', null]);
    // What no amount of partitions can be is the agent's to say.
    await made.run('limits', 'set', 'partitions', '0');
    expect(made.service.calls).toContainEqual(['setMostPartitions', 0]);
  });
});

describe('egress', () => {
  test('tells where what is hosted may connect to, and what is missing for that', async () => {
    const { stdout } = await line().run('egress');
    expect(stdout).toContain('the internet, not to this home');
    expect(stdout).toContain('pasta');
  });

  test('changes it', async () => {
    const made = line();
    await made.run('egress', 'none');
    expect(made.service.calls).toContainEqual(['setEgress', 'none']);
  });
});

describe('audit', () => {
  test('tells the decisions, the latest last, with nothing that moves a terminal', async () => {
    const made = line();
    const entry = { kind: 'refused', master: 'm', partition: 'slappart10', instance: 'x' } as const;
    made.service.shownAudit = [
      { ...entry, at: '2026-11-22T15:00:00.000Z', sentence: 'later \u001b[2J' },
      { ...entry, at: '2026-11-22T14:00:00.000Z', sentence: 'earlier' },
    ];
    const { stdout } = await made.run('audit');
    // By the clock of who reads it.
    const local = (at: string): string => new Date(at).toLocaleString('sv-SE');
    expect(stdout).toBe(
      [
        `${local('2026-11-22T14:00:00.000Z')}  refused   earlier`,
        `${local('2026-11-22T15:00:00.000Z')}  refused   later \\u{1b}[2J`,
      ].join('\n'),
    );
    expect(JSON.parse((await made.run('audit', '--json', '-n', '1')).stdout)).toHaveLength(1);
  });

  test.each(['0', '-1', 'x', '1.5', '100000'])('refuses %s lines', async (amount) => {
    const { status, stderr } = await line().run('audit', '-n', amount);
    expect(status).toBe(2);
    expect(stderr).toContain('“-n, --lines <N>”');
  });

  test('says when there are none', async () => {
    expect((await line().run('audit')).stdout).toBe('Nothing was decided about others yet.');
  });
});
