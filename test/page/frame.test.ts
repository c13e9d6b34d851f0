import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CONTRACT_VERSION } from '../../agent/api/contract.ts';
import { readyInstance } from '../fakes/agent-service.ts';
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
/** Waits until the navigation says that this screen is shown. */
const shown = (name: string): Promise<void> =>
  on.page
    .getByRole('navigation')
    .getByRole('link', { name })
    .and(on.page.locator('[aria-current=page]'))
    .waitFor();
const visible = (text: string): Promise<void> => on.page.getByText(text).first().waitFor();

describe('the link', () => {
  it('opens the page, and leaves no code in the address nor in the history', async () => {
    await on.enter();
    expect(on.page.url()).toBe(`${on.agent.origin}/`);
    expect(await on.page.evaluate('history.length')).toBe(2);
    await on.page.reload();
    await on.title('Nothing is running yet.');
  });

  it('says that it was used already, and how to get a new one', async () => {
    const { url } = on.agent.page.createLink();
    await on.page.goto(url);
    await on.title('Nothing is running yet.');
    const other = await on.context.newPage();
    await other.goto(url);
    await other.getByText('This link was used already, or it is older than a minute.').waitFor();
    await other.getByRole('button', { name: 'Copy: ./slapgrid link --open' }).waitFor();
  });

  it('is asked for by a page that has none', async () => {
    await on.page.goto(on.agent.origin);
    await on.title('This page needs a link from the agent.');
  });

  it('is taken in the same tab when the session has ended', async () => {
    await on.enter();
    await on.agent.sessions.revokeAll();
    await on.title('This page’s session has ended.');
    await on.words('./slapgrid link --open');
    await on.page.evaluate((url) => {
      location.href = url;
    }, on.agent.page.createLink().url);
    await on.title('Nothing is running yet.');
    expect(on.page.url()).toBe(`${on.agent.origin}/`);
  });
});

describe('the navigation', () => {
  it('leads to every screen, says which one is shown, and goes back', async () => {
    await on.enter();
    const bar = on.page.getByRole('navigation', { name: 'Main' });
    for (const name of ['Services', 'Partitions', 'Lending', 'Conditions', 'Usage', 'Doctor', 'Settings']) {
      await bar.getByRole('link', { name }).click();
      await shown(name);
      await on.page.locator('h1').waitFor();
    }
    await on.page.goBack();
    await shown('Doctor');
    await on.page.reload();
    await shown('Doctor');
  });

  it('stands at the bottom of a narrow window, each target 44 px high', async () => {
    await on.page.setViewportSize({ width: 360, height: 640 });
    await on.enter();
    const links = on.page.getByRole('navigation').getByRole('link');
    expect(await links.allTextContents()).toEqual(['Overview', 'Services', 'Partitions', 'Lending', 'More']);
    for (const link of await links.all()) {
      expect((await link.boundingBox())?.height).toBeGreaterThanOrEqual(44);
    }
  });

  it('says the state at its foot on every screen', async () => {
    await on.enter('#/services');
    const bar = on.page.getByRole('navigation');
    await bar.getByText('nothing is running').waitFor();
    on.agent.service.show(0, readyInstance());
    await bar.getByText('only for you').waitFor();
    on.agent.service.fail('cache', { code: 'x', sentence: 'Wrong.', nextStep: '' });
    await bar.getByText('1 service needs you').waitFor();
  });

  it('shows the first screen for an address that no link of it says', async () => {
    await on.enter('#/nowhere/%');
    await on.title('Nothing is running yet.');
    await on.page.goto(`${on.agent.origin}/#/partition/%E0%A4%A`);
    await shown('Partitions');
  });
});

describe('the keyboard', () => {
  it('skips the navigation', async () => {
    await on.enter();
    await on.page.keyboard.press('Shift+Tab');
    for (let steps = 0; steps < 20 && (await on.focused()) !== 'Skip to the content'; steps += 1) {
      await on.page.keyboard.press('Shift+Tab');
    }
    expect(await on.focused()).toBe('Skip to the content');
    await on.page.keyboard.press('Enter');
    expect(await on.page.evaluate('document.activeElement.id')).toBe('main');
    expect(on.page.url()).toBe(`${on.agent.origin}/`);
  });

  it('has a key for each screen and for the search', async () => {
    await on.enter();
    await on.page.keyboard.press('3');
    await shown('Partitions');
    await on.page.keyboard.press('ControlOrMeta+k');
    await on.title('Services');
    await expect.poll(() => on.focused()).toBe('Search services');
    // What is typed into a field is no shortcut.
    await on.page.keyboard.type('1');
    await on.title('Services');
    expect(await on.page.getByLabel('Search services').inputValue()).toBe('1');
  });

  it('shows its keys, and lets single ones be switched off', async () => {
    await on.enter();
    await on.page.keyboard.press('?');
    const dialog = on.page.getByRole('dialog', { name: 'Keys' });
    await dialog.getByText('Request a service').waitFor();
    // A key means nothing to the screen behind a dialog.
    await on.page.keyboard.press('2');
    await shown('Overview');
    await dialog.getByRole('switch', { name: 'Single keys work' }).click();
    await on.page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await on.page.keyboard.press('2');
    await on.page.keyboard.press('ControlOrMeta+k');
    await on.title('Services');
    await on.page.keyboard.press('Tab');
    await on.page.keyboard.press('1');
    await on.title('Services');
  });

  it('leads back with Escape from a screen below another', async () => {
    on.agent.service.show(0, readyInstance());
    await on.enter('#/installation/slappart0');
    await on.title('“cache” is ready.');
    await on.page.keyboard.press('Escape');
    await on.title('Services');
  });
});

describe('the agent', () => {
  it('may go and come back: the page says since when, and catches up without being loaded again', async () => {
    on.agent.service.show(0, readyInstance());
    await on.enter();
    await on.page.evaluate('globalThis.sameDocument = true');
    await on.agent.stop();
    await on.page.getByRole('alert').getByText('The agent does not answer.').waitFor();
    await visible('This is as of');
    await on.page.getByRole('navigation').getByText('No answer').waitFor();
    await on.title('Running 1 service, only for you.');
    on.agent.service.show(1, readyInstance({ guid: 'SOFTINST-2', name: 'second' }));
    await on.agent.restart();
    await on.title('Running 2 services, only for you.');
    await on.page.getByText('The agent does not answer.').waitFor({ state: 'detached' });
    expect(await on.page.evaluate('globalThis.sameDocument')).toBe(true);
  });

  it('shows the other screens while it is gone', async () => {
    await on.enter();
    await on.page.locator('h1').waitFor();
    await on.page.waitForLoadState('networkidle').catch(() => {});
    await on.agent.stop();
    await on.page.getByRole('alert').getByText('The agent does not answer.').waitFor();
    await on.page.keyboard.press('2');
    await on.title('Services');
    await on.page.getByRole('link', { name: /^Redis/u }).waitFor();
  });

  it.each([
    [CONTRACT_VERSION + 1, 'The agent was updated since this page was loaded.'],
    [CONTRACT_VERSION - 1, 'This page is newer than the agent that runs.'],
  ])('of contract %i is named, and the page loads itself anew only when asked', async (version, sentence) => {
    on.agent.service.contractVersion = version;
    await on.enter();
    await visible(sentence);
    await on.page.evaluate('globalThis.sameDocument = true');
    await on.title('Nothing is running yet.');
    expect(await on.page.evaluate('globalThis.sameDocument')).toBe(true);
    await on.button('Load this page anew').click();
    await on.page.waitForFunction('globalThis.sameDocument === undefined');
  });

  it('is followed by one stream, and asked nothing while nothing happens', async () => {
    const asked: string[] = [];
    on.page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await on.enter();
    await on.page.waitForLoadState('load');
    const calls = (): string[] => asked.filter((path) => path.startsWith('/trpc/')).toSorted();
    await expect.poll(calls).toEqual(['/trpc/changes', '/trpc/settings,catalogue']);
    expect(on.agent.service.openStreams).toBe(1);
    await on.page.close();
    await expect.poll(() => on.agent.service.openStreams).toBe(0);
  });
});

describe('the first run', () => {
  it('asks what to do, begins with the first choice, and is never asked again', async () => {
    on.agent.service.beginFirstRun();
    await on.enter();
    await on.title('What should this computer do?');
    await expect.poll(() => on.focused()).toContain('Use it locally');
    await on.page.keyboard.press('ArrowRight');
    expect(await on.focused()).toContain('Join a master');
    await on.page.keyboard.press('ArrowRight');
    expect(await on.focused()).toContain('Look around');
    await on.page.keyboard.press('ArrowRight');
    await on.page.keyboard.press('Enter');
    await on.title('Nothing is running yet.');
    expect(on.agent.service.calls).toContainEqual(['finishFirstRun']);
    await on.page.reload();
    await on.title('Nothing is running yet.');
  });

  it('says why it could not be finished', async () => {
    on.agent.service.beginFirstRun();
    on.agent.service.failures.set('finishFirstRun', new Error('broken'));
    await on.enter();
    await on.button(/Use it locally/u).click();
    await on.page.getByRole('alert').filter({ hasText: /./u }).first().waitFor();
    await on.title('What should this computer do?');
  });

  it('shows every screen with sample data, of which nothing is sent', async () => {
    on.agent.service.beginFirstRun();
    await on.enter();
    const asked: string[] = [];
    await on.button(/Look around/u).click();
    await on.title('Running 3 services, only for you.');
    await expect.poll(() => on.agent.service.openStreams).toBe(0);
    on.page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    for (const key of ['2', '3', '4', '5', '6', '7', '8']) {
      await on.page.keyboard.press(key);
      await on.page.locator('h1').waitFor();
    }
    await on.page.goto(`${on.agent.origin}/#/request/memcached`);
    await on.page.getByLabel('Name').fill('try');
    // It takes two seconds: waited for from before.
    const coming = on.title('Getting “try” ready');
    await on.page.getByRole('button', { name: 'Request', exact: true }).click();
    await coming;
    await on.title('“try” is ready.');
    expect(asked.filter((path) => path.startsWith('/trpc'))).toEqual([]);
    await on.button('Leave the tour').click();
    await on.title('What should this computer do?');
    expect(on.agent.service.calls.map(([called]) => called)).not.toContain('request');
  });

  it('shows what lending is like: shared, paused and resumed', async () => {
    on.agent.service.beginFirstRun();
    await on.enter();
    await on.button(/Look around/u).click();
    await on.title('Running 3 services, only for you.');
    await on.page.getByText('Shared', { exact: true }).click();
    await on.title('Hosting 3 services for Ana and Lucas.');
    await on.page.keyboard.press('Control+p');
    await on.page.getByRole('heading', { level: 1, name: /^Paused by you until/u }).waitFor();
    await on.page.keyboard.press('Control+p');
    await on.title('Hosting 3 services for Ana and Lucas.');
    await on.go('#/lending');
    await on.page.getByText('Only me', { exact: true }).click();
    await on.words('Right now only you can start something here.');
    await on.go('#/conditions');
    await on.words(/^With these rules it would have run/u);
    await on.go('#/usage');
    await on.words(/^In the last 30 days others used/u);
    await on.button('Export CSV').click();
    await on.words('This is a tour: nothing is done to this computer.');
  });
});

describe('what changes', () => {
  it('is told in the title', async () => {
    await on.enter();
    await expect.poll(() => on.page.title()).toBe('Nothing is running yet. – Slapgrid');
    on.agent.service.show(0, readyInstance());
    await expect.poll(() => on.page.title()).toBe('Running 1 service, only for you. – Slapgrid');
  });

  it('is told politely at most once in five seconds, and then only the latest', async () => {
    await on.page.clock.install();
    await on.enter();
    await on.told('Nothing is running yet.');
    on.agent.service.show(0, readyInstance());
    await on.title('Running 1 service, only for you.');
    on.agent.service.show(1, readyInstance({ guid: 'S2', name: 'second' }));
    await on.title('Running 2 services, only for you.');
    const said = on.page.locator('output[aria-live=polite]');
    expect(await said.textContent()).toBe('Nothing is running yet.');
    await on.page.clock.runFor(5000);
    await expect.poll(() => said.textContent()).toBe('Running 2 services, only for you.');
  });
});
