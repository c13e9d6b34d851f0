/** The agent alone is killed at random moments of its work, many times over. The next one finishes it, and nothing else stirs. */
import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { STORED, tryMemcached } from './clients.ts';
import { MANY, connectionOf, destroy, destroyEnds, killAgentDuring, spread, timed } from './crash.ts';
import { Home } from './home.ts';
import { randomMoments } from './moments.ts';
import { noStrays, unfinished } from './remains.ts';

let home: Home;
let untouched: number | null | undefined;

beforeAll(async () => {
  home = await Home.make();
  home.start();
  home.request('witness', 'memcached');
  home.request('cache', 'memcached', '--parameters', 'memory=64');
  untouched = await servicePid('witness');
});
afterAll(() => home.remove());

async function servicePid(name: string): Promise<number | null | undefined> {
  return (await home.instance(name)).services[0]?.pid;
}

const update = (memory: number): string[] => [
  'request',
  'cache',
  'memcached',
  '--parameters',
  `memory=${memory}`,
];

it('while parameters change: they are as before or as after, and so is what runs', MANY, async () => {
  const whole = await timed(() => home.run(update(65)));
  for (const [time, moment] of spread(10, whole, randomMoments('update')).entries()) {
    const before = (await home.instance('cache')).parameters['memory'];
    await killAgentDuring(home, update(100 + time), moment);
    const { parameters } = await home.reaches('cache', 'started');
    expect([before, String(100 + time)]).toContain(parameters['memory']);
    expect(await tryMemcached(await connectionOf(home, 'cache'))).toContain(STORED);
    const line = await readFile(`/proc/${await servicePid('cache')}/cmdline`, 'utf8');
    expect(line.split('\0')).toContain(`--memory-limit=${String(parameters['memory'])}`);
    await noStrays(home);
  }
  expect(await unfinished(home)).toEqual([]);
});

it('while it stops something: that stops', MANY, async () => {
  const whole = await timed(() => home.run(['stop', 'cache']));
  home.run(['start', 'cache']);
  for (const moment of spread(10, whole, randomMoments('stop'))) {
    await killAgentDuring(home, ['stop', 'cache'], moment);
    const { requestedState } = await home.instance('cache');
    await home.reaches('cache', requestedState === 'stopped' ? 'stopped' : 'started');
    await noStrays(home);
    await (await home.calls()).start.mutate({ name: 'cache' });
    await home.reaches('cache', 'started');
    expect(await tryMemcached(await connectionOf(home, 'cache'))).toContain(STORED);
  }
});

it('while it destroys something: that is gone', MANY, async () => {
  const whole = await timed(() => home.run(['destroy', 'cache', '--yes']));
  for (const moment of spread(10, whole, randomMoments('destroy'))) {
    home.request('cache', 'memcached');
    const { id, address } = await home.partitionOf('cache');
    await killAgentDuring(home, ['destroy', 'cache', '--yes'], moment);
    if (await destroyEnds(home, id, address)) await destroy(home, 'cache');
  }
});

it('and nothing else stirs', async () => {
  expect(await servicePid('witness')).toBe(untouched);
  expect(await tryMemcached(await connectionOf(home, 'witness'))).toContain(STORED);
});
