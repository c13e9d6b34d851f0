import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Reason } from '../../agent/api/contract-conditions.ts';
import { SlapgridError } from '../../agent/errors.ts';
import { readyInstance, standInMaster, StandInAgentService } from '../fakes/agent-service.ts';
import { expectAccessible, openStage, type OpenedPage, type Stage } from './opened-page.ts';

let stage: Stage;
let on: OpenedPage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());
afterEach(() => on.close());

const ANA = { owner: { kind: 'other', name: 'Ana' } } as const;
const LUCAS = { owner: { kind: 'other', name: 'Lucas' } } as const;

function hosting(): StandInAgentService {
  const service = new StandInAgentService();
  service.show(0, readyInstance());
  service.join(
    standInMaster({ partitionAmount: 4 }),
    { ...ANA, name: 'choir-site' },
    { ...LUCAS, name: 'job-queue' },
  );
  return service;
}

const because = (cause: Reason['cause'], sentence: string, ends: string): Reason => ({
  cause,
  sentence,
  ends,
  until: null,
  action: 'freeze',
});
const REASONS = [
  because('battery', 'on battery', 'ends when plugged in'),
  because('activity', 'you are busy', 'ends after 10 quiet minutes'),
  because('schedule', 'outside your schedule', 'resumes at 18:00'),
];

async function open(service = hosting(), screen = '#/', browser = {}): Promise<void> {
  on = await stage.open({ screen, service, browser: { locale: 'en-GB', ...browser } });
}

const calls = (procedure: string) => on.service.calls.filter(([called]) => called === procedure);
const side = () => on.page.getByRole('navigation');
const pauseButton = () => side().getByRole('button', { name: 'Pause for others' });

describe('a pause by conditions', () => {
  it('is the sentence, with at most two reasons, and a list of all with their ends', async () => {
    await open();
    on.service.halt(REASONS);
    await on.title('Paused: on battery, and you are busy.');
    await on.words('2 services for Ana and Lucas are frozen and their data is kept. Your own keeps running.');
    const reasons = on.page.getByRole('list', { name: 'Why it is paused' }).getByRole('listitem');
    await expect.poll(() => reasons.count()).toBe(3);
    expect((await reasons.allTextContents())[2]).toBe('Outside your scheduleresumes at 18:00');
    await expect.poll(() => on.page.title()).toBe('Paused: on battery, and you are busy. – Slapgrid');
    await on.told('Paused: on battery, and you are busy.');
  });

  it('shows what is frozen, what could be lent later, and what is lent', async () => {
    await open();
    on.service.halt(REASONS);
    await on.page
      .getByRole('list', {
        name: 'Partitions: 1 yours, 2 for others, frozen, 2 to lend when it resumes, 9 free',
      })
      .waitFor();
    await on.page.getByRole('meter', { name: 'Memory' }).waitFor();
    await on.words(/1\.3.GB/u);
    await on.words('Nothing new can start before it goes on.');
    await on.go('#/partition/slappart10');
    await on.words('Frozen');
    await on.words('Paused: on battery (ends when plugged in)');
  });

  it('is resumed against them for an hour, or they are changed', async () => {
    await open();
    on.service.halt(REASONS);
    await on.page.getByRole('link', { name: 'Change conditions' }).waitFor();
    await on.page.getByRole('main').getByRole('button', { name: 'Resume anyway for 1 hour' }).click();
    await on.title('Hosting 2 services for Ana and Lucas.');
    await on.told('Resumed for 1 hour.');
    expect(calls('resume')).toEqual([['resume', { forMinutes: 60 }]]);
  });

  it('that the agent does not end says why', async () => {
    await open();
    on.service.halt(REASONS);
    on.service.failures.set('resume', new SlapgridError('disk-full', { path: '/data' }));
    await on.page.getByRole('main').getByRole('button', { name: 'Resume anyway for 1 hour' }).click();
    await on.page.locator('.note.problem').waitFor();
  });

  it('says when it runs whatever they say', async () => {
    const service = hosting();
    const until = new Date(Date.now() + 60_000).toISOString();
    service.store.setConditions({ ...service.store.conditions, said: { kind: 'run', until } });
    await open(service);
    await on.words(/^It runs until .+, whatever your conditions say\. Your own is running too\.$/u);
  });

  it('is no news where nothing is hosted', async () => {
    const service = new StandInAgentService();
    service.show(0, readyInstance());
    await open(service);
    service.halt(REASONS);
    service.show(1, readyInstance({ guid: 'S2', name: 'second' }));
    await on.title('Running 2 services, only for you.');
    expect(await pauseButton().count()).toBe(0);
  });

  it('that holds back the person’s own is news anywhere', async () => {
    const service = new StandInAgentService();
    service.show(0, readyInstance({ state: 'frozen' }));
    await open(service);
    service.halt(REASONS, { ownPaused: true });
    await on.title('Paused: on battery, and you are busy.');
    await on.words(/Your own are held back too, as your conditions say\./u);
    await on.page.getByRole('list', { name: 'Partitions: 1 yours, frozen, 9 free' }).waitFor();
  });
});

describe('a pause by a person', () => {
  it.each([
    ['15 minutes', 15, 'Paused for 15 minutes.'],
    ['1 hour', 60, 'Paused for 1 hour.'],
    ['Until tomorrow', 'tomorrow', 'Paused until tomorrow.'],
    ['Until I say', 'resumed', 'Paused until you resume.'],
  ])('is for %s, from the foot of every screen', async (item, asked, told) => {
    await open(hosting(), '#/services');
    await pauseButton().click();
    await on.page.getByRole('menuitem', { name: item }).click();
    await on.told(told);
    expect(calls('pause')).toEqual([['pause', { for: asked }]]);
    await side().getByText('Paused').waitFor();
    await side().getByRole('button', { name: 'Resume', exact: true }).click();
    await on.told('Resumed.');
    expect(calls('resume')).toEqual([['resume', { forMinutes: null }]]);
  });

  it('is reached, chosen and ended by keys alone', async () => {
    await open();
    await pauseButton().waitFor();
    await on.tabTo('Pause for others');
    await on.page.keyboard.press('Enter');
    await expect.poll(() => on.focused()).toBe('15 minutes');
    await on.page.keyboard.press('ArrowDown');
    await on.page.keyboard.press('Enter');
    await expect.poll(() => calls('pause')).toEqual([['pause', { for: 60 }]]);
    await on.page.keyboard.press('Control+p');
    await on.title('Hosting 2 services for Ana and Lucas.');
    await on.page.keyboard.press('Control+p');
    await expect.poll(() => calls('pause').length).toBe(2);
    // By itself the key changes nothing.
    await on.page.keyboard.press('p');
    await on.page.getByRole('heading', { level: 1, name: /^Paused by you until/u }).waitFor();
    expect(calls('resume')).toHaveLength(1);
  });

  it('lets what runs end, and says what is left', async () => {
    await open();
    await pauseButton().click();
    await on.page.getByRole('menuitem', { name: 'Finish: let what runs end' }).click();
    await on.title('Finishing: 2 services for others are left.');
    await on.words('Nothing new is accepted. Your own keeps running.');
    await side().getByText('2 services are left').waitFor();
    on.service.change('choir-site', { state: 'stopped' });
    on.service.change('job-queue', { state: 'stopped' });
    await on.title('Finished: nothing for others is left.');
    await on.page.getByRole('main').getByRole('button', { name: 'Resume' }).click();
    await on.title('Hosting 2 services for Ana and Lucas.');
  });

  it('is on the overview and under More in a narrow window', async () => {
    await open(hosting(), '#/', { viewport: { width: 360, height: 640 } });
    const main = on.page.getByRole('main');
    await main.getByRole('button', { name: 'Pause for others' }).waitFor();
    await on.page.getByRole('link', { name: 'More' }).click();
    await on.title('More');
    await main.getByText('for Ana and Lucas').waitFor();
    await main.getByRole('button', { name: 'Pause for others' }).click();
    await on.page.getByRole('menuitem', { name: 'Until I say' }).click();
    await main.getByText('Paused').waitFor();
    await main.getByRole('link', { name: 'Conditions' }).click();
    await on.title('Conditions');
    expect(await on.page.locator('.bottom [aria-current]').textContent()).toBe('More');
  });

  it('that cannot be is said', async () => {
    await open();
    on.service.failures.set('pause', new SlapgridError('disk-full', { path: '/data' }));
    await pauseButton().click();
    await on.page.getByRole('menuitem', { name: '1 hour' }).click();
    await on.told('That could not be done. The agent refused it, or it does not answer.');
  });
});

describe('what is lent', () => {
  it('stands beside who could use it, with how far it may go', async () => {
    const service = hosting();
    service.store.setLending({ ...service.store.lending, verdict: 'everyone' });
    await open(service);
    await on.words('Lent, of what you allow');
    await on.words('You lend it to people you name. This computer may safely be lent to everyone.');
    await on.page.getByRole('link', { name: 'Change what you lend' }).click();
    await on.title('Lending');
  });

  it('is nothing when it is lent to nobody', async () => {
    const service = new StandInAgentService();
    service.join(standInMaster());
    service.store.setLending({ ...service.store.lending, sharing: 'me' });
    await open(service);
    await on.title('Only you can start something here.');
    await on.words('In Lending you chose so.');
    service.store.setLending({ ...service.store.lending, sharing: 'people', verdict: 'me' });
    await on.words('This computer cannot safely be lent yet. Lending says what is missing.');
  });
});

describe('how far it may be lent', () => {
  const ISOLATED = 'This computer may safely be lent to people you name, not yet to everyone.';

  it('is said before anything runs or a master is joined, with each missing protection and its fix', async () => {
    await open(new StandInAgentService());
    await on.words(ISOLATED);
    const missing = on.page.getByText('1 protection is missing for everyone');
    const [lacking] = on.service.store.lending.protections;
    const fix = on.page.getByText(lacking?.fixes[0] ?? '');
    expect(await fix.isVisible()).toBe(false);
    await missing.press('Enter');
    await fix.waitFor();
    await on.page.getByText(lacking?.danger ?? '', { exact: true }).waitFor();
  });

  it('is said beside what runs, in Local too, and follows what is found out', async () => {
    const service = new StandInAgentService();
    service.show(0, readyInstance());
    await open(service);
    await on.words(ISOLATED);
    const { lending } = service.store;
    const found = lending.protections.map((each) => ({ ...each, refuses: null, danger: '', fixes: [] }));
    service.store.setLending({ ...lending, protections: found, verdict: 'everyone' });
    await on.words('This computer may safely be lent to everyone.');
    expect(await on.page.getByText('missing for everyone').count()).toBe(0);
  });
});

describe('the looks', () => {
  it.each(['light', 'dark'] as const)(
    'in %s keep the rules of accessibility at every width',
    async (colorScheme) => {
      await open(hosting(), '#/', { colorScheme, reducedMotion: 'reduce' });
      on.service.halt(REASONS);
      await on.page.getByRole('list', { name: 'Why it is paused' }).waitFor();
      for (const screen of ['#/', '#/more', '#/partition/slappart10']) {
        await on.go(screen);
        for (const width of [360, 540, 1080, 1600]) {
          await on.page.setViewportSize({ width, height: 720 });
          await expectAccessible(on.page);
        }
      }
      await on.service.resume({ forMinutes: null });
      await on.go('#/');
      await pauseButton().click();
      await on.page.getByRole('menuitem', { name: '1 hour' }).waitFor();
      await expectAccessible(on.page);
    },
  );
});
