/** The log of how an instance came to be, of the real agent and real packages. */
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { Home } from './home.ts';

let home: Home;

beforeAll(async () => {
  home = await Home.make();
  home.start();
});
afterAll(() => home.remove());

/** Its lines without their times. */
function installationOf(name: string, at = home): string[] {
  const { status, stdout } = at.run(['logs', name, '--service', 'installation', '-n', '1000']);
  expect(status).toBe(0);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => /^\d{4}-\d\d-\d\dT[\d:.]+Z (.*)$/u.exec(line)?.[1] ?? line);
}

it('tells each step, the packages with their versions, and the end', async () => {
  const empty = await Home.make({ seed: false });
  onTestFinished(() => empty.remove());
  empty.start();
  empty.request('cache', 'memcached');
  const lines = installationOf('cache', empty);
  expect(lines[0]).toBe('Looking for the packages');
  expect(lines).toContainEqual(expect.stringMatching(/^Downloading \d+\.\d MB$/u));
  expect(lines).toContainEqual(expect.stringMatching(/^Unpacking \d+ packages?$/u));
  expect(lines).toContainEqual(expect.stringMatching(/^ {2}memcached \S+ \S+$/u));
  expect(lines.slice(-2)).toEqual(['Starting memcached', 'Started; every promise is kept']);
});

it('comes before what the services say', () => {
  home.request('cache', 'memcached');
  const { stdout } = home.run(['logs', 'cache', '-n', '1000']);
  expect(stdout).toMatch(/^installation \| /u);
});

it('grows by a start, not by an agent that finds everything as it should be', async () => {
  const before = installationOf('cache');
  await home.killAgent();
  home.start();
  await home.reaches('cache', 'started');
  expect(installationOf('cache')).toEqual(before);
  const call = await home.calls();
  await call.stop.mutate({ name: 'cache' });
  await home.reaches('cache', 'stopped');
  await call.start.mutate({ name: 'cache' });
  await home.reaches('cache', 'started');
  expect(installationOf('cache')).toEqual([
    ...before,
    'Starting memcached',
    'Started; every promise is kept',
  ]);
});

it('has what the steps of a first start print, and does not tell what another instance downloaded', () => {
  home.request('base', 'postgresql');
  home.request('second', 'memcached');
  expect(installationOf('base')).toContainEqual(expect.stringMatching(/^First start, step “.+” done$/u));
  expect(installationOf('base').filter((line) => line.startsWith('  ')).length).toBeGreaterThan(1);
  expect(installationOf('second')).toEqual(['Starting memcached', 'Started; every promise is kept']);
});

it('is empty for the next instance in the partition', async () => {
  const { id } = await home.partitionOf('second');
  expect(home.run(['destroy', 'second', '--yes']).status).toBe(0);
  home.request('third', 'memcached');
  expect((await home.partitionOf('third')).id).toBe(id);
  expect(installationOf('third')).toHaveLength(2);
});
