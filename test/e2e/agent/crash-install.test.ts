/** Everything is killed at random moments of an installation, many times over. The next start goes on with it. */
import { spawnSync } from 'node:child_process';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { STORED, tryMemcached } from './clients.ts';
import { MANY, comesBack, dealt, destroy, isKnown, killDuring, spread, timed } from './crash.ts';
import { Home, until } from './home.ts';
import { randomMoments } from './moments.ts';
import { killEverything } from './remains.ts';

const REQUEST = ['request', 'cache', 'memcached'];

let home: Home;
/** Downloads of an installation that was killed while it unpacked them. */
let kept: string;

beforeAll(async () => {
  home = await Home.make();
  kept = path.join(home.folder, 'archives');
  home.start();
  home.request('cache', 'memcached');
});
afterAll(() => home.remove());

/** As if no software had ever been here. */
async function forgetSoftware(downloads: 'kept' | 'forgotten'): Promise<void> {
  const call = await home.calls();
  if (await isKnown(home, 'cache')) await destroy(home, 'cache');
  for (const { url } of (await home.state()).software) await call.remove.mutate({ software: url });
  await until(async () => (await home.state()).software.length === 0);
  const software = path.join(home.data, 'software');
  for (const folder of ['trees', 'packages']) expect(await readdir(path.join(software, folder))).toEqual([]);
  const archives = path.join(software, 'apt', 'cache', 'archives');
  await rm(downloads === 'kept' ? archives : path.join(software, 'apt'), { recursive: true, force: true });
  if (downloads === 'kept') spawnSync('cp', ['-al', kept, archives]);
}

it('while it downloads is repaired', MANY, async () => {
  await forgetSoftware('forgotten');
  await killDuring(home, REQUEST, spread(4, 6000, randomMoments('download')));
  expect(await tryMemcached(await comesBack(home, 'cache', 'memcached'))).toContain(STORED);
});

it('while it checks, unpacks and assembles is repaired', MANY, async () => {
  await forgetSoftware('forgotten');
  home.run([...REQUEST, '--detach']);
  await until(async () => (await home.instance('cache')).progress?.step === 'unpacking');
  await killEverything(home);
  spawnSync('cp', ['-al', path.join(home.data, 'software', 'apt', 'cache', 'archives'), kept]);
  await comesBack(home, 'cache', 'memcached');

  await forgetSoftware('kept');
  const whole = await timed(() => home.request('cache', 'memcached'));
  for (const moments of dealt(spread(16, whole, randomMoments('installation')), 4)) {
    await forgetSoftware('kept');
    await killDuring(home, REQUEST, moments);
    expect(await tryMemcached(await comesBack(home, 'cache', 'memcached'))).toContain(STORED);
  }
});
