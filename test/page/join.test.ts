import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { SlapgridError } from '../../agent/errors.ts';
import { standInCertificate, standInMaster, StandInAgentService } from '../fakes/agent-service.ts';
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

function newcomer(): StandInAgentService {
  const service = new StandInAgentService();
  service.beginFirstRun();
  return service;
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
    wanted: 10,
    free: 3,
  });
}

const LINK =
  'slapgrid://join?master=https%3A%2F%2Fslap.example.org&web=https%3A%2F%2Fpanel.example.org&name=attic&token=7Q4K-P2MD';

const token = () => on.page.locator('#join-token');
const field = (label: string) => on.page.getByLabel(label);
const submit = () => on.page.locator('form.join [type=submit]');
const calls = (procedure: string) => on.service.calls.filter(([called]) => called === procedure);

async function fill(): Promise<void> {
  await token().fill('7Q4K-P2MD');
  await field('Name of this computer').fill('attic');
  await field('Address of the master').fill('slap.example.org');
}

const REGISTERED = {
  name: 'attic',
  token: '7Q4K-P2MD',
  masterUrl: 'https://slap.example.org/',
  masterUrlWeb: 'https://slap.example.org/',
  partitions: 10,
  acceptedFingerprints: [],
};

describe('the first run', () => {
  it('leads to the form by the keyboard alone, and from joining to what happens now', async () => {
    await open('', newcomer());
    await expect.poll(() => on.focused()).toContain('Use it locally');
    await on.page.keyboard.press('ArrowRight');
    await on.page.keyboard.press('Enter');
    await on.title('Join a master');
    await expect.poll(() => on.focused()).toContain('Token or link');
    await on.page.keyboard.type('7Q4K-P2MD');
    await on.tabTo('Address of the master');
    await on.page.keyboard.type('slap.example.org');
    await on.page.keyboard.press('Enter');
    await on.title('Joined slap.example.org.');
    await on.words('This computer is COMP-1234 there.');
    await on.told('Joined slap.example.org.');
    expect(on.service.calls).toContainEqual(['finishFirstRun']);
    expect(calls('registerNode')).toEqual([['registerNode', { ...REGISTERED, name: 'my-computer' }]]);
    await on.page.getByRole('link', { name: 'Go to the overview' }).click();
    await on.title('Ready to host. Nobody is using it now.');
  });

  it('leads to lending, because nothing is hosted before the computer is lent', async () => {
    const service = newcomer();
    service.store.setLending({ ...service.store.lending, sharing: 'me' });
    await open('#/join', service);
    await fill();
    await submit().click();
    await on.title('Joined slap.example.org.');
    await on.words('Nothing is started for others yet');
    await on.page.getByRole('link', { name: 'Choose whom to lend to' }).click();
    await on.title('Lending');
  });

  it('can be gone back to, and nothing was done', async () => {
    await open('#/join', newcomer());
    await on.page.getByRole('link', { name: 'Back' }).click();
    await on.title('What should this computer do?');
    expect(calls('finishFirstRun')).toEqual([]);
  });

  it('goes on without a master where there is no network', async () => {
    const service = newcomer();
    service.failures.set('inspectMaster', refusal('master-no-network'));
    await open('#/join', service);
    await fill();
    await submit().click();
    await on.button('Use it locally for now').click();
    await on.page.getByRole('navigation').first().waitFor();
    expect(calls('registerNode')).toEqual([]);
  });
});

describe('the form', () => {
  it.each(['Token or link', 'Address of the master'])(
    'is filled in by a link pasted into “%s”',
    async (label) => {
      await open('#/join');
      await (label === 'Token or link' ? token() : field(label)).fill(` ${LINK} `);
      await expect.poll(() => token().inputValue()).toBe('7Q4K-P2MD');
      expect(await field('Name of this computer').inputValue()).toBe('attic');
      expect(await field('Address of the master').inputValue()).toBe('https://slap.example.org/');
      expect(await field('Address of its web pages').inputValue()).toBe('https://panel.example.org/');
      await on.told('The link filled in the form. Look at it, then join.');
      await submit().click();
      await on.title('Joined slap.example.org.');
      expect(calls('registerNode')).toEqual([
        ['registerNode', { ...REGISTERED, masterUrlWeb: 'https://panel.example.org/' }],
      ]);
    },
  );

  it('is filled in by the link that opened the window, which is asked for once and stands nowhere', async () => {
    await open('');
    const asked: string[] = [];
    await on.page.route('**/invitation/*', (route) => {
      asked.push(`${route.request().method()} ${new URL(route.request().url()).pathname}`);
      return route.fulfill({ body: LINK, contentType: 'text/plain' });
    });
    await on.go('#/join/a-name');
    await on.title('Join a master');
    await expect.poll(() => token().inputValue()).toBe('7Q4K-P2MD');
    expect(asked).toEqual(['POST /invitation/a-name']);
    expect(on.page.url()).not.toContain('7Q4K');
    const stored = await on.page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])');
    expect(stored).not.toContain('7Q4K');
    expect(calls('inspectMaster')).toEqual([]);
  });

  it('keeps the token hidden until it is to be seen, and forgets it when it is left', async () => {
    await open('#/join');
    await token().fill('7Q4K-P2MD');
    expect(await token().getAttribute('type')).toBe('password');
    await on.button('Show: Token or link').click();
    expect(await token().getAttribute('type')).toBe('text');
    await on.go('#/settings');
    await on.go('#/join');
    expect(await token().inputValue()).toBe('');
  });

  it.each([
    ['Token or link', '', 'The token is needed.'],
    ['Token or link', '-----BEGIN RSA PRIVATE KEY-----', 'This looks like a private key, not like a token.'],
    ['Token or link', 'slapgrid://join?token=x', 'This link is not written as it should be.'],
    ['Token or link', 'https://slap.example.org/join/7Q4K', 'This is an address, not a token.'],
    ['Token or link', '7Q4K P2MD', 'A token has no spaces.'],
    ['Token or link', '7Q4K\u202eP2MD', 'The token holds characters that cannot be seen.'],
    ['Token or link', 'x'.repeat(10_001), 'The token must have at most 10,000 characters.'],
    ['Name of this computer', ' ', 'It needs a name.'],
    ['Name of this computer', 'a\u202eb', 'The name holds marks that cannot be seen.'],
    ['Name of this computer', 'x'.repeat(201), 'The name must have at most 200 characters.'],
    ['Name of this computer', '-----BEGIN PRIVATE KEY-----', 'The name must be one line of plain text.'],
    ['Address of the master', '', 'The address of the master is needed.'],
    ['Address of the master', 'http://slap.example.org', 'The address must begin with https'],
    ['Address of the master', 'javascript:alert(1)', 'This is not an address.'],
    ['Address of the master', 'https://ana:secret@slap.example.org', 'must not hold a name or a password'],
    ['Address of the master', `https://x/${'x'.repeat(2000)}`, 'The address must have at most 2,000'],
    ['Address of the master', 'https://slap.exa\u200bmple.org', 'The address holds characters'],
    ['Address of its web pages', 'http://panel.example.org', 'The address must begin with https'],
  ])('says what is wrong with %s %j, goes there, and sends nothing', async (label, given, problem) => {
    await open('#/join');
    await fill();
    const input = label === 'Token or link' ? token() : field(label);
    await input.fill(given);
    await submit().click();
    await on.words(problem);
    await expect.poll(() => on.focused()).toContain(label);
    expect((await on.announced()).some((words) => words.includes(problem))).toBe(true);
    expect(calls('inspectMaster')).toEqual([]);
    expect(calls('registerNode')).toEqual([]);
  });

  it('shows an address as it will be asked', async () => {
    await open('#/join');
    // A Cyrillic letter in the place of a Latin one.
    await field('Address of the master').fill('slap.\u0435xample.org');
    await field('Address of its web pages').focus();
    expect(await field('Address of the master').inputValue()).toBe('https://slap.xn--xample-2of.org/');
  });

  it('has the number of partitions behind “More”, and opens it when that is wrong', async () => {
    await open('#/join');
    await fill();
    await on.button('More').click();
    await field('Partitions for this master').fill('0');
    await on.button('More').click();
    await submit().click();
    await on.words('Partitions must be a whole number from 1 to 100.');
    await expect.poll(() => on.focused()).toContain('Partitions for this master');
    await field('Partitions for this master').fill('3');
    await submit().click();
    await on.title('Joined slap.example.org.');
    expect(calls('registerNode')).toMatchObject([['registerNode', { partitions: 3 }]]);
  });
});

describe('joining', () => {
  it('can be stopped while the master is looked at, and the token is as good as before', async () => {
    const service = new StandInAgentService();
    service.masterAnswers = () => new Promise(() => {});
    await open('#/join', service);
    await fill();
    await submit().click();
    await on.words('Asking slap.example.org who it is…');
    await expect.poll(() => on.focused()).toBe('Cancel');
    await on.page.keyboard.press('Enter');
    await on.words('Cancelled. Nothing was sent, and your token has not been used.');
    service.masterAnswers = () => Promise.resolve();
    expect(await token().inputValue()).toBe('7Q4K-P2MD');
    await submit().click();
    await on.title('Joined slap.example.org.');
  });

  it('says that it may still happen when it is stopped after the token was sent', async () => {
    const service = new StandInAgentService();
    service.masterAnswers = (called) =>
      called === 'registerNode' ? new Promise(() => {}) : Promise.resolve();
    await open('#/join', service);
    await fill();
    await submit().click();
    await on.words('Joining as “attic”…');
    await on.button('Cancel').click();
    await on.words('This page no longer waits. The token was sent already');
  });

  it.each([
    ['master-unreachable', null],
    ['master-not-tls', null],
    ['clock-wrong', null],
    ['master-url-invalid', 'Address of the master'],
  ])('that fails before the token is sent (%s) says that the token still works', async (code, goesTo) => {
    const service = new StandInAgentService();
    service.failures.set('inspectMaster', refusal(code));
    await open('#/join', service);
    await fill();
    await submit().click();
    await on.page.getByRole('alert').getByText('Your token has not been used.').waitFor();
    if (goesTo !== null) await expect.poll(() => on.focused()).toContain(goesTo);
    await submit().click();
    await on.title('Joined slap.example.org.');
  });

  it.each([
    ['token-refused', 'Paste another token', 'Token or link'],
    ['computer-name-in-use', 'Choose another name', 'Name of this computer'],
    ['computer-name-invalid', 'Choose another name', 'Name of this computer'],
  ])(
    'that the master refuses (%s) leads to the field, keeps the rest, and can be repeated',
    async (code, way, label) => {
      const service = new StandInAgentService();
      service.failures.set('registerNode', refusal(code));
      await open('#/join', service);
      await fill();
      await submit().click();
      await on.page.getByRole('alert').filter({ hasText: /./u }).first().waitFor();
      await expect.poll(() => on.focused()).toContain(label);
      expect(await on.page.getByText('Your token has not been used.').count()).toBe(0);
      await on.button(way).click();
      await expect.poll(() => on.focused()).toContain(label);
      await on.page.keyboard.type('another');
      await submit().click();
      await on.title('Joined slap.example.org.');
      expect(calls('registerNode')).toHaveLength(2);
    },
  );

  it('for which there is no room leads to how many partitions are offered', async () => {
    const service = new StandInAgentService();
    service.failures.set('registerNode', refusal('too-many-partitions'));
    await open('#/join', service);
    await fill();
    await submit().click();
    await expect.poll(() => on.focused()).toContain('Partitions for this master');
    await on.page.keyboard.type('3');
    await submit().click();
    await on.title('Joined slap.example.org.');
    expect(calls('registerNode')).toMatchObject([{}, ['registerNode', { partitions: 3 }]]);
  });

  it('a master that is joined leads to it', async () => {
    const service = new StandInAgentService();
    service.store.setMaster(standInMaster());
    service.failures.set('registerNode', refusal('already-joined'));
    await open('#/join', service);
    expect(await field('Name of this computer').inputValue()).toBe('my-laptop');
    await fill();
    await submit().click();
    await on.page.getByRole('link', { name: 'Show the masters' }).click();
    await on.title('Settings');
  });

  it('is nothing that the tour does, and it says so before anything is typed', async () => {
    await open('', newcomer());
    await on.button(/Look around/u).click();
    await on.title('Running 3 services, only for you.');
    await on.go('#/join');
    await on.words('This is a tour: nothing is done to this computer.');
    expect(await token().count()).toBe(0);
  });
});

describe('an authority that nobody knows', () => {
  const privately = (): StandInAgentService => {
    const service = new StandInAgentService();
    service.shownCertificates = [
      standInCertificate(),
      standInCertificate({ host: 'panel.example.org:443', subject: 'other.example.org' }),
    ];
    return service;
  };
  const accept = () => on.button('Trust it and join');

  it('is shown with all that tells it from another, and trusted only on purpose', async () => {
    await open('#/join', privately());
    await fill();
    await submit().click();
    await on.title('Is this the right master?');
    expect(await on.focused()).toBe('Is this the right master?');
    await on.words('slap.example.org and panel.example.org show a certificate');
    await on.words('other.example.org');
    await on.words('Neighbours’ grid authority');
    await on.words('from 5 January 2026 to 5 January 2028');
    expect(await on.page.locator('.fingerprint li').allTextContents()).toEqual([
      '3F:9A:11:C4',
      '7E:08:D2:55',
      'B0:6D:42:E7',
      '19:AC:88:F1',
      '0C:5B:77:E2',
      '94:3D:A6:1F',
      'C8:20:4E:B9',
      '63:DF:12:7A',
    ]);
    // Enter, out of habit, does nothing.
    await on.page.keyboard.press('Enter');
    expect(await accept().isDisabled()).toBe(true);
    expect(calls('registerNode')).toEqual([]);
    await on.page.getByRole('checkbox').check();
    await accept().click();
    await on.title('Joined slap.example.org.');
    const [first] = privately().shownCertificates;
    expect(calls('registerNode')).toEqual([
      ['registerNode', { ...REGISTERED, acceptedFingerprints: [first?.fingerprint] }],
    ]);
  });

  it('that is not trusted is left with nothing sent and nothing lost', async () => {
    await open('#/join', privately());
    await fill();
    await submit().click();
    await on.title('Is this the right master?');
    await on.button('Cancel').click();
    await on.words('Cancelled. Nothing was sent');
    expect(await token().inputValue()).toBe('7Q4K-P2MD');
    expect(calls('registerNode')).toEqual([]);
  });

  it('is not even asked about when its certificate is good for nothing', async () => {
    const service = privately();
    const problem = {
      code: 'certificate-expired',
      sentence: 'It ended in May.',
      nextStep: 'Tell its people.',
    };
    service.shownCertificates.push(standInCertificate({ problem }));
    await open('#/join', service);
    await fill();
    await submit().click();
    await on.page.getByRole('alert').getByText('It ended in May.').waitFor();
    expect(calls('registerNode')).toEqual([]);
  });
});

describe('the looks', () => {
  const word = 'Donaudampfschifffahrtsgesellschaftskapitän'.repeat(3);
  const longWinded = (): StandInAgentService => {
    const service = newcomer();
    service.store.setMaster(standInMaster({ computerName: `${word} שלום` }));
    service.shownCertificates = [standInCertificate({ host: `${word}:443`, subject: word, issuer: word })];
    return service;
  };
  const fits = async (): Promise<void> => {
    for (const width of [360, 1080, 1600]) {
      await on.page.setViewportSize({ width, height: 720 });
      await expectAccessible(on.page);
    }
  };

  describe.each(['light', 'dark'] as const)('in %s', (colorScheme) => {
    it('of the choice, the form, what is wrong with it, and the comparison fit and are accessible', async () => {
      await open('', longWinded(), { colorScheme, reducedMotion: 'reduce' });
      await fits();
      await on.button(/Join a master/u).click();
      await on.title('Join a master');
      await fits();
      await on.button('More').click();
      await submit().click();
      await on.words('The token is needed.');
      await fits();
      on.service.failures.set('inspectMaster', refusal('master-unreachable'));
      await fill();
      await submit().click();
      await on.words('Your token has not been used.');
      await fits();
      await submit().click();
      await on.title('Is this the right master?');
      await fits();
      expect(await on.page.evaluate('document.getAnimations().length')).toBe(0);
    });
  });
});
