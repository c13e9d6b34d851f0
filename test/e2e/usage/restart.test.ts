/** Restarting from the page: the service is a new process, what it keeps is the same. */
import { createClient } from 'redis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Home, until } from '../agent/home.ts';
import { openPage, type PageSession } from './session.ts';

let home: Home;
let page: PageSession;
let url: string;

beforeAll(async () => {
  home = await Home.make();
  home.start();
  url = home.request('store', 'redis')['url'] ?? '';
  page = await openPage(home);
});
afterAll(() => home.remove());

async function pid(): Promise<number | null | undefined> {
  return (await home.instance('store')).services[0]?.pid;
}

it('starts the service anew, with its data', async () => {
  const client = await createClient({ url }).connect();
  await client.set('kept', 'yes');
  client.destroy();
  const before = await pid();
  await page.call.restart.mutate({ name: 'store' });
  await until(async () => ![before, null, undefined].includes(await pid()));
  const { requestedState } = await home.reaches('store', 'started');
  expect(requestedState).toBe('started');
  const again = await createClient({ url }).connect();
  expect(await again.get('kept')).toBe('yes');
  again.destroy();
});

it('is refused for what is stopped', async () => {
  await page.call.stop.mutate({ name: 'store' });
  await home.reaches('store', 'stopped');
  await expect(page.call.restart.mutate({ name: 'store' })).rejects.toThrow(/nothing to restart/u);
});

it('does not bring back what is stopped right after', async () => {
  await page.call.start.mutate({ name: 'store' });
  await home.reaches('store', 'started');
  await page.call.restart.mutate({ name: 'store' });
  await page.call.stop.mutate({ name: 'store' });
  await home.reaches('store', 'stopped');
  await page.call.start.mutate({ name: 'store' });
  await home.reaches('store', 'started');
});
