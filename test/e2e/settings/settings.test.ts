/** What the page shows and changes of an installation, and how it takes all of it away. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { CONTRACT_VERSION } from '../../../agent/api/contract.ts';
import { CLAIMS_FOLDER } from '../../../agent/node/addresses.ts';
import { Home, isAlive, processesUsing, until } from '../agent/home.ts';
import { groupsOf, mountsOf } from '../agent/remains.ts';
import { openPage, type PageSession } from '../usage/session.ts';

let home: Home;
let page: PageSession;

beforeEach(async () => {
  home = await Home.make();
  home.start();
  page = await openPage(home);
});
afterEach(() => home.remove());

it('tells where everything is and what it takes', async () => {
  const settings = await page.call.settings.query();
  expect(settings).toMatchObject({
    dataFolder: home.data,
    version: (await home.state()).agent.version,
    firstRunDone: false,
    partitionAmount: 10,
    secrets: { kind: expect.stringMatching(/^(?:file|keyring)$/u) },
  });
  // Node alone is more.
  expect((await page.call.dataSize.query()).bytes).toBeGreaterThan(50_000_000);
  expect(settings.freeBytes).toBeGreaterThan(0);
  expect((await home.state()).agent.contractVersion).toBe(CONTRACT_VERSION);
});

it('remembers over a restart of the agent that the first run is done', async () => {
  await page.call.finishFirstRun.mutate();
  await home.killAgent();
  home.start();
  page = await openPage(home);
  expect(await page.call.settings.query()).toMatchObject({ firstRunDone: true });
});

it('shows what is installed as here, with nothing to download, and whose an instance is', async () => {
  home.request('cache', 'memcached');
  const entries = await page.call.catalogue.query();
  const of = (name: string): object | undefined => entries.find((entry) => entry.name === name);
  expect(of('memcached')).toMatchObject({ here: true, bytesToDownload: 0 });
  expect(of('postgresql')).toMatchObject({ here: false, bytesToDownload: null });
  expect((await home.instance('cache')).owner).toEqual({ kind: 'me', name: expect.stringMatching(/./u) });
});

it('is removed from the page, and nothing is left', async () => {
  home.request('cache', 'memcached');
  const { id } = await home.partitionOf('cache');
  const agent = await home.agentPid();
  const { addressBlock } = JSON.parse(
    await readFile(path.join(home.data, 'private', 'config.json'), 'utf8'),
  ) as { addressBlock: string };
  expect(await page.call.uninstall.mutate({ keepData: false })).toEqual({ kept: [] });
  expect(existsSync(home.data)).toBe(false);
  await until(() => !isAlive(agent));
  expect(processesUsing(home.data)).toEqual([]);
  expect(await groupsOf(home, id)).toEqual([]);
  expect(await mountsOf(home.folder)).toEqual([]);
  expect(existsSync(path.join(CLAIMS_FOLDER, addressBlock))).toBe(false);
});

it('is removed from the page but for the data, from which a new start goes on', async () => {
  home.request('cache', 'memcached');
  const { kept } = await page.call.uninstall.mutate({ keepData: true });
  expect(kept.toSorted()).toEqual([path.join(home.data, 'instances'), path.join(home.data, 'private')]);
  await until(() => processesUsing(home.data).length === 0);
  home.start();
  await home.reaches('cache', 'started');
});
