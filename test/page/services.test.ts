import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SlapgridError } from '../../agent/errors.ts';
import { readyInstance, standInCatalogue } from '../fakes/agent-service.ts';
import { openStage, type OpenedPage, type Stage } from './opened-page.ts';

let stage: Stage;
let on: OpenedPage;

beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());
beforeEach(async () => {
  on = await stage.prepare();
});
afterEach(() => on.close());
const field = (name: string) => on.page.getByLabel(name);
const request = (): Promise<void> => on.page.getByRole('button', { name: 'Request', exact: true }).click();
const lastCall = (): unknown => on.agent.service.calls.at(-1);
const ready = () => {
  const { connection, promises, services } = readyInstance();
  return { state: 'started', progress: null, error: null, connection, promises, services } as const;
};

describe('the catalogue', () => {
  it('is searched by words in any order, without accents, and says how many there are', async () => {
    await on.enter('#/services');
    await expect.poll(() => on.focused()).toBe('Search services');
    await on.page.keyboard.type('dâtabase relational');
    await expect.poll(() => on.page.locator('.catalogue-item').count()).toBe(1);
    await on.told('1 service found');
    await on.page.keyboard.press('Enter');
    await on.title('Request PostgreSQL');
  });

  it('is narrowed to a category by the arrow keys', async () => {
    await on.enter('#/services');
    await on.page.getByRole('radio', { name: 'All' }).focus();
    await on.page.keyboard.press('ArrowRight');
    await on.page.getByRole('radio', { name: 'Databases', checked: true }).waitFor();
    await expect.poll(() => on.page.locator('.catalogue-item').allTextContents()).toHaveLength(1);
  });

  it('says that nothing is called so, and what else can be done', async () => {
    await on.enter('#/services');
    await field('Search services').fill('minecraft');
    await on.words('Nothing is called “minecraft”.');
    await on.button('Clear search').click();
    await expect.poll(() => on.page.locator('.catalogue-item').count()).toBe(standInCatalogue.length);
    expect(await on.focused()).toBe('Search services');
  });

  it('is walked through by the arrow keys', async () => {
    await on.enter('#/services');
    await on.page.getByRole('link', { name: /^Memcached/u }).focus();
    await on.page.keyboard.press('ArrowRight');
    expect(await on.focused()).toMatch(/^Redis/u);
    await on.page.keyboard.press('ArrowLeft');
    await on.page.keyboard.press('ArrowDown');
    expect(await on.focused()).toMatch(/^nginx/u);
  });

  it('marks what is here, also when it came since', async () => {
    await on.enter('#/services');
    const item = on.page.getByRole('link', { name: /^Redis/u });
    await item.getByText('Downloads once').waitFor();
    on.agent.service.store.setSoftware({
      url: 'slapgrid:redis',
      title: 'Redis',
      requestedState: 'available',
      state: 'available',
      progress: null,
      error: null,
      bytes: 1,
    });
    await item.getByText('Ready, starts at once').waitFor();
  });

  it('that could not be read leaves what is here to be requested, and is read again', async () => {
    on.agent.service.failures.set('catalogue', new SlapgridError('disk-full', { path: '/data' }));
    on.agent.service.store.setSoftware({
      url: 'https://example.org/software.yaml',
      title: 'Of somebody',
      requestedState: 'available',
      state: 'available',
      progress: null,
      error: null,
      bytes: 1,
    });
    await on.enter('#/services');
    await on.page.getByRole('alert').getByText('The disk is full').waitFor();
    await on.words('The service that is already here can be requested.');
    await on.page.getByRole('link', { name: 'Request Of somebody' }).waitFor();
    await on.button('Try again').click();
    await on.page.getByRole('link', { name: /^Memcached/u }).waitFor();
  });
});

describe('software by URL', () => {
  it('is read, and then asked for by the form of its own', async () => {
    await on.enter('#/services');
    await on.page.getByRole('link', { name: 'Request by URL' }).click();
    await on.title('Request by URL');
    await on.button('Read it').click();
    await on.words('The URL is needed.');
    await field('URL of the software release').fill('https://example.org/software.yaml');
    await on.button('Read it').click();
    await on.title('Request Of somebody');
    expect(await field('Name').inputValue()).toBe('of-somebody');
  });

  it('that cannot be read says why, and keeps what was typed', async () => {
    await on.enter('#/request-url');
    on.agent.service.failures.set('describe', new SlapgridError('unknown-software', { reference: 'x' }));
    await field('URL of the software release').fill('https://example.org/nothing.yaml');
    await on.button('Read it').click();
    await on.page.getByRole('alert').getByText('No software release is called').waitFor();
    expect(await field('URL of the software release').inputValue()).toBe('https://example.org/nothing.yaml');
    await on.button('Read it').click();
    await on.title('Request Of somebody');
  });
});

describe('asking for a service', () => {
  it('goes from the catalogue to an address that can be copied', async () => {
    const { service } = on.agent;
    await on.enter('#/services');
    await on.page.getByRole('link', { name: /^Memcached/u }).click();
    await on.title('Request Memcached');
    await field('Name').fill('my-cache');
    await field('Memory for values').fill('128');
    await request();

    await on.title('Getting “my-cache” ready');
    expect(lastCall()).toEqual([
      'request',
      {
        name: 'my-cache',
        software: 'slapgrid:memcached',
        softwareType: 'default',
        parameters: { memory: 128 },
      },
    ]);
    await expect.poll(() => on.focused()).toBe('Cancel');
    const step = on.page.locator('[aria-current=step]');
    service.progress('my-cache', { step: 'resolving', done: 0, total: 0 });
    await step.getByText('Resolving packages').waitFor();
    service.progress('my-cache', { step: 'downloading', done: 8e6, total: 20e6, bytesPerSecond: 4.2e6 });
    await on.words('Downloading 8 of 20 MB');
    await on.words('4.2 MB/s, about 3 s left');
    expect(await on.page.getByRole('progressbar').getAttribute('value')).toBe('40');
    service.progress('my-cache', { step: 'unpacking', done: 3, total: 27 });
    await on.words('Unpacking 3 of 27');
    service.progress('my-cache', { step: 'checking', done: 0, total: 0 });
    await step.getByText('Checking promises').waitFor();
    service.change('my-cache', ready());

    await on.title('“my-cache” is ready.');
    await on.told('“my-cache” is ready.');
    await expect.poll(() => on.focused()).toBe('Copy: Address');
    await on.page.keyboard.press('Enter');
    await on.button('Copy: Address').getByText('Copied').waitFor();
    expect(await on.page.evaluate('navigator.clipboard.readText()')).toBe('127.64.0.1:11211');
    await on.page.getByRole('link', { name: 'Open its partition' }).click();
    await on.page.waitForURL(/#\/partition\/slappart0$/u);
  });

  it('can be done with the keyboard alone', async () => {
    await on.enter();
    await on.tabTo('Services');
    await on.page.keyboard.press('Enter');
    await expect.poll(() => on.focused()).toBe('Search services');
    await on.page.keyboard.type('redis');
    await on.tabTo('Redis');
    await on.page.keyboard.press('Enter');
    await on.title('Request Redis');
    await expect.poll(() => on.focused()).toMatch(/^Name/u);
    // The name that is proposed is selected.
    await on.page.keyboard.type('sessions');
    await on.page.keyboard.press('Tab');
    await on.page.keyboard.press('ArrowRight');
    await on.tabTo('Request');
    await on.page.keyboard.press('Enter');
    await on.title('Getting “sessions” ready');
    expect(lastCall()).toMatchObject(['request', { name: 'sessions', parameters: { durability: 'never' } }]);
  });

  it('can be cancelled at once', async () => {
    await on.enter('#/request/postgresql');
    await field('Database').fill('photos');
    await request();
    await on.title('Getting “postgresql” ready');
    await on.button('Cancel').click();
    await on.title('Services');
    expect(on.agent.service.calls).toContainEqual(['cancel', 'postgresql']);
    await on.told('“postgresql” was cancelled. What was downloaded is kept.');
  });

  it('says in the agent’s words why it was refused, and keeps what was typed', async () => {
    await on.enter('#/request/memcached');
    await field('Name').fill('my-cache');
    on.agent.service.failures.set('request', new SlapgridError('disk-full', { path: '/data' }));
    await request();
    await on.page.getByRole('alert').getByText('The disk is full').waitFor();
    await on.words('Free some space, then try again.');
    expect(await field('Name').inputValue()).toBe('my-cache');
  });

  it('says why it is stuck and what is kept, tries again, and can be removed', async () => {
    const { service } = on.agent;
    await on.enter('#/request/memcached');
    await request();
    await on.title('Getting “memcached” ready');
    service.progress('memcached', { step: 'downloading', done: 41e6, total: 58e6 });
    await on.words('Downloading 41 of 58 MB');
    const error = { code: 'x', sentence: 'The connection was lost.', nextStep: 'Look at the network.' };
    service.fail('memcached', error);
    await on.title('Memcached could not be installed');
    const alert = on.page.getByRole('alert').filter({ hasText: 'The connection was lost.' });
    await alert.getByText('41 of 58 MB are kept, so trying again goes on from there.').waitFor();
    await on.page.locator('[aria-current=step]', { hasText: 'Downloading' }).waitFor();
    await expect.poll(() => on.focused()).toBe('Try again');
    await on.page.keyboard.press('Enter');
    await expect.poll(lastCall).toEqual(['bang', 'memcached']);
    service.progress('memcached', { step: 'downloading', done: 42e6, total: 58e6 });
    await on.title('Getting “memcached” ready');
    service.fail('memcached', error);
    await on.button('Remove').click();
    await on.title('Services');
    expect(on.agent.service.calls).toContainEqual(['cancel', 'memcached']);
  });

  it('has the log one click away', async () => {
    on.agent.service.show(0, readyInstance({ name: 'db', state: 'starting', connection: [], promises: [] }));
    on.agent.service.write('db', 'postgresql', 'ready to accept connections');
    await on.enter('#/installation/slappart0');
    await on.title('Getting “db” ready');
    await on.button('Show the log').click();
    await on.words('ready to accept connections');
    await on.button('Hide the log').click();
    await on.page.getByText('ready to accept connections').waitFor({ state: 'detached' });
  });

  it('shows the same as a command, without secrets', async () => {
    const [memcached] = standInCatalogue;
    if (memcached === undefined) throw new Error('the catalogue is empty');
    on.agent.service.catalogue = async () => [
      {
        ...memcached,
        types: [
          {
            name: 'default',
            title: 'Memcached',
            parameters: {
              properties: {
                motd: { type: 'string', title: 'Greeting' },
                password: { type: 'string', title: 'Password', writeOnly: true },
              },
            },
          },
        ],
      },
    ];
    await on.enter('#/request/memcached');
    await field('Greeting').fill('it’s me');
    await on.button('Show as a command').click();
    await on.words("./slapgrid request memcached memcached --parameters 'motd=it’s me'");
    await on.button('Make one for me').click();
    const password = await on.page.getByRole('textbox', { name: 'Password' }).inputValue();
    expect(password).toMatch(/^[A-Za-z2-9]{24}$/u);
    await on.words('./slapgrid request memcached memcached --parameters-file parameters.json');
    await on.words('"password": "…"');
    await on.words('Write into that file by hand: Password.');
    expect(await on.page.locator('.as-command').textContent()).not.toContain(password);
  });
});

describe('the form', () => {
  it('says what is wrong when a field is left', async () => {
    await on.enter('#/request/memcached');
    await field('Memory for values').fill('8');
    await field('Memory for values').blur();
    await on.words('Memory for values must be between 16 and 2,048 MB.');
    await field('Memory for values').fill('64');
    await on.page.getByText('must be between').waitFor({ state: 'detached' });
  });

  it('begins where something is missing, and goes to the first field that is wrong', async () => {
    await on.enter('#/request/postgresql');
    await expect.poll(() => on.focused()).toMatch(/^Database/u);
    await on.page.getByLabel('Name').focus();
    await request();
    await on.words('Database is needed.');
    await on.words('One field needs your attention.');
    await expect.poll(() => on.focused()).toMatch(/^Database/u);
    await field('Database').fill('Photos!');
    await request();
    await on.words('Database must begin with a lower-case letter.');
    await field('Database').fill('photos!');
    await on.words('Database cannot hold “!”, only lower-case letters, digits, and “_”.');
    expect(on.agent.service.calls.map(([called]) => called)).not.toContain('request');
  });

  it('loses no click on a button that a new message moves', async () => {
    await on.enter('#/request/memcached');
    await field('Memory for values').fill('8');
    await request();
    await expect.poll(() => on.focused()).toMatch(/^Memory for values/u);
  });

  it('proposes a name that is free, and leads to what has one that is not', async () => {
    on.agent.service.show(0, readyInstance({ name: 'memcached' }));
    await on.enter('#/request/memcached');
    expect(await field('Name').inputValue()).toBe('memcached-2');
    await field('Name').fill('memcached');
    await field('Name').blur();
    await on.words('You already have “memcached”. Choose another name, or change that one.');
    await on.page.getByRole('link', { name: 'Open “memcached”' }).click();
    await on.page.waitForURL(/#\/partition\/slappart0$/u);
  });

  it.each([
    ['', 'It needs a name.'],
    ['   ', 'It needs a name.'],
    ['x'.repeat(201), 'The name must have at most 200 characters.'],
    ['abc\u202Egnp.exe', 'The name holds marks that cannot be seen.'],
    ['-----BEGIN PRIVATE KEY-----MIIEvQ', 'The name must be one line of plain text.'],
  ])('refuses the name %j', async (name, words) => {
    await on.enter('#/request/memcached');
    await field('Name').fill(name);
    await field('Name').blur();
    await on.words(words);
  });

  it.each(['<b>bold</b>', 'חנות', 'Ça va', '☃'])('takes the name %s', async (name) => {
    await on.enter('#/request/memcached');
    await field('Name').fill(name);
    await request();
    await expect.poll(lastCall).toMatchObject(['request', { name }]);
  });

  it('refuses a private key in a field that is not kept secret', async () => {
    await on.enter('#/request/nginx');
    await field('Front page').fill(
      '-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA\n-----END RSA PRIVATE KEY-----',
    );
    await field('Front page').blur();
    await on.words('This looks like a private key. Front page is not kept secret');
  });

  it('takes lists, choices, several lines and another kind', async () => {
    await on.enter('#/request/postgresql');
    await field('Database').fill('photos');
    await on.page.getByRole('combobox', { name: 'Extensions' }).fill('hstore');
    await on.page.keyboard.press('Enter');
    await request();
    await on.title('Getting “postgresql” ready');
    expect(lastCall()).toMatchObject([
      'request',
      { parameters: { database: 'photos', extensions: ['hstore'] } },
    ]);

    await on.page.goto(`${on.agent.origin}/#/request/nginx`);
    await field('Front page').fill('<h1>\nhello</h1>');
    await on.page.getByRole('combobox', { name: 'Kind' }).click();
    await on.page.getByRole('option', { name: 'Forward to another server' }).click();
    await field('Target').fill('http://127.64.0.1/');
    await request();
    await on.title('Getting “nginx” ready');
    expect(lastCall()).toMatchObject([
      'request',
      { softwareType: 'forward', parameters: { target: 'http://127.64.0.1/' } },
    ]);
  });

  it('is there for an entry whose category and schema are of no known kind', async () => {
    on.agent.service.catalogue = async () => [
      {
        url: 'slapgrid:odd',
        name: 'odd',
        title: 'Odd',
        description: 'x'.repeat(400),
        category: '../../etc',
        here: false,
        bytesToDownload: null,
        types: [
          {
            name: 'default',
            title: 'Odd',
            parameters: {
              type: 7,
              required: 'all',
              properties: { a: null, b: { type: 'string', pattern: '(' }, c: { type: ['x'] } },
            },
          },
        ],
      },
    ];
    await on.enter('#/services');
    await on.page.getByRole('radio', { name: 'Other' }).waitFor();
    await on.page.getByRole('link', { name: /^Odd/u }).click();
    await on.title('Request Odd');
    await request();
    await expect.poll(lastCall).toMatchObject(['request', { name: 'odd', parameters: {} }]);
  });
});

describe('what is published', () => {
  it('shows a secret only when it is asked to, and copies it without', async () => {
    on.agent.service.show(0, readyInstance());
    await on.enter('#/installation/slappart0');
    await on.title('“cache” is ready.');
    expect(await on.page.content()).not.toContain('k3-Zq8wXbTn');
    await on.button('Copy: password').click();
    await expect.poll(() => on.page.evaluate('navigator.clipboard.readText()')).toBe('k3-Zq8wXbTn');
    await on.button('Show: password').click();
    await on.words('k3-Zq8wXbTn');
    await on.button('Hide: password').click();
    await on.page.getByText('k3-Zq8wXbTn').waitFor({ state: 'detached' });
  });

  it('opens only what a browser shows, and says where that leads', async () => {
    on.agent.service.show(
      0,
      readyInstance({
        connection: [
          { key: 'url', value: 'http://127.64.0.1:8080/', secret: false },
          { key: 'docs', value: 'https://xn--pple-43d.example/', secret: false },
          { key: 'script', value: 'javascript:alert(1)', secret: false },
          { key: 'deceit', value: 'https://bank.example@evil.example/', secret: false },
          { key: 'secret', value: 'https://evil.example/', secret: true },
        ],
      }),
    );
    await on.enter('#/installation/slappart0');
    await on.words(
      'Opens 127.64.0.1:8080 in a new tab. Works on this computer; nothing outside can reach it.',
    );
    const links = on.page.getByRole('link', { name: /^Open .+ in a new tab$/u });
    expect(await links.evaluateAll((all) => all.map((link) => link.getAttribute('href')))).toEqual([
      'http://127.64.0.1:8080/',
      'https://xn--pple-43d.example/',
    ]);
    expect(await links.first().getAttribute('rel')).toBe('noopener noreferrer');
    await on.page.getByRole('link', { name: 'Open xn--pple-43d.example in a new tab' }).waitFor();
  });
});
