import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { LendingView, Protection } from '../../agent/api/contract-lending.ts';
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

function hosting(over: Partial<LendingView> = {}): StandInAgentService {
  const service = new StandInAgentService();
  service.show(0, readyInstance());
  service.join(standInMaster({ partitionAmount: 3 }), { ...ANA, name: 'choir-site' });
  service.moveUsage(Date.parse('2026-11-22T14:00:00Z'));
  service.store.setLending({ ...service.store.lending, ...over });
  return service;
}

/** Nothing here holds what it would host. */
function unlendable(): StandInAgentService {
  const service = hosting();
  const [disk] = service.store.lending.protections;
  if (disk === undefined) throw new Error('the stand-in has protections');
  const isolation: Protection = {
    ...disk,
    name: 'isolation',
    title: 'A wall around each partition',
    held: 'none',
    detail: 'Programs cannot be isolated here.',
    refuses: 'people',
    danger: 'Other programs could read your files.',
    fixes: ['Turn it on: sudo sysctl kernel.unprivileged_userns_clone=1'],
  };
  service.store.setLending({
    ...service.store.lending,
    sharing: 'me',
    verdict: 'me',
    protections: [isolation, disk],
  });
  return service;
}

async function open(service = hosting(), browser = {}): Promise<void> {
  on = await stage.open({ screen: '#/lending', service, browser: { locale: 'en-GB', ...browser } });
  await on.page.locator('h1').waitFor();
}

const field = (name: string) => on.page.getByRole('textbox', { name, exact: true });
const row = (name: string) => on.page.locator('.limit-row').filter({ hasText: name });
const calls = (procedure: string) => on.service.calls.filter(([called]) => called === procedure);
const lastLimits = (): LendingView['limits'] => calls('setLimits').at(-1)?.[1] as LendingView['limits'];

describe('the sentence', () => {
  it('says who could start something, and how much of this computer they get at most', async () => {
    await open();
    await on.words(
      /^Right now people of slap\.example\.org can start something here, using at most 2 CPUs, 4.GB of memory and 20.GB of disk\./u,
    );
  });

  it.each([
    ['only you, when that was chosen', { sharing: 'me' }, /^Right now only you can start something here\./u],
    ['nobody', { sharing: 'nobody' }, /^Right now nobody can start something here\./u],
  ] as const)('says %s', async (_, over, sentence) => {
    await open(hosting(over));
    await on.words(sentence);
  });

  it('says that the mode is Local, and that it is paused', async () => {
    const service = hosting();
    await open(service);
    service.halt([
      {
        cause: 'battery',
        sentence: 'on battery',
        ends: 'ends when plugged in',
        until: null,
        action: 'freeze',
      },
    ]);
    await on.words(/It is paused now/u);
    service.store.setMode('local');
    await on.words(/the mode is Local/u);
  });
});

describe('who may start something', () => {
  const choice = (name: string) => on.page.getByRole('radio', { name, exact: true });

  it('is chosen by the arrow keys, and told', async () => {
    await open();
    expect(await choice('People I name').isChecked()).toBe(true);
    await choice('People I name').focus();
    await on.page.keyboard.press('ArrowLeft');
    await on.told('Only me may start something here now.');
    await expect.poll(() => choice('Only me').isChecked()).toBe(true);
    expect(calls('setSharing')).toEqual([['setSharing', 'me']]);
    await on.words(/^Right now only you can start something here\./u);
  });

  it('that is not possible yet is dashed, says how much is missing, and what, and is no error', async () => {
    await open();
    expect(await choice('Everyone').getAttribute('aria-describedby')).toBe('sharing-everyone');
    await on.words('1 protection missing');
    await on.page.getByText('Everyone', { exact: true }).click();
    await on.told('Everyone is not possible yet: 1 protection is missing.');
    await on.words('What is missing before everyone may use it');
    await on.words('A program could fill the disk faster than it is watched.');
    await on.words(/Put the data folder on a file system with project quotas/u);
    expect(await choice('Everyone').isChecked()).toBe(false);
    expect(await choice('People I name').isChecked()).toBe(true);
    expect(await on.page.getByRole('main').getByRole('alert').count()).toBe(0);
    expect(calls('setSharing')).toEqual([]);
    await on.page.getByText('People I name', { exact: true }).click();
    await expect.poll(() => on.page.getByText('What is missing before').count()).toBe(0);
  });

  it('that is not possible any more says what holds instead', async () => {
    const service = hosting();
    await open(service);
    service.store.setLending({ ...unlendable().store.lending, sharing: 'people' });
    await on.words('You chose “People I name”.');
    await on.words('This computer can run services for you. It cannot be lent yet.');
  });

  it('that the agent refuses stays as it was, and says why', async () => {
    const service = hosting({ verdict: 'everyone' });
    service.failures.set('setSharing', new SlapgridError('disk-full', { path: '/data' }));
    await open(service);
    await on.page.getByText('Everyone', { exact: true }).click();
    await on.page.locator('.note.problem').waitFor();
    await expect.poll(() => choice('People I name').isChecked()).toBe(true);
  });
});

describe('a computer that cannot be lent', () => {
  it('says why, with the one command that helps, and what is missing', async () => {
    await open(unlendable());
    await on.words('Programs cannot be isolated here.');
    await on.words('Slapgrid checks again by itself.');
    await on.button(/^Copy the command/u).click();
    await expect
      .poll(() => on.page.evaluate('navigator.clipboard.readText()'))
      .toBe('sudo sysctl kernel.unprivileged_userns_clone=1');
    await on.words('A wall around each partition');
    await on.words('Other programs could read your files.');
    expect(await on.page.locator('.limit-row').count()).toBe(0);
  });

  it('becomes one that can by itself, when what was missing is there', async () => {
    const service = unlendable();
    await open(service);
    await on.words('What is missing');
    service.store.setLending(hosting().store.lending);
    await field('Memory').waitFor();
  });

  it('is being tried at first', async () => {
    await open(hosting({ protections: [] }));
    await on.words('Trying what this computer can hold…');
  });
});

describe('a limit', () => {
  it('says what is used of it, and how it holds', async () => {
    await open();
    const memory = await row('Memory').textContent();
    for (const words of ['of 16', '1.3', 'Held by the kernel']) expect(memory).toContain(words);
    expect(await row('Disk').textContent()).toContain('Watched only');
    expect(await row('Files').textContent()).toContain('41,300');
    expect(await row('Open ports').textContent()).toMatch(/Used now 3/u);
    // Nobody counts it now.
    expect(await row('Network').textContent()).toContain('unknown');
    expect(await row('Network').textContent()).toContain('Not available');
    expect(await field('Network').isDisabled()).toBe(true);
  });

  it('is saved when its field is left, told, and had back by one press', async () => {
    await open();
    await field('Memory').fill('6');
    await on.page.keyboard.press('Tab');
    await on.told('Saved: Memory 6\u00a0GB');
    expect(lastLimits().together.memoryBytes).toBe(6e9);
    await expect.poll(() => field('Memory').inputValue()).toBe('6 GB');
    await on.button('Undo').click();
    await expect.poll(() => field('Memory').inputValue()).toBe('4 GB');
    await expect.poll(() => lastLimits().together.memoryBytes).toBe(4e9);
  });

  it('is set by the keys of its slider', async () => {
    await open();
    await on.page.getByRole('slider', { name: 'CPU, slider' }).focus();
    await on.page.keyboard.press('ArrowRight');
    await expect.poll(() => calls('setLimits').length).toBe(1);
    expect(lastLimits().together.cpus).toBe(2.25);
  });

  it('is none when its field is emptied', async () => {
    await open();
    await field('Open ports').fill('');
    await on.page.keyboard.press('Enter');
    await on.told('Saved: Open ports No limit');
    expect(lastLimits().together.ports).toBeNull();
  });

  it('that is lowered below what is used says what happens', async () => {
    await open();
    await field('Disk').fill('5');
    await on.words(/They use 6\.8.GB now\. Nothing is deleted; nothing new can be written\./u);
    await field('Memory').focus();
    await expect.poll(() => calls('setLimits').length).toBe(1);
    await on.words(/They use 6\.8.GB now\./u);
    // One partition could otherwise have more than all of them.
    expect(lastLimits().each.diskBytes).toBe(5e9);
  });

  it.each([
    ['Disk', '500', /500.GB cannot be lent: 212.GB can\./u, /^Use 212.GB$/u],
    ['CPU', '1000000000', /cannot be lent: 8.CPUs can\./u, /^Use 8.CPUs$/u],
    ['Memory', '-4', 'It must be more than zero.', null],
    ['Programs at once', '0', 'It must be more than zero.', null],
  ] as const)('of %s that is %s cannot be, which says why and what could', async (name, typed, why, use) => {
    await open();
    await field(name).fill(typed);
    await on.page.keyboard.press('Tab');
    await on.page.getByRole('alert').getByText(why).waitFor();
    expect(calls('setLimits')).toEqual([]);
    if (use === null) return;
    await on.button(use).click();
    await expect.poll(() => calls('setLimits').length).toBe(1);
  });

  it('of one partition cannot be more than that of all', async () => {
    await open();
    await on.page.getByText('Each partition', { exact: true }).click();
    await field('Memory').fill('5');
    await on.page.keyboard.press('Tab');
    await on.words(/One partition cannot have 5.GB: all together have 4.GB\./u);
    await on.button(/^Use 4.GB$/u).click();
    await expect.poll(() => calls('setLimits').length).toBe(1);
    expect(lastLimits().each.memoryBytes).toBe(4e9);
    expect(lastLimits().together.memoryBytes).toBe(4e9);
  });

  it('that the agent refuses goes back, and says why', async () => {
    const service = hosting();
    service.failures.set('setLimits', new SlapgridError('disk-full', { path: '/data' }));
    await open(service);
    await field('Memory').fill('8');
    await on.page.keyboard.press('Enter');
    await on.page.locator('.note.problem').waitFor();
    await expect.poll(() => field('Memory').inputValue()).toBe('4 GB');
  });
});

describe('the number of partitions', () => {
  it('is a limit of all together, saved when its field is left', async () => {
    await open();
    expect(await row('Partitions').textContent()).toContain('More are refused');
    await field('Partitions').fill('3');
    await on.page.keyboard.press('Enter');
    await expect.poll(() => calls('setMostPartitions')).toEqual([['setMostPartitions', 3]]);
    await on.told('Saved');
    // None at all is no limit: it is refused where it was typed, instead of becoming one.
    await field('Partitions').fill('0');
    await field('Partitions').press('Enter');
    await expect
      .poll(() => row('Partitions').getByRole('alert').textContent())
      .toBe('It must be more than zero. To lend nothing, choose “Only me”.');
    expect(calls('setMostPartitions')).toHaveLength(1);
    await field('Partitions').fill('');
    await on.page.keyboard.press('Tab');
    await expect.poll(() => calls('setMostPartitions').at(-1)).toEqual(['setMostPartitions', null]);
    await on.page.getByText('Each partition', { exact: true }).click();
    await expect.poll(() => field('Partitions').count()).toBe(0);
  });
});

describe('where it can be reached', () => {
  const HOME = '192.168.1.23';
  const address = (name: string) => on.page.getByRole('checkbox', { name });

  it('is this computer only, until an address of it is chosen', async () => {
    await open(hosting({ ownAddresses: [{ address: HOME, interface: 'wlan0' }] }));
    expect(await address('This computer').isChecked()).toBe(true);
    expect(await address('This computer').isDisabled()).toBe(true);
    await on.words('its own password decides. Nothing else of Slapgrid listens there.');
    await address(HOME).check();
    await expect.poll(() => calls('setDoorAddresses')).toEqual([['setDoorAddresses', [HOME]]]);
    await on.told('Saved');
    await expectAccessible(on.page);
    await address(HOME).uncheck();
    await expect.poll(() => calls('setDoorAddresses').at(-1)).toEqual(['setDoorAddresses', []]);
  });

  it('says that an address is away', async () => {
    await open(hosting({ ownAddresses: [], doorAddresses: [HOME] }));
    expect(await address(HOME).isChecked()).toBe(true);
    await on.words('This computer does not have it now.');
  });
});

describe('where it may connect to', () => {
  it('is chosen among three, each with what it means', async () => {
    await open();
    const choice = (name: RegExp) => on.page.getByRole('radio', { name });
    expect(await choice(/^The internet/u).isChecked()).toBe(true);
    await on.words('Nothing of your home: no router, printer or other computer of your network.');
    await choice(/^Nowhere/u).check();
    await expect.poll(() => calls('setEgress')).toEqual([['setEgress', 'none']]);
    await on.told('Saved');
  });
});

describe('what was decided', () => {
  const entries = () => on.page.locator('.audit-entry');

  it('is there newest first, and can be searched', async () => {
    await open();
    await expect.poll(() => entries().count()).toBe(8);
    expect(await entries().first().textContent()).toContain('Resumed');
    await on.page.getByLabel('Search what was decided').fill('refused');
    await expect.poll(() => entries().count()).toBe(1);
    await on.page.getByLabel('Search what was decided').fill('minecraft');
    await on.words('Nothing here says “minecraft”.');
  });

  it('is long after a while, and then shown on demand; names in it are only names', async () => {
    const service = hosting();
    service.shownAudit = Array.from({ length: 300 }, (_, number) => ({
      at: '2026-11-22T13:00:00.000Z',
      kind: 'refused' as const,
      sentence: number === 0 ? '“<img src=x onerror=alert(1)> שלום” was refused.' : `Line ${number}.`,
      master: null,
      partition: null,
      instance: null,
    }));
    await open(service);
    await on.words('“<img src=x onerror=alert(1)> שלום” was refused.');
    await expect.poll(() => entries().count()).toBe(12);
    await on.button('Show 288 more').click();
    await expect.poll(() => entries().count()).toBe(300);
  });

  it('is asked for once, and again when something was decided', async () => {
    const service = hosting();
    await open(service);
    await expect.poll(() => calls('audit').length).toBe(1);
    service.moveUsage(Date.parse('2026-11-22T14:00:10Z'));
    await field('Memory').fill('6');
    await on.page.keyboard.press('Enter');
    await expect.poll(() => calls('audit').length).toBe(2);
    await field('Partitions').fill('2');
    await on.page.keyboard.press('Enter');
    await expect.poll(() => calls('audit').length).toBe(3);
  });
});

describe('the looks', () => {
  const settings = [
    ['of a computer that is lent', () => hosting()],
    ['of one that cannot be', unlendable],
    ['of one that is lent farther than it may be', () => hosting({ sharing: 'everyone' })],
  ] as const;
  describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
    it.each(settings)('%s keep the rules of accessibility at every width', async (_, service) => {
      await open(service(), { colorScheme, reducedMotion: 'reduce' });
      await on.words('What was decided');
      for (const width of [360, 540, 1080, 1600]) {
        await on.page.setViewportSize({ width, height: 720 });
        await expectAccessible(on.page);
      }
    });
  });
});
