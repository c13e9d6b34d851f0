import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DEFAULT_RULES } from '../../../agent/conditions/defaults.ts';
import { commandLine, type CommandLine } from './command-line.ts';

function sent({ service }: CommandLine, procedure: string): unknown {
  return service.calls.find(([called]) => called === procedure)?.[1];
}

describe('pause', () => {
  test.each([
    [['15m'], 15],
    [['1h'], 60],
    [['90'], 90],
    [['2d'], 2880],
    [['tomorrow'], 'tomorrow'],
    [[], 'resumed'],
  ])('%j', async (words, length) => {
    const line = commandLine();
    const { status, stdout } = await line.run('pause', ...words);
    expect(sent(line, 'pause')).toEqual({ for: length });
    expect(status).toBe(0);
    expect(stdout).toMatch(/^Paused by you(\.| until .+)\n  by you, ends when you resume/u);
  });

  test.each(['soon', '0m', '1w', '-5m'])('refuses %s', async (word) => {
    const line = commandLine();
    const { status } = await line.run('pause', word);
    expect([status, sent(line, 'pause')]).toEqual([2, undefined]);
  });

  test.each([
    [['pause', '32d'], '31 days are the most'],
    [['pause', '99999h'], '31 days are the most'],
    [['resume', '--anyway', '2d'], '24 hours are the most'],
  ])('refuses %j, and says how long it may be', async (words, most) => {
    const line = commandLine();
    const { status, stderr } = await line.run(...words);
    expect(status).toBe(2);
    expect(stderr).toContain(most);
    expect(line.service.calls).toEqual([]);
  });

  test('is a document with --json', async () => {
    const { stdout } = await commandLine().run('--json', 'pause', '1h');
    expect(JSON.parse(stdout)).toMatchObject({ state: 'paused', reasons: [{ cause: 'person' }] });
  });
});

test.each([
  [[], null],
  [['--anyway'], 60],
  [['--anyway', '2h'], 120],
])('resume %j', async (words, forMinutes) => {
  const line = commandLine();
  expect((await line.run('resume', ...words)).status).toBe(0);
  expect(sent(line, 'resume')).toEqual({ forMinutes });
});

test('finish', async () => {
  const { status, stdout } = await commandLine().run('finish');
  expect([status, stdout]).toEqual([
    0,
    'Finishing: what is hosted goes on until it ends, and nothing new is accepted.',
  ]);
});

test('finish says that nothing new is accepted, though a condition pauses what is here', async () => {
  const line = commandLine();
  const { conditions } = line.service.store;
  line.service.store.setConditions({
    ...conditions,
    state: 'paused',
    said: { kind: 'finish', until: null },
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
  expect((await line.run('why')).stdout).toContain(
    'Paused: on battery.\n  on battery, ends when plugged in\nFinishing: what is hosted goes on until it ends, and nothing new is accepted.',
  );
});

describe('conditions', () => {
  test('tells each rule and each fact', async () => {
    const line = commandLine();
    line.service.store.setConditions({
      ...line.service.store.conditions,
      facts: [
        { condition: 'battery', known: true, sentence: 'On battery, 62 %', source: 'UPower', pauses: true },
        { condition: 'metered', known: false, sentence: 'unknown here', source: '', pauses: false },
      ],
    });
    const { stdout } = await line.run('conditions');
    expect(stdout).toMatch(/^battery +on battery +On battery, 62 % \(UPower\) – pauses$/m);
    expect(stdout).toMatch(/^metered +on a metered connection +unknown here$/m);
    expect(stdout).toMatch(/^schedule +off$/m);
    expect(stdout).toContain('Your own instances run whatever the rules say.');
  });

  test('is a document with --json', async () => {
    const { stdout } = await commandLine().run('conditions', '--json');
    expect(JSON.parse(stdout)).toMatchObject({ state: 'running', rules: DEFAULT_RULES });
  });
});

describe('conditions set', () => {
  test.each<[string[], object]>([
    [['battery', 'below', '50'], { battery: { enabled: true, action: 'freeze', belowPercent: 50 } }],
    [['battery', 'always', 'stop'], { battery: { enabled: true, action: 'stop', belowPercent: 100 } }],
    [['battery', 'off'], { battery: { enabled: false, action: 'freeze', belowPercent: 100 } }],
    [
      ['activity', 'minutes', '5', 'above', '20'],
      { activity: { enabled: true, action: 'freeze', minutes: 5, loadPercent: 20 } },
    ],
    [['load', 'above', '70'], { load: { enabled: true, action: 'freeze', percent: 70 } }],
    [['temperature', 'above', '75'], { temperature: { enabled: true, action: 'freeze', celsius: 75 } }],
    [['disk', 'below', '2.5'], { disk: { enabled: true, action: 'freeze', freeBytes: 2_500_000_000 } }],
    [['own', 'battery', 'temperature'], { own: ['battery', 'temperature'] }],
    [['own', 'none'], { own: [] }],
  ])('%j', async (words, rules) => {
    const line = commandLine();
    expect((await line.run('conditions', 'set', ...words)).status).toBe(0);
    expect(sent(line, 'setRules')).toMatchObject(rules);
  });

  test.each<[string[], string[]]>([
    [['every', '0-24'], Array.from({ length: 7 }, () => '1'.repeat(24))],
    [
      ['mon', '22-6'],
      [`${'0'.repeat(22)}11`, `111111${'0'.repeat(18)}`, ...Array.from({ length: 5 }, () => '0'.repeat(24))],
    ],
    [
      ['sat-mon', '0-1,23-24'],
      [0, 1, 2, 3, 4, 5, 6].map((day) => ([0, 5, 6].includes(day) ? `1${'0'.repeat(22)}1` : '0'.repeat(24))),
    ],
  ])('schedule %j', async (words, hours) => {
    const line = commandLine();
    expect((await line.run('conditions', 'set', 'schedule', ...words)).status).toBe(0);
    expect(sent(line, 'setRules')).toMatchObject({ schedule: { enabled: true, hours } });
  });

  test.each([
    ['weather', 'bad'],
    ['battery', 'below'],
    ['battery', 'below', 'half'],
    ['battery', 'below', '300'],
    ['battery'],
    ['schedule', 'mon'],
    ['schedule', 'noday', '1-2'],
    ['schedule', 'mon', '5-5'],
    ['schedule', 'mon', '25-26'],
    ['own', 'weather'],
    ['temperature', 'above', '-5'],
  ])('refuses %s %s %s', async (...words) => {
    const line = commandLine();
    const { status, stderr } = await line.run('conditions', 'set', ...words);
    expect([status, sent(line, 'setRules')]).toEqual([2, undefined]);
    expect(stderr).not.toBe('');
  });
});

test.each([
  ['battery below 0', '1 is the least'],
  ['battery below 300', '100 is the most'],
  ['load above 101', '100 is the most'],
  ['temperature above 5', '30 is the least'],
  ['temperature above -5', '30 is the least'],
  ['activity minutes 0', '1 is the least'],
  ['activity minutes 2.5', 'it must be a whole number'],
  ['disk below 0', 'it must be more than 0'],
])('conditions set %s is refused, and says what could be', async (said, bound) => {
  const line = commandLine();
  const [rule = '', ...words] = said.split(' ');
  const { status, stderr } = await line.run('conditions', 'set', rule, ...words);
  expect(status).toBe(2);
  expect(stderr).toContain(`“${words.join(' ')}” cannot be: ${bound}. Nothing was changed.`);
  expect(line.service.calls).toEqual([]);
});

test.each(['battery on off', 'load above 70 off on', 'metered freeze stop'])(
  'conditions set %s contradicts itself, and changes nothing',
  async (said) => {
    const line = commandLine();
    const { status, stderr } = await line.run('conditions', 'set', ...said.split(' '));
    expect(status).toBe(2);
    expect(stderr).toMatch(/^“\w+” and “\w+” contradict each other\. Nothing was changed\.$/m);
    expect(line.service.calls).toEqual([]);
  },
);

describe('the schedule', () => {
  const shown = async (hours: string[]): Promise<string> => {
    const line = commandLine();
    const { conditions } = line.service.store;
    const schedule = { enabled: true, action: 'freeze', hours } as const;
    line.service.store.setConditions({ ...conditions, rules: { ...conditions.rules, schedule } });
    const { stdout } = await line.run('conditions');
    return /^schedule +(.+)$/m.exec(stdout)?.[1] ?? '';
  };
  const [closed, open] = ['0'.repeat(24), '1'.repeat(24)];

  test.each([
    ['out of every 0-24', Array.from({ length: 7 }, () => open)],
    ['out of no hour at all, always', Array.from({ length: 7 }, () => closed)],
    [
      'out of mon-fri 18-24 sat-sun 0-24',
      [...Array.from({ length: 5 }, () => `${'0'.repeat(18)}111111`), open, open],
    ],
    [
      'out of tue 0-6,22-24',
      [closed, `${'1'.repeat(6)}${'0'.repeat(16)}11`, closed, closed, closed, closed, closed],
    ],
  ])('is told by its hours: %s', async (words, hours) => {
    expect(await shown(hours)).toBe(words);
  });

  test('can be set again as it is told, whatever its hours are', async () => {
    const day = fc
      .array(fc.boolean(), { minLength: 24, maxLength: 24 })
      .map((hours) => hours.map(Number).join(''));
    const week = fc
      .array(day, { minLength: 7, maxLength: 7 })
      .filter((hours) => hours.join('').includes('1'));
    await fc.assert(
      fc.asyncProperty(week, async (hours) => {
        const line = commandLine();
        const words = (await shown(hours)).replace('out of ', '').split(' ');
        await line.run('conditions', 'set', 'schedule', ...words);
        expect(sent(line, 'setRules')).toMatchObject({ schedule: { hours } });
      }),
      { numRuns: 25 },
    );
  });
});

describe('why', () => {
  test('tells all reasons, and what was refused', async () => {
    const line = commandLine();
    line.service.store.setConditions({
      ...line.service.store.conditions,
      state: 'paused',
      reasons: [
        {
          cause: 'battery',
          sentence: 'on battery',
          ends: 'ends when plugged in',
          until: null,
          action: 'freeze',
        },
        {
          cause: 'activity',
          sentence: 'you are busy',
          ends: 'ends after 10 quiet minutes',
          until: null,
          action: 'stop',
        },
        {
          cause: 'metered',
          sentence: 'the connection is metered',
          ends: 'ends soon',
          until: null,
          action: 'freeze',
        },
      ],
    });
    const at = new Date().toISOString();
    const where = { at, master: null, partition: null, instance: 'db' };
    line.service.shownAudit = [
      { ...where, kind: 'refused', sentence: '“db” was refused.' },
      { ...where, kind: 'accepted', sentence: '“web” was accepted.' },
    ];
    const { stdout } = await line.run('why');
    expect(stdout.split('\n').slice(0, 4)).toEqual([
      'Paused: on battery, and you are busy.',
      '  on battery, ends when plugged in',
      '  you are busy, ends after 10 quiet minutes (stopped)',
      '  the connection is metered, ends soon',
    ]);
    expect(stdout).toContain('“db” was refused.');
    expect(stdout).not.toContain('“web”');
  });

  test('tells the day of what was refused long ago, and not only its name', async () => {
    const line = commandLine();
    const at = new Date(Date.now() - 20 * 86_400_000).toISOString();
    line.service.shownAudit = [
      { at, kind: 'refused', sentence: '“db” was refused.', master: null, partition: null, instance: 'db' },
    ];
    const day = new Date(at).toLocaleDateString('en-GB', { day: 'numeric', month: 'short' });
    expect((await line.run('why')).stdout).toContain(`  ${day} `);
  });

  test('says when there is nothing to tell', async () => {
    const { stdout } = await commandLine().run('why');
    expect(stdout).toBe('Nothing is paused.\n\nNothing was refused.');
  });
});

test.each([['pause'], ['resume'], ['finish'], ['conditions'], ['conditions', 'set'], ['why']])(
  '%s %s has its help',
  async (...words) => {
    const { status, stdout } = await commandLine().run(...words, '--help');
    expect(status).toBe(0);
    expect(stdout).not.toMatch(/cli\.(help|option|examples)/);
  },
);
