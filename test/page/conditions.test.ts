import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Rules } from '../../agent/api/contract-conditions.ts';
import { SlapgridError } from '../../agent/errors.ts';
import { standInMaster, StandInAgentService } from '../fakes/agent-service.ts';
import { expectAccessible, openStage, type OpenedPage, type Stage } from './opened-page.ts';

let stage: Stage;
let on: OpenedPage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());
afterEach(() => on.close());

function lent(change: (rules: Rules) => Rules = (rules) => rules): StandInAgentService {
  const service = new StandInAgentService();
  service.join(standInMaster({ partitionAmount: 3 }));
  service.store.setConditions({
    ...service.store.conditions,
    rules: change(service.store.conditions.rules),
  });
  return service;
}

async function open(service = lent(), browser = {}): Promise<void> {
  on = await stage.open({ screen: '#/conditions', service, browser: { locale: 'en-GB', ...browser } });
  await on.title('Conditions');
}

const calls = (procedure: string) => on.service.calls.filter(([called]) => called === procedure);
const lastRules = (): Rules => calls('setRules').at(-1)?.[1] as Rules;
const rule = (name: string) => on.page.getByRole('group', { name });
const cell = (day: number, hour: number) => on.page.locator(`[data-day="${day}"][data-hour="${hour}"]`);

describe('what it would have done', () => {
  it('is one sentence, a strip of yesterday, and on demand of seven days', async () => {
    await open();
    await on.page
      .getByRole('heading', { name: /^With these rules it would have run .+ yesterday\.$/u })
      .waitFor();
    const strips = on.page.getByRole('img', { name: /hosting \d\d:\d\d to \d\d:\d\d/u });
    await expect.poll(() => strips.count()).toBe(1);
    await on.button('Last 7 days').click();
    await expect.poll(() => on.page.locator('.strip').count()).toBe(7);
    await on.words('Today');
  });

  it('changes with the rules, and is told when they have been left alone', async () => {
    await open();
    await on.words(/^With these rules it would have run/u);
    const before = await on.page.locator('.preview-sentence').textContent();
    await rule('Pause on a metered network').getByRole('switch').press('Space');
    await expect.poll(() => on.page.locator('.preview-sentence').textContent()).not.toBe(before);
    const after = await on.page.locator('.preview-sentence').textContent();
    await on.told(after ?? '');
    expect(lastRules().metered.enabled).toBe(false);
  });

  it('says that it would never run, and the way out', async () => {
    const none = Array.from({ length: 7 }, () => '0'.repeat(24));
    await open(lent((rules) => ({ ...rules, schedule: { ...rules.schedule, hours: none } })));
    await on.words('With these rules it would never run: the schedule is empty.');
    await on.button('Clear the schedule').click();
    await on.words(/^With these rules it would have run/u);
    expect(lastRules().schedule.enabled).toBe(false);
  });

  it('is unknown before anything was recorded', async () => {
    const service = lent();
    service.shownPreview = { knownFrom: null, days: [], sentence: '', never: null };
    await open(service);
    await on.words('What it would have done is shown here once an hour or more was recorded.');
  });

  it('is asked about once, and again only when rules change', async () => {
    const service = lent();
    await open(service);
    await on.words(/^With these rules it would have run/u);
    const { facts } = service.store.conditions;
    service.store.setConditions({
      ...service.store.conditions,
      facts: facts.map((fact) => (fact.condition === 'load' ? { ...fact, sentence: '44 % now' } : fact)),
    });
    await on.words('44 % now');
    expect(calls('preview')).toHaveLength(1);
  });
});

describe('a rule', () => {
  it('says what is known now, what pauses, and what nobody says', async () => {
    const service = lent();
    await open(service);
    await rule('Pause on battery').getByText('plugged in, 86 %').waitFor();
    await rule('Pause during full screen').getByText('unknown here').waitFor();
    // What is not known can be chosen all the same.
    expect(await rule('Pause during full screen').getByRole('switch').isEnabled()).toBe(true);
    const { facts } = service.store.conditions;
    service.store.setConditions({
      ...service.store.conditions,
      facts: facts.map((fact) =>
        fact.condition === 'battery' ? { ...fact, sentence: 'on battery, 40 %', pauses: true } : fact,
      ),
    });
    await rule('Pause on battery').locator('.fact.pauses').getByText('on battery, 40 %').waitFor();
  });

  it('of the battery is chosen among charges', async () => {
    await open();
    await rule('Pause on battery').getByRole('combobox', { name: 'Pause on battery', exact: true }).click();
    await on.page.getByRole('option', { name: 'Below 50 %' }).click();
    await expect.poll(() => lastRules()?.battery).toMatchObject({ enabled: true, belowPercent: 50 });
    await on.told('Saved');
    await rule('Pause on battery').getByRole('combobox', { name: 'Pause on battery', exact: true }).click();
    await on.page.getByRole('option', { name: 'Never' }).click();
    await expect.poll(() => lastRules().battery.enabled).toBe(false);
  });

  it('freezes or stops', async () => {
    await open();
    await rule('Pause when hotter than').getByRole('combobox').click();
    await on.page.getByRole('option', { name: 'Stop' }).click();
    await expect.poll(() => lastRules()?.temperature.action).toBe('stop');
  });

  it('takes a number when its field is left, and refuses what cannot be', async () => {
    await open();
    const field = on.page.getByLabel('Temperature, °C');
    await field.fill('9999');
    await on.page.keyboard.press('Tab');
    await on.words('From 30 to 120');
    expect(calls('setRules')).toEqual([]);
    await field.fill('75');
    await on.page.keyboard.press('Enter');
    await expect.poll(() => lastRules()?.temperature.celsius).toBe(75);
  });

  it('that the agent refuses goes back, and says why', async () => {
    const service = lent();
    service.failures.set('setRules', new SlapgridError('disk-full', { path: '/data' }));
    await open(service);
    const metered = rule('Pause on a metered network').getByRole('switch');
    await metered.press('Space');
    await on.page.locator('.note.problem').waitFor();
    await expect.poll(() => metered.isChecked()).toBe(true);
  });

  it('holds the person’s own services back only when they say so', async () => {
    await open();
    await on.page.getByRole('checkbox', { name: 'when it is hot' }).press('Space');
    await expect.poll(() => lastRules()?.own).toEqual(['temperature']);
  });
});

describe('the schedule', () => {
  it('has one stop for Tab, and is moved in and set by keys alone', async () => {
    await open();
    await on.page.getByRole('switch', { name: 'Host only in these hours' }).focus();
    await on.page.keyboard.press('Tab');
    await on.page.keyboard.press('Tab');
    expect(await on.focused()).toBe('Monday 18:00 to 19:00, hosting');
    await on.page.keyboard.press('ArrowDown');
    await on.page.keyboard.press('ArrowDown');
    await on.page.keyboard.press('ArrowLeft');
    await expect.poll(() => on.focused()).toBe('Wednesday 17:00 to 18:00, paused');
    await on.page.keyboard.press('Space');
    await on.told('Wednesday 17:00 to 18:00, hosting');
    expect(lastRules().schedule.hours[2]).toBe('111111111111000001111110');
    await on.words(/^Wednesday 17:00 to 18:00, hosting\. 132 h a week in all\.$/u);
    await on.page.keyboard.press('Tab');
    expect(await on.focused()).not.toContain('Wednesday');
  });

  it('is set for several hours that Shift and the arrows choose', async () => {
    await open();
    await cell(0, 18).focus();
    await on.page.keyboard.press('Shift+ArrowRight');
    await on.page.keyboard.press('Shift+ArrowDown');
    await expect.poll(() => on.page.locator('[role=gridcell][aria-selected=true]').count()).toBe(4);
    await on.page.keyboard.press('Space');
    await on.told('4 hours: paused');
    const { hours } = lastRules().schedule;
    expect(hours.slice(0, 3).map((day) => day.slice(18, 21))).toEqual(['001', '001', '111']);
  });

  it('of a day is copied to every day by Enter, and had back', async () => {
    await open();
    await cell(5, 12).focus();
    await on.page.keyboard.press('Enter');
    await on.told('The hours of Saturday were copied to every day.');
    expect(new Set(lastRules().schedule.hours).size).toBe(1);
    await on.button('Undo').click();
    await expect.poll(() => lastRules().schedule.hours[0]).toBe('111111111111000000111110');
  });

  it('is painted by dragging, and saved once', async () => {
    await open();
    await cell(6, 0).scrollIntoViewIfNeeded();
    const [from, to] = [await cell(0, 13).boundingBox(), await cell(1, 16).boundingBox()];
    if (from === null || to === null) throw new Error('the schedule is not shown');
    await on.page.mouse.move(from.x + 4, from.y + 4);
    await on.page.mouse.down();
    await on.page.mouse.move(to.x + 4, to.y + 4, { steps: 8 });
    await expect.poll(() => cell(1, 16).getAttribute('class')).toContain('open');
    expect(calls('setRules')).toEqual([]);
    await on.page.mouse.up();
    await expect.poll(() => calls('setRules').length).toBe(1);
    const { hours } = lastRules().schedule;
    expect(hours.slice(0, 3).map((day) => day.slice(12, 18))).toEqual(['011110', '011110', '000000']);
  });

  it('that is off says so, and is on once an hour of it is changed', async () => {
    await open(lent((rules) => ({ ...rules, schedule: { ...rules.schedule, enabled: false } })));
    await on.words('Any time: the schedule is off. Change an hour to use it.');
    await cell(0, 3).focus();
    await on.page.keyboard.press('Space');
    await expect.poll(() => lastRules()?.schedule.enabled).toBe(true);
  });
});

describe('the looks', () => {
  describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
    it('keep the rules of accessibility at every width', async () => {
      await open(lent(), { colorScheme, reducedMotion: 'reduce' });
      await on.button('Last 7 days').click();
      for (const width of [360, 540, 1080, 1600]) {
        await on.page.setViewportSize({ width, height: 720 });
        await expectAccessible(on.page);
      }
    });
  });
});
