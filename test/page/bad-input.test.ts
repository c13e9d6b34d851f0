import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { CatalogueEntry } from '../../agent/api/contract.ts';
import { SlapgridError } from '../../agent/errors.ts';
import { readyInstance, standInCatalogue, StandInAgentService } from '../fakes/agent-service.ts';
import { expectAccessible, openStage, type OpenedPage, type Stage } from './opened-page.ts';

let stage: Stage;
let opened: OpenedPage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());
afterEach(() => opened.close());

const KEY = '-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC\n-----END PRIVATE KEY-----\n';
const HUGE = 'a'.repeat(1_000_000);
const MARKUP = '<img src=x onerror="globalThis.hacked = true"><b>bold</b>';
/** Makes “txt.exe” look like “exe.txt”. */
const TURNED = 'gpj.\u202eexe';

/** One field of every kind. */
const EVERY_KIND = {
  type: 'object',
  required: ['word'],
  properties: {
    word: { type: 'string', title: 'Word', maxLength: 40 },
    amount: { type: 'integer', title: 'Amount', minimum: 1, maximum: 9 },
    share: { type: 'number', title: 'Share' },
    on: { type: 'boolean', title: 'On' },
    level: { type: 'string', title: 'Level', enum: ['low', 'high'], default: 'low' },
    password: { type: 'string', title: 'Password', writeOnly: true, minLength: 8 },
    tags: { type: 'array', title: 'Tags', items: { type: 'string' }, maxItems: 3 },
    extra: { type: 'object', title: 'Extra' },
    page: { type: 'string', title: 'Page', contentMediaType: 'text/html' },
  },
};

function entry(name: string, parameters: Record<string, unknown>, category = 'cache'): CatalogueEntry {
  return {
    url: `slapgrid:${name}`,
    name,
    title: name,
    description: `${name}.`,
    category,
    here: false,
    bytesToDownload: null,
    types: [{ name: 'default', title: name, parameters }],
  };
}

function offering(...entries: CatalogueEntry[]): StandInAgentService {
  const service = new StandInAgentService();
  service.catalogue = () => Promise.resolve([...standInCatalogue, ...entries]);
  service.request = (input) => {
    service.calls.push(['request', input]);
    return Promise.reject(new SlapgridError('not-found'));
  };
  return service;
}

/** The form with a field of every kind, all of them unfolded. */
async function openForm(parameters: Record<string, unknown> = EVERY_KIND): Promise<void> {
  opened = await stage.open({ screen: '#/request/odd', service: offering(entry('odd', parameters)) });
  await opened.page.getByRole('button', { name: 'Request', exact: true }).waitFor();
  const more = opened.page.getByRole('button', { name: /more parameters/u });
  if ((await more.count()) > 0) await more.click();
}

/** By what stands above it; a star says that it is required. */
const field = (label: string) =>
  opened.page
    .locator('input, textarea')
    .and(
      opened.page.getByLabel(
        new RegExp(`^${label.replaceAll(/[.*+?^${}()|[\]\\]/gu, String.raw`\$&`)}( \\*)?$`, 'u'),
      ),
    );
const request = () => opened.page.getByRole('button', { name: 'Request', exact: true }).click();
const requests = () => opened.service.calls.filter(([called]) => called === 'request');
/** What stands under a field that is wrong. */
const problemOf = async (label: string): Promise<string> => {
  const id = await field(label).getAttribute('aria-describedby');
  const texts = (id ?? '').split(' ').map((each) => opened.page.locator(`[id="${each}"]`));
  for (const each of texts) {
    if ((await each.count()) > 0 && /error/u.test((await each.getAttribute('class')) ?? '')) {
      return (await each.textContent()) ?? '';
    }
  }
  return '';
};
const nameProblem = () => opened.page.locator('#instance-name-error').textContent();
const focusedId = () => opened.page.evaluate('document.activeElement.id');

/** As the clipboard does it: whole, at once, whatever the length. */
async function paste(label: string, text: string): Promise<void> {
  await field(label).focus();
  await opened.page.evaluate((words) => navigator.clipboard.writeText(words), text);
  await opened.page.keyboard.press('ControlOrMeta+v');
}

/** Nothing that was put in has become a part of the page. */
async function expectNoMarkup(): Promise<void> {
  expect(await opened.page.evaluate('globalThis.hacked')).toBeUndefined();
  expect(await opened.page.locator('main img, main b:text-is("bold")').count()).toBe(0);
}

describe('a form', () => {
  it('says of each field what is wrong, goes to the first, and keeps what was typed', async () => {
    await openForm();
    await field('Amount').fill('10');
    await field('Password').fill('short');
    await field('Extra').fill('{"a":');
    await field('Tags').fill('one');
    await request();
    await expect.poll(focusedId).toBe('parameter-word');
    expect(await problemOf('Word')).toBe('Word is needed.');
    expect(await problemOf('Amount')).toBe('Amount must be between 1 and 9.');
    expect(await problemOf('Password')).toBe('Password must have at least 8 characters.');
    expect(await problemOf('Extra')).toBe('Extra must be written as JSON.');
    await opened.page.getByText('4 fields need your attention.').waitFor();
    expect(await opened.announced()).toContain('Word is needed.');
    expect(await field('Amount').inputValue()).toBe('10');
    expect(await field('Password').inputValue()).toBe('short');
    expect(await field('Extra').inputValue()).toBe('{"a":');
    expect(requests()).toEqual([]);
    await expectAccessible(opened.page);
  });

  it('sends the last value of a list although no key ended it', async () => {
    await openForm();
    await field('Word').fill('word');
    await field('Tags').fill('one');
    await opened.page.keyboard.press('Enter');
    await field('Tags').fill('two, or three');
    await request();
    await opened.page.getByRole('alert').getByText('There is nothing').waitFor();
    expect(requests()).toMatchObject([
      ['request', { parameters: { word: 'word', tags: ['one', 'two, or three'] } }],
    ]);
  });

  it('keeps what is being typed into a list when another value is taken out of it', async () => {
    await openForm();
    await field('Word').fill('word');
    for (const value of ['one', 'two']) {
      await field('Tags').fill(value);
      await opened.page.keyboard.press('Enter');
    }
    await field('Tags').fill('three');
    await opened.page
      .locator('.mantine-Pill-root', { hasText: 'one' })
      .locator('button')
      .dispatchEvent('click');
    await request();
    await opened.page.getByRole('alert').getByText('There is nothing').waitFor();
    expect(requests()).toMatchObject([['request', { parameters: { tags: ['two', 'three'] } }]]);
  });

  it('keeps everything when the agent refuses', async () => {
    await openForm();
    await field('Word').fill('word');
    await field('Page').fill(MARKUP);
    await request();
    await opened.page.getByRole('alert').getByText('There is nothing').waitFor();
    expect(await field('Word').inputValue()).toBe('word');
    expect(await field('Page').inputValue()).toBe(MARKUP);
    await expectNoMarkup();
  });
});

describe('a private key', () => {
  it.each(['Word', 'Page', 'Tags', 'Extra'])(
    'that is pasted into %s is not sent, and the person is warned',
    async (label) => {
      await openForm();
      if (label !== 'Word') await field('Word').fill('word');
      await paste(label, KEY);
      await request();
      await expect
        .poll(() => problemOf(label))
        .toBe(
          `This looks like a private key. ${label} is not kept secret: it would be stored as an ordinary parameter.`,
        );
      expect(requests()).toEqual([]);
    },
  );

  it('may be the value of a secret', async () => {
    await openForm();
    await field('Word').fill('word');
    await paste('Password', KEY);
    await request();
    await opened.page.getByRole('alert').getByText('There is nothing').waitFor();
    expect(requests()).toMatchObject([
      ['request', { parameters: { password: expect.stringContaining('BEGIN PRIVATE KEY') } }],
    ]);
  });

  it('is no name, no number and no URL, and does not get into the address', async () => {
    await openForm();
    await field('Word').fill('word');
    await field('Name').fill('');
    await paste('Name', KEY);
    await paste('Amount', KEY);
    await request();
    await expect.poll(nameProblem).toBe('The name must be one line of plain text.');
    expect(await problemOf('Amount')).not.toBe('');
    await opened.go('#/request-url');
    await paste('URL of the software release', KEY);
    await opened.page.getByRole('button', { name: 'Read it' }).click();
    await opened.page.locator('form').getByText('This looks like a private key, not like a URL.').waitFor();
    expect(opened.page.url()).not.toContain('BEGIN');
    expect(opened.service.calls.filter(([called]) => called === 'describe')).toEqual([]);
    await expect.poll(focusedId).not.toBe('');
  });
});

describe('a megabyte', () => {
  it.each([
    ['Word', 'Word is larger than 1 MB, more than can be sent.'],
    ['Page', 'Page is larger than 1 MB, more than can be sent.'],
    ['Password', 'Password is larger than 1 MB, more than can be sent.'],
    ['Tags', 'Tags is larger than 1 MB, more than can be sent.'],
    ['Extra', 'Extra is larger than 1 MB, more than can be sent.'],
  ])('that is pasted into %s is refused beside it, and the page goes on', async (label, words) => {
    await openForm();
    if (label !== 'Word') await field('Word').fill('word');
    await paste(label, HUGE);
    await request();
    await expect.poll(() => problemOf(label)).toBe(words);
    expect(requests()).toEqual([]);
    await field('Amount').fill('3');
    expect(await field('Amount').inputValue()).toBe('3');
  });

  it('of digits is no number', async () => {
    await openForm();
    await field('Word').fill('word');
    await paste('Amount', '9'.repeat(1_000_000));
    await paste('Share', '9'.repeat(1000));
    await request();
    await expect.poll(() => problemOf('Amount')).toBe('Amount must be between 1 and 9.');
    expect(requests()).toEqual([]);
  });

  it('is no name, and nothing that is called so is found', async () => {
    await openForm();
    await field('Name').fill('');
    await paste('Name', HUGE);
    await request();
    await expect.poll(nameProblem).toBe('The name must have at most 200 characters.');
    await opened.go('#/services');
    await paste('Search services', HUGE);
    await opened.page.getByRole('heading', { name: /^Nothing is called “a+…”/u }).waitFor();
    await expectAccessible(opened.page);
  });
});

describe('what cannot be seen', () => {
  it.each([
    ['Word', 'a\u0007b', 'Word holds characters that cannot be shown. Type it instead of pasting it.'],
    ['Word', TURNED, 'Word holds marks that turn the text around. Type it instead of pasting it.'],
    ['Page', 'a\u0000b', 'Page holds characters that cannot be shown. Type it instead of pasting it.'],
    ['Tags', TURNED, 'Tags holds marks that turn the text around. Type it instead of pasting it.'],
    ['Tags', 'a\u001bb', 'Tags holds characters that cannot be shown. Type it instead of pasting it.'],
    ['Extra', '{"a": "\u0001"}', 'Extra must be written as JSON.'],
  ])('in %s, as %j, is refused beside it', async (label, value, words) => {
    await openForm();
    if (label !== 'Word') await field('Word').fill('word');
    await field(label).fill(value);
    await request();
    await expect.poll(() => problemOf(label)).toBe(words);
    expect(requests()).toEqual([]);
  });

  it('is not taken for a name', async () => {
    await openForm();
    await field('Word').fill('word');
    await field('Name').fill(TURNED);
    await request();
    await expect.poll(nameProblem).toMatch(/^The name holds marks that cannot be seen\./u);
    await expect.poll(focusedId).toBe('instance-name');
  });
});

describe('an instance whose name looks like HTML', () => {
  it('is text on every screen', async () => {
    const service = new StandInAgentService();
    service.show(
      0,
      readyInstance({
        name: MARKUP,
        softwareTitle: MARKUP,
        promises: [{ name: MARKUP, state: 'failed', message: MARKUP, checkedAt: null }],
        connection: [{ key: MARKUP, value: MARKUP, secret: false }],
        parameters: { [MARKUP]: MARKUP },
      }),
    );
    service.write(MARKUP, MARKUP, MARKUP);
    opened = await stage.open({ service });
    for (const screen of ['#/', '#/partitions', '#/partition/slappart0', '#/installation/slappart0']) {
      await opened.go(screen);
      await opened.page.getByRole('main').getByText('<img src=x').filter({ visible: true }).first().waitFor();
      await expectNoMarkup();
    }
    await opened.go('#/settings');
    await opened.page.getByRole('button', { name: 'Uninstall…' }).click();
    await opened.page.getByRole('dialog').getByText('<img src=x').waitFor();
    await expectNoMarkup();
  });
});

describe('a catalogue entry that nobody checked', () => {
  /** The form is there, and the rest of the catalogue too. */
  async function expectUsable(): Promise<void> {
    await opened.page.getByRole('heading', { level: 1, name: 'Request odd' }).waitFor();
    await opened.go('#/request/memcached');
    await opened.page.getByLabel('Memory for values').waitFor();
    await opened.go('#/services');
    await opened.page.getByRole('link', { name: /^Redis/u }).waitFor();
  }

  it('of no known category and without a picture is among the others', async () => {
    const service = offering(entry('odd', {}, '../../../etc/passwd'));
    opened = await stage.open({ screen: '#/services', service });
    await opened.page.getByText('Other', { exact: true }).click();
    expect(await opened.page.getByRole('link', { name: /^odd/u }).locator('svg').count()).toBeGreaterThan(0);
    expect(await opened.page.locator('.catalogue-item').count()).toBe(1);
    await expectAccessible(opened.page);
  });

  it('with types that nobody knows has them written as JSON, and says so', async () => {
    await openForm({ properties: { strange: { type: 'quaternion', title: 'Strange' }, none: null } });
    await field('Strange').fill('[1, 2, 3, 4]');
    await opened.page.getByText('Written as JSON.').first().waitFor();
    await request();
    await opened.page.getByRole('alert').getByText('There is nothing').waitFor();
    expect(requests()).toMatchObject([['request', { parameters: { strange: [1, 2, 3, 4] } }]]);
    await expectUsable();
  });

  it('with a pattern that does not compile, or never ends, leaves it to the agent, and says so', async () => {
    await openForm({
      properties: {
        broken: { type: 'string', title: 'Broken', pattern: '(' },
        endless: { type: 'string', title: 'Endless', pattern: '^(a+)+$' },
      },
    });
    expect(await opened.page.getByText('Its form is checked when it is requested.').count()).toBe(2);
    await field('Broken').fill('x');
    await field('Endless').fill(`${'a'.repeat(60)}!`);
    await request();
    await opened.page.getByRole('alert').getByText('There is nothing').waitFor();
    expect(requests()).toHaveLength(1);
    await expectUsable();
  });

  it('that refers to itself is a form with an end', async () => {
    await openForm({
      $defs: { node: { type: 'object', properties: { next: { $ref: '#/$defs/node' } } } },
      properties: { node: { $ref: '#/$defs/node', title: 'Node' } },
    });
    await field('Node').waitFor();
    await expectUsable();
  });

  it('with five hundred fields can be used', async () => {
    const properties = Object.fromEntries(
      Array.from({ length: 500 }, (_, number) => [
        `field${number}`,
        { type: number % 2 === 0 ? 'string' : 'integer', title: `Field ${number}` },
      ]),
    );
    await openForm({ properties });
    await field('Field 498').fill('last');
    await request();
    await opened.page.getByRole('alert').getByText('There is nothing').waitFor();
    expect(requests()).toMatchObject([['request', { parameters: { field498: 'last' } }]]);
    await expectUsable();
  });

  it('whose default breaks its own rule says so, and takes another value', async () => {
    await openForm({
      properties: { amount: { type: 'integer', title: 'Amount', maximum: 9, default: 12 } },
    });
    await request();
    await expect.poll(() => problemOf('Amount')).toBe('Amount must be at most 9.');
    expect(requests()).toEqual([]);
    await field('Amount').fill('9');
    await request();
    await opened.page.getByRole('alert').getByText('There is nothing').waitFor();
    expect(requests()).toMatchObject([['request', { parameters: { amount: 9 } }]]);
  });

  it('with choices that are alike, none, or of every type shows a form', async () => {
    await openForm({
      properties: {
        alike: { title: 'Alike', enum: ['a', 'a', 1, '1', 'c', 'd', 'e'] },
        none: { title: 'None', enum: [] },
        mixed: { title: 'Mixed', enum: [null, {}, 'x'] },
      },
    });
    await opened.page.getByRole('combobox', { name: 'Alike' }).click();
    expect(await opened.page.getByRole('option').allTextContents()).toEqual(['a', '1', 'c', 'd', 'e']);
    await opened.page.keyboard.press('Escape');
    await field('None').waitFor();
    await field('Mixed').waitFor();
    await expectUsable();
  });

  it('that looks like HTML is text', async () => {
    await openForm({ properties: { [MARKUP]: { type: 'string', title: MARKUP, description: MARKUP } } });
    await opened.page.getByLabel(MARKUP).fill(MARKUP);
    await expectNoMarkup();
  });
});
