/**
 * Everything is killed at random moments, many times over. The next start repairs whatever that left: what was asked for is there
 * and works, what was to go is gone, and nothing is there twice or held by nobody.
 */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { STORED, tryMemcached, valueOf } from './clients.ts';
import {
  MANY,
  comesBack,
  connectionOf,
  dealt,
  destroy,
  destroyEnds,
  killDuring,
  spread,
  timed,
} from './crash.ts';
import { Home } from './home.ts';
import { randomMoments } from './moments.ts';
import { killEverything, noStrays, unfinished } from './remains.ts';

let home: Home;

beforeAll(async () => {
  home = await Home.make();
  home.start();
});
afterAll(() => home.remove());

it('during a first start is repaired', MANY, async () => {
  home.request('notes', 'postgresql');
  await destroy(home, 'notes');
  const whole = await timed(() => home.request('notes', 'postgresql'));
  for (const moments of dealt(spread(18, whole, randomMoments('first start')), 6)) {
    await destroy(home, 'notes');
    await killDuring(home, ['request', 'notes', 'postgresql'], moments);
    const connection = await comesBack(home, 'notes', 'postgresql');
    const client = new Client({ connectionString: valueOf(connection, 'url') });
    await client.connect();
    await client.query("create table note (text text); insert into note values ('first')");
    expect((await client.query('select text from note')).rows).toEqual([{ text: 'first' }]);
    await client.end();
  }
  await destroy(home, 'notes');
});

it('during a destroy ends with nothing left', MANY, async () => {
  home.request('cache', 'memcached');
  const whole = await timed(() => home.run(['destroy', 'cache', '--yes']));
  for (const moments of dealt(spread(20, whole * 1.2, randomMoments('destroy')), 10)) {
    home.request('cache', 'memcached');
    const { id, address } = await home.partitionOf('cache');
    await killDuring(home, ['destroy', 'cache', '--yes'], moments);
    home.start();
    if (!(await destroyEnds(home, id, address))) continue;
    expect(await tryMemcached(await connectionOf(home, 'cache'))).toContain(STORED);
    await destroy(home, 'cache');
  }
});

it('during the very first start is repaired', MANY, async () => {
  for (const moment of spread(8, 700, randomMoments('very first start'))) {
    const fresh = await Home.make({ seed: false });
    try {
      const command = fresh.spawn(['start', '--headless', '--detach']);
      const ended = new Promise((resolve) => command.once('close', resolve));
      await delay(150 + moment);
      await killEverything(fresh);
      await ended;
      fresh.start();
      expect((await fresh.state()).partitions).toHaveLength(10);
      await noStrays(fresh);
      expect(await unfinished(fresh)).toEqual([]);
      expect(await readdir(path.join(fresh.data, 'runtime'))).toHaveLength(1);
    } finally {
      await fresh.remove();
    }
  }
});
