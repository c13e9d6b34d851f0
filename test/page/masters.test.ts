import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
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

async function open(screen: string, service = new StandInAgentService(), browser = {}): Promise<void> {
  on = await stage.open({ screen, service, browser: { locale: 'en-GB', ...browser } });
}

/** With all that any of the sentences names. */
function refusal(code: string): SlapgridError {
  const host = 'slap.example.org';
  return new SlapgridError(code, {
    host,
    url: host,
    name: 'attic',
    why: 'x',
    detail: 'x',
    fingerprint: 'none',
  });
}

const ANA = { owner: { kind: 'other', name: 'Ana' } } as const;

/** One service of its own, and two for Ana. */
function hosting(over: Parameters<typeof standInMaster>[0] = {}): StandInAgentService {
  const service = new StandInAgentService();
  service.show(0, readyInstance());
  service.join(
    standInMaster({ partitionAmount: 4, ...over }),
    { ...ANA, name: 'choir-site' },
    { ...ANA, name: 'choir-db' },
  );
  service.moveUsage(Date.parse('2026-11-22T14:00:00Z'));
  return service;
}

const field = (label: string) => on.page.getByLabel(label);
const calls = (procedure: string) => on.service.calls.filter(([called]) => called === procedure);
const dialog = (name: string) => on.page.getByRole('dialog', { name });

describe('the masters, under Settings', () => {
  const SILENT = {
    state: 'failing',
    nextTryAt: '2026-11-22T14:00:40.000Z',
    reportsWaiting: 2,
    error: { code: 'master-unreachable', sentence: 'It does not answer.', nextStep: 'Look at the network.' },
  } as const;

  it('are none at first, which says what one is for', async () => {
    await open('#/settings');
    await on.words('No master is joined.');
    await on.page.getByRole('link', { name: 'Join a master' }).click();
    await on.title('Join a master');
  });

  it('say how each is, and what waits for it', async () => {
    const service = hosting(SILENT);
    service.store.setMaster(standInMaster({ id: 'M-2', title: 'other.example' }));
    await open('#/settings', service);
    const rows = on.page.getByRole('listitem').filter({ hasText: 'COMP-1234' });
    await rows.nth(1).waitFor();
    const [first = '', second = ''] = await rows.allTextContents();
    for (const words of ['slap.example.org', 'Does not answer', 'my-laptop', '2 usage reports wait'])
      expect(first).toContain(words);
    expect(first).toContain('It does not answer. Look at the network.');
    expect(first).toMatch(/next try \d/u);
    expect(second).toContain('Connected');
    expect(second).toContain('ends 22 November 2027');
    service.store.setMaster(standInMaster({ partitionAmount: 4 }));
    await expect.poll(async () => (await rows.allTextContents())[0]).toContain('Connected');
  });

  it('are asked now', async () => {
    await open('#/settings', hosting(SILENT));
    await on.button('Ask now: slap.example.org').click();
    await on.told('slap.example.org is being asked.');
    expect(calls('askMaster')).toEqual([['askMaster', 'master-1']]);
  });

  it('are left after saying what is lost, and not by Escape', async () => {
    await open('#/settings', hosting({ reportsWaiting: 1 }));
    await on.button('Leave: slap.example.org').click();
    const asked = dialog('Leave slap.example.org?');
    await asked
      .getByText('2 services that are hosted for it, with their data: “choir-site”, “choir-db”')
      .waitFor();
    await asked.getByText('1 usage report that it has not taken yet').waitFor();
    await expect.poll(() => on.focused()).toBe('Stay');
    await on.page.keyboard.press('Escape');
    await asked.waitFor({ state: 'detached' });
    expect(calls('leaveMaster')).toEqual([]);
    await on.button('Leave: slap.example.org').click();
    await asked.getByRole('button', { name: 'Leave and lose the data' }).click();
    await on.words('No master is joined.');
    expect(calls('leaveMaster')).toEqual([['leaveMaster', { id: 'master-1', force: false }]]);
  });

  it('that cannot be told are left by a second word', async () => {
    const service = hosting();
    service.failures.set('leaveMaster', refusal('master-unreachable'));
    await open('#/settings', service);
    await on.button('Leave: slap.example.org').click();
    const asked = dialog('Leave slap.example.org?');
    await asked.getByRole('button', { name: 'Leave and lose the data' }).click();
    await asked.getByText('It cannot be told now.').waitFor();
    await asked.getByRole('button', { name: 'Leave anyway' }).click();
    await on.words('No master is joined.');
    expect(calls('leaveMaster')).toEqual([
      ['leaveMaster', { id: 'master-1', force: false }],
      ['leaveMaster', { id: 'master-1', force: true }],
    ]);
  });
});

describe('a master that waits to be told that it is left', () => {
  const waiting = {
    state: 'leaving',
    error: { code: 'leaving-waits', sentence: 'It cannot be told.', nextStep: '' },
    nextTryAt: '2026-11-22T14:00:40.000Z',
  } as const;

  it('is stayed with', async () => {
    await open('#/settings', hosting({ ...waiting, canStay: true }));
    await on.words('It cannot be told.');
    await on.button('Stay: slap.example.org').click();
    await on.told('slap.example.org is not left.');
    expect(calls('stayWithMaster')).toEqual([['stayWithMaster', 'master-1']]);
  });

  it('is left anyway by a second word, and stayed with no more once something is lost', async () => {
    await open('#/settings', hosting(waiting));
    await on.button('Leave: slap.example.org').click();
    expect(await on.button('Stay: slap.example.org').count()).toBe(0);
    const asked = dialog('Leave slap.example.org?');
    await asked.getByText('It cannot be told now.').waitFor();
    await asked.getByRole('button', { name: 'Leave anyway' }).click();
    await expect.poll(() => calls('leaveMaster')).toEqual([['leaveMaster', { id: 'master-1', force: true }]]);
  });
});

describe('the mode', () => {
  const choice = (name: string) => on.page.getByRole('radiogroup', { name: 'Mode' }).getByLabel(name);

  it('is local as long as no master is joined, and says what the other needs', async () => {
    await open('#/');
    await choice('Shared').waitFor({ state: 'attached' });
    expect(await choice('Local').isChecked()).toBe(true);
    expect(await choice('Shared').isDisabled()).toBe(true);
    await on.words('Shared needs a master.');
    await on.page.getByRole('link', { name: 'Join a master' }).click();
    await on.title('Join a master');
  });

  it('goes local at once, says what was stopped, and can be undone', async () => {
    await open('#/', hosting());
    await on.title('Hosting 2 services for Ana.');
    await on.words('Shared with slap.example.org');
    await on.page.getByText('Local', { exact: true }).click();
    await on.told('2 services for others are being stopped. Their data is kept.');
    await on.title('Running 1 service, only for you.');
    await on.words('2 services for others are stopped and their data is kept.');
    await on.button('Undo').click();
    await on.title('Hosting 2 services for Ana.');
    expect(calls('setMode')).toEqual([
      ['setMode', 'local'],
      ['setMode', 'shared'],
    ]);
  });

  it('that the agent refuses stays as it was, and says why', async () => {
    const service = hosting();
    service.failures.set('setMode', new SlapgridError('not-found'));
    await open('#/', service);
    await on.page.getByText('Local', { exact: true }).click();
    await on.page.getByRole('alert').filter({ hasText: /./u }).first().waitFor();
    await expect.poll(() => choice('Shared').isChecked()).toBe(true);
  });
});

describe('the sentence', () => {
  const failing = (code: string) =>
    ({
      state: 'failing',
      error: { code, sentence: 'Why it is so.', nextStep: '' },
      nextTryAt: '2026-11-22T14:00:40.000Z',
    }) as const;

  it('names for whom it hosts, what runs besides, and who could start something', async () => {
    await open('#/', hosting());
    await on.title('Hosting 2 services for Ana.');
    await on.words('Your own is running too.');
    await on.page
      .getByRole('list', { name: 'Partitions: 1 yours, 2 for others, 2 free to lend, 9 free' })
      .waitFor();
    await on.words('2 running');
  });

  it.each([
    ['master-unreachable', 'Hosting 2 services. slap.example.org cannot be reached.'],
    ['master-answer', 'Hosting 2 services. slap.example.org does not answer as it should.'],
  ])('says that a master fails (%s), why, and asks it now', async (code, sentence) => {
    await open('#/', hosting(failing(code)));
    await on.title(sentence);
    await on.words('Why it is so.');
    await on.words(/^Next try|Next try/u);
    await on.button('Ask now: slap.example.org').click();
    await on.told('slap.example.org is being asked.');
  });

  it('is the person’s own when something of theirs failed, and not when something of others did', async () => {
    const service = hosting();
    service.change('choir-db', { state: 'failed', error: { code: 'x', sentence: 'Broken.', nextStep: '' } });
    await open('#/', service);
    await on.title('Hosting 1 service for Ana.');
    expect(await on.page.getByText('Broken.').count()).toBe(0);
    service.fail('cache', { code: 'x', sentence: 'Mine is broken.', nextStep: '' });
    await on.title('“cache” needs you.');
  });
});

describe('what is hosted', () => {
  it('says for whom in its partition, and leaves what its master decides to it', async () => {
    const service = hosting();
    await open('#/partition/slappart10', service);
    await on.title('choir-site');
    await on.words('Ana');
    await on.words('for slap.example.org');
    await on.words('slap.example.org decides when it starts, stops and ends');
    for (const name of ['Stop', 'Restart', 'Actions for choir-site', 'Change…'])
      expect(await on.page.getByRole('button', { name }).count()).toBe(0);
    // Its password is theirs.
    expect(await on.page.getByText('Connection parameters').count()).toBe(0);
    await on.go('#/partition/slappart0');
    await on.button('Stop').waitFor();
  });

  it('can be told apart, found and opened in the list, and no more', async () => {
    await open('#/partitions', hosting());
    await field('Find a partition').fill('ana');
    const rows = on.page.getByRole('row').filter({ hasText: 'choir-' });
    await expect.poll(() => rows.count()).toBe(2);
    await rows.first().getByText('for slap.example.org').waitFor();
    await on.button('Actions for choir-site').click();
    expect(await on.page.getByRole('menuitem').allTextContents()).toHaveLength(2);
    await on.page.getByRole('menu').getByText('The rest is up to slap.example.org').waitFor();
  });

  it('takes neither the partitions nor the names of what is requested here', async () => {
    const service = new StandInAgentService(0);
    service.join(standInMaster({ partitionAmount: 2 }), { ...ANA, name: 'memcached' });
    await open('#/request/memcached', service);
    await on.words('all are in use');
    expect(await field('Name').inputValue()).toBe('memcached');
  });
});

describe('a master that is set aside', () => {
  it('is told with why and what to do, and is neither asked nor left from here', async () => {
    const error = {
      code: 'master-records-damaged',
      sentence: 'What /data/private/masters/f27d says cannot be read.',
      nextStep: 'Put it back from a copy.',
    };
    const unknown = { title: 'f27d', url: '', computerName: '', computerId: '', partitionAmount: 0 };
    await open('#/settings', hosting({ ...unknown, state: 'aside', error }));
    const row = on.page.getByRole('listitem').filter({ hasText: 'f27d' });
    await row.getByText('Set aside').waitFor();
    expect(await row.textContent()).toContain(`${error.sentence} ${error.nextStep}`);
    expect(await row.getByRole('button').count()).toBe(0);
    await expectAccessible(on.page);
  });
});

describe('the looks', () => {
  const word = 'Donaudampfschifffahrtsgesellschaftskapitän'.repeat(3);
  const longWinded = (): StandInAgentService => {
    return hosting({
      title: `${word.toLowerCase().replaceAll('ä', 'a')}.example`,
      computerName: `${word} שלום`,
      state: 'failing',
      error: { code: 'x', sentence: word, nextStep: word },
    });
  };
  const wide = async (): Promise<void> => {
    for (const width of [360, 1080, 1600]) {
      await on.page.setViewportSize({ width, height: 720 });
      await expectAccessible(on.page);
    }
  };

  describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
    it.each(['#/', '#/settings', '#/joined/master-1', '#/partition/slappart10', '#/partitions'])(
      'of %s fit every width and keep the rules of accessibility',
      async (screen) => {
        await open(screen, longWinded(), { colorScheme, reducedMotion: 'reduce' });
        await on.page.locator('h1').waitFor();
        await wide();
      },
    );

    it('of the question before one is left fit every width and keep them', async () => {
      await open('#/settings', longWinded(), { colorScheme, reducedMotion: 'reduce' });
      await on.page.getByRole('button', { name: /^Leave/u }).click();
      await on.page.getByRole('dialog').waitFor();
      await wide();
    });
  });
});
