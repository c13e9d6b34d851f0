/** A disk that is full, or that cannot be written to: the agent lives, says it, loses nothing, and goes on when it can. */
import { readlink, rm, symlink } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pathsOf } from '../../../agent/paths.ts';
import { STORED, tryMemcached, type Connection } from './clients.ts';
import { Home, isAlive, until } from './home.ts';
import { Place } from './place.ts';
import { killOne } from './processes.ts';
import { refusalOf } from './refusals.ts';

const MEGABYTE = 1_000_000;

let home: Home;
let place: Place;

type Status = {
  agent: { pid: number };
  instances: {
    name: string;
    state: string;
    error: { code: string } | null;
    services: { pid: number | null }[];
  }[];
};

function json(...args: string[]): unknown {
  const outcome = place.run(...args, '--json');
  expect(outcome).toMatchObject({ status: 0, stderr: '' });
  return JSON.parse(outcome.stdout);
}

const status = (): Status => json('status') as Status;

describe('on a full disk', () => {
  beforeEach(async () => {
    home = await Home.make({ seed: false });
    place = await Place.smallDisk(home, 600 * MEGABYTE);
    json('start', '--headless', '--detach');
  });
  afterEach(async () => {
    empty();
    place.run('uninstall', '--yes');
    await place.leave();
    await home.remove();
  });

  const filler = (): string => `${home.data}/filler`;

  /** Leaves so many bytes. */
  function fill(left: number): void {
    const script = `free=$(df --output=avail -B1 ${home.data} | tail -n 1)
      head -c $((free - ${left})) /dev/zero >> ${filler()} || true`;
    place.shell(script);
  }

  function empty(): void {
    place.shell(`rm -f ${filler()}`);
  }

  it('what has no room is refused, what runs goes on, and all is well when there is room', async () => {
    fill(30 * MEGABYTE);
    const refused = refusalOf(place.run('request', 'cache', 'memcached', '--json'));
    expect(refused.code).toBe('no-space');
    expect(refused.sentence).toMatch(/\d+ MB/u);
    empty();
    const { 'connection-parameters': connection } = json('request', 'cache', 'memcached') as {
      'connection-parameters': Connection;
    };
    expect(await tryMemcached(connection)).toContain(STORED);
    await goesOn(connection);
  });

  const instance = (): Status['instances'][number] | undefined =>
    status().instances.find(({ name }) => name === 'cache');

  /** What runs runs on, what is asked is refused, what ends waits for room, and nothing is forgotten. */
  async function goesOn(connection: Connection): Promise<void> {
    const { agent } = status();
    fill(0);

    for (const refused of [
      ['request', 'other', 'memcached'],
      ['request', 'cache', 'memcached', '--parameters', 'memory=65'],
      ['stop', 'cache'],
      ['destroy', 'cache', '--yes'],
    ])
      expect(refusalOf(place.run(...refused, '--json')).code).toBe('disk-full');
    expect(await tryMemcached(connection)).toContain(STORED);

    killOne(instance()?.services[0]?.pid);
    await until(() => instance()?.error?.code === 'disk-full');
    expect(status()).toMatchObject({ agent: { pid: agent.pid }, instances: [{ state: 'restarting' }] });
    empty();
    await until(() => instance()?.state === 'started' && instance()?.error === null);
    expect(await tryMemcached(connection)).toContain(STORED);

    // A crash of the agent while nothing can be written.
    const service = instance()?.services[0]?.pid;
    fill(0);
    killOne(agent.pid);
    await until(() => !isAlive(agent.pid));
    // Its end gave back what it had open.
    fill(0);
    expect(refusalOf(place.run('start', '--headless', '--detach', '--json')).code).toBe('disk-full');
    expect(await tryMemcached(connection)).toContain(STORED);
    empty();
    json('start', '--headless', '--detach');
    await until(() => instance()?.state === 'started');
    expect(instance()?.services[0]?.pid).toBe(service);
    expect(json('request', 'cache', 'memcached', '--parameters', 'memory=65')).toMatchObject({
      outcome: 'updated',
      'connection-parameters': connection,
    });
    expect(await tryMemcached(connection)).toContain(STORED);
  }
});

describe('with a log that cannot be written', () => {
  beforeEach(async () => {
    home = await Home.make({ seed: false });
  });
  afterEach(() => home.remove());

  it('the agent runs, and ends when it is asked to', async () => {
    const { agentLog } = pathsOf(home.data);
    home.start();
    await end();
    await rm(agentLog);
    // Each write finds no room.
    await symlink('/dev/full', agentLog);
    home.start();
    await end();
    expect(await readlink(agentLog)).toBe('/dev/full');
  });

  async function end(): Promise<void> {
    const { pid } = (await home.state()).agent;
    await (await home.calls()).shutdown.mutate();
    await until(() => !isAlive(pid));
  }
});

describe('on a read-only disk', () => {
  beforeEach(async () => {
    home = await Home.make();
  });
  afterEach(() => home.remove());

  it('nothing starts, nothing changes, and it goes on when it can be written again', async () => {
    home.start();
    const connection = home.request('cache', 'memcached');
    home.run(['stop', '--all']);
    place = await Place.readOnly(home);
    const refused = refusalOf(place.run('start', '--headless', '--detach', '--json'));
    await place.leave();
    expect(refused.code).toBe('read-only');
    expect(refused.sentence).toContain(home.data);
    home.start();
    await home.reaches('cache', 'started');
    expect(await tryMemcached(connection)).toContain(STORED);
  });
});
