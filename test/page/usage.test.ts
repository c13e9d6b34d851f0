import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SlapgridError } from '../../agent/errors.ts';
import { stepsOf } from '../../agent/usage/steps.ts';
import { StandInAgentService } from '../fakes/agent-service.ts';
import { expectAccessible, openStage, type OpenedPage, type Stage } from './opened-page.ts';

let stage: Stage;
let on: OpenedPage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());
afterEach(() => on.close());

const WORD = 'Donaudampfschifffahrtsgesellschaftskapitän'.repeat(3);

async function open(service = new StandInAgentService(), browser = {}): Promise<void> {
  on = await stage.open({ screen: '#/usage', service, browser: { locale: 'en-GB', ...browser } });
  await on.title('Usage');
}

const calls = (procedure: string) => on.service.calls.filter(([called]) => called === procedure);
const choose = (name: string) => on.page.getByText(name, { exact: true }).first().click();
const rows = () => on.page.locator('.usage-table tbody tr');

/** Fifty people, one with a name that is too long, one that reads from right to left and looks like HTML. */
function crowd(): StandInAgentService {
  const service = new StandInAgentService();
  const usual = { instances: ['one'], memoryBytes: 1e8, diskBytes: 1e9, since: 0 };
  service.shownUsers = [
    { ...usual, name: '', kind: 'me', cpus: 0.2 },
    ...Array.from({ length: 50 }, (_, place) => ({
      ...usual,
      name: place === 1 ? WORD : place === 2 ? '<b>שלום עולם</b>' : `Person ${place}`,
      kind: 'other' as const,
      cpus: 1 / (1 + place),
    })),
  ];
  return service;
}

function uncertain(): StandInAgentService {
  const service = new StandInAgentService();
  service.shownReports = [
    {
      master: 'master-1',
      title: 'slap.example.org',
      acknowledgedUntil: '2026-11-22T13:00:00.000Z',
      waiting: 2,
      uncertain: [{ period: 'hour-12', sentAt: '2026-11-22T13:01:00.000Z' }],
    },
  ];
  return service;
}

describe('what was used', () => {
  it('is one sentence, a picture, and a table that is its legend', async () => {
    await open();
    await on.words(/^In the last 30 days others used [\d.]+.h of CPU time here, and you used [\d.]+.h\.$/u);
    await on.page.getByRole('img', { name: /^CPU, Month/u }).waitFor();
    expect(await rows().locator('th').allTextContents()).toEqual(['Ana', 'Lucas', 'You']);
    await on.page.getByRole('rowheader', { name: 'All' }).waitFor();
    // The person’s own is at the bottom, the largest of others at the top.
    const layers = on.page.locator('.layer');
    expect(await layers.evaluateAll((all) => all.map((each) => each.getAttribute('class')))).toEqual([
      'layer me',
      'layer other-1',
      'layer other-0',
    ]);
  });

  it('is of a day, a week or a month, by person or by partition, each asked for when it is chosen', async () => {
    await open();
    await on.words(/^In the last 30 days/u);
    await choose('Day');
    await on.words(/^In the last 24 hours/u);
    await on.told('Day, By person');
    await choose('By partition');
    await expect.poll(() => rows().first().textContent()).toContain('slappart');
    await on.told('Day, By partition');
    expect(calls('usageSummary').map(([, input]) => input)).toEqual([
      { period: 'month', by: 'person' },
      { period: 'day', by: 'person' },
      { period: 'day', by: 'partition' },
    ]);
  });

  it('is of the processor, memory, disk or network, without asking again', async () => {
    await open();
    await on.words(/^In the last 30 days/u);
    for (const measure of ['Memory', 'Disk', 'Network', 'CPU']) {
      await on.page.getByRole('radio', { name: measure, exact: true }).press('Space');
      await on.page.getByRole('img', { name: new RegExp(`^${measure}, Month`, 'u') }).waitFor();
    }
    expect(calls('usageSummary')).toHaveLength(1);
  });

  it('is in the table, though there is no room for all columns', async () => {
    await open();
    await on.words(/^In the last 30 days/u);
    const columns = () => on.page.locator('.usage-table thead th:visible').allTextContents();
    expect(await columns()).toEqual([
      'Person',
      'CPU time',
      'Memory, average',
      'Memory, peak',
      'Disk',
      'Network',
      'Running',
    ]);
    await on.page.setViewportSize({ width: 360, height: 720 });
    for (const [measure, shown] of [
      ['CPU', 'Disk'],
      ['Memory', 'Memory, average'],
      ['Disk', 'Disk'],
      ['Network', 'Network'],
    ] as const) {
      await on.page.getByRole('radio', { name: measure, exact: true }).press('Space');
      await expect.poll(columns).toEqual(['Person', 'CPU time', shown]);
    }
  });

  it('is asked for again once a minute while somebody looks, and no more', async () => {
    on = await stage.prepare({ browser: { locale: 'en-GB' } });
    await on.page.clock.install();
    await on.enter('#/usage');
    await on.words(/^In the last 30 days/u);
    await on.page.clock.runFor(59_000);
    expect(calls('usageSummary')).toHaveLength(1);
    await on.page.clock.runFor(2000);
    await expect.poll(() => calls('usageSummary').length).toBe(2);
    await on.go('#/doctor');
    await on.page.clock.runFor(180_000);
    expect(calls('usageSummary')).toHaveLength(2);
  });

  it('is nothing before the first hour', async () => {
    const service = new StandInAgentService();
    const at = '2026-11-22T14:00:00.000Z';
    service.shownUsage = {
      from: at,
      to: at,
      stepSeconds: 3600,
      steps: 0,
      knownFrom: null,
      series: [],
      reports: [],
    };
    await open(service);
    await on.words('Nothing to show before the first hour has passed.');
    expect(await on.button('Export CSV').isDisabled()).toBe(true);
  });

  it('is named below by the days as they began, also where one had 23 hours', async () => {
    const service = new StandInAgentService();
    const usage = await service.usageSummary({ period: 'week', by: 'person' });
    const { borders } = stepsOf('week', Date.parse('2026-03-31T10:00:00Z'), 'Europe/Paris');
    const iso = borders.map((border) => new Date(border).toISOString());
    const [from = '', to = ''] = [iso[0], iso.at(-1)];
    service.shownUsage = { ...usage, from, to, steps: borders.length - 1, borders: iso };
    await open(service, { timezoneId: 'Europe/Paris' });
    await choose('Week');
    const times = on.page.locator('.usage-times span');
    await expect.poll(() => times.allTextContents()).toEqual(['25 Mar', '27 Mar', '29 Mar', '31 Mar']);
    const left = await times.evaluateAll((all) =>
      all.map(({ style }) => Number.parseFloat(style.left.replace('min(', ''))),
    );
    expect(left).toEqual([0, 48, 96, 143].map((hours) => expect.closeTo((100 * hours) / 167, 3)));
  });

  it('that could not be read is asked for again', async () => {
    const service = new StandInAgentService();
    service.failures.set('usageSummary', new SlapgridError('disk-full', { path: '/data' }));
    await open(service);
    await on.button('Try again').click();
    await on.words(/^In the last 30 days/u);
  });

  it('that was never measured is unknown, not nothing', async () => {
    const service = new StandInAgentService();
    const usage = await service.usageSummary({ period: 'month', by: 'person' });
    service.shownUsage = {
      ...usage,
      series: usage.series.map((series) => ({
        ...series,
        totals: { ...series.totals, networkBytes: null },
        networkBytesPerSecond: series.networkBytesPerSecond.map(() => null),
      })),
    };
    await open(service);
    await on.words('unknown');
    await choose('Network');
    await on.words('Nothing of this was measured here.');
  });

  it('of fifty people is all in the table, and a few layers in the picture', async () => {
    await open(crowd());
    await expect.poll(() => rows().count()).toBe(51);
    expect(await on.page.locator('.layer').count()).toBe(7);
    await on.words('<b>שלום עולם</b>');
  });

  it('is saved as CSV, and its file is named', async () => {
    await open();
    await on.words(/^In the last 30 days/u);
    const [file] = await Promise.all([on.page.waitForEvent('download'), on.button('Export CSV').click()]);
    expect(file.suggestedFilename()).toBe('usage-log.txt');
    await on.told('“usage-log.txt” is being saved.');
    expect(calls('createUsageDownload')).toEqual([
      ['createUsageDownload', { period: 'month', by: 'person' }],
    ]);
  });
});

describe('the reports', () => {
  it('say what was acknowledged, and what waits', async () => {
    await open(uncertain());
    await on.words(/^Reported to slap\.example\.org up to .+ and acknowledged\. 2 reports are waiting\.$/u);
  });

  it.each([
    ['Send again the report of', 'again', 'It is sent again.'],
    ['It has it: the report of', 'done', 'It is not sent again.'],
  ])('that may have arrived are for a person to decide: %s', async (button, as, told) => {
    await open(uncertain());
    await on.words('Whether slap.example.org has a report is not known.');
    await on.button(new RegExp(`^${button}`, 'u')).click();
    await on.told(told);
    expect(calls('resolveReport')).toEqual([
      ['resolveReport', { master: 'master-1', period: 'hour-12', as }],
    ]);
    await expect.poll(() => on.page.getByText('is not known').count()).toBe(0);
  });
});

describe('the looks', () => {
  describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
    it.each([
      ['of three people', uncertain],
      ['of fifty', crowd],
    ] as const)('%s keep the rules of accessibility at every width', async (_, service) => {
      await open(service(), { colorScheme, reducedMotion: 'reduce' });
      await on.words(/^In the last 30 days/u);
      for (const width of [360, 540, 1080, 1600]) {
        await on.page.setViewportSize({ width, height: 720 });
        await expectAccessible(on.page);
      }
    });
  });
});
