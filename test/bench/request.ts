/** From “I want one” to an address, and back to a free partition; the software is installed already. */
import { freePort, plainPlan, serve, serveNginx, type Server } from './by-hand.ts';
import type { Installation } from './installation.ts';
import { inTurns, timed, type Table } from './measure.ts';

const TIMES = 10;

export async function request(installation: Installation): Promise<Table> {
  await installation.withInstances(0);
  await installation.install('memcached');
  await installation.install('nginx');
  await installation.request('cache', 'memcached');
  await installation.request('web', 'nginx');
  const cache = await installation.occupied('cache');
  const web = await installation.occupied('web');
  const cachePort = await freePort();
  const cacheCommand = [
    '/usr/bin/memcached',
    '--listen=127.0.0.1',
    `--port=${cachePort}`,
    '--udp-port=0',
    '--auth-file=/srv/conf/users',
  ];
  const cachePlan = plainPlan(cache, cacheCommand, { conf: cache.conf });
  const webPort = await freePort();

  let handCache: Server | null = null;
  let handWeb: Server | null = null;
  const samples = await inTurns(TIMES, {
    handCache: () =>
      timed(async () => {
        handCache = await serve(cachePlan, cachePort);
      }),
    command: () => timed(() => installation.command('request', 'by-command', 'memcached')),
    api: () => timed(() => installation.request('by-api', 'memcached')),
    destroyCommand: () => timed(() => installation.command('destroy', 'by-command', '--yes')),
    destroyApi: () => timed(() => installation.destroy('by-api')),
    handWeb: () =>
      timed(async () => {
        handWeb = await serveNginx(web, installation.folder, webPort);
      }),
    web: () => timed(() => installation.request('web-by-api', 'nginx')),
    destroyWeb: () => timed(() => installation.destroy('web-by-api')),
    stopHandWeb: () => timed(() => handWeb?.stop()),
    stopHandCache: () => timed(() => handCache?.stop()),
  });
  await installation.withInstances(0);

  const start = 'by hand, until it answers';
  const stop = 'by hand: SIGTERM → exit';
  return {
    title: 'request: a new instance, software installed',
    rows: [
      {
        what: 'memcached, API: call → address published',
        unit: 'ms',
        samples: samples.api,
        baseline: { what: start, samples: samples.handCache },
      },
      {
        what: 'memcached, ./slapgrid request: spawn → exit',
        unit: 'ms',
        samples: samples.command,
        baseline: { what: start, samples: samples.handCache },
      },
      {
        what: 'memcached, API: destroy → partition free',
        unit: 'ms',
        samples: samples.destroyApi,
        baseline: { what: stop, samples: samples.stopHandCache },
      },
      {
        what: 'memcached, ./slapgrid destroy: spawn → exit',
        unit: 'ms',
        samples: samples.destroyCommand,
        baseline: { what: stop, samples: samples.stopHandCache },
      },
      {
        what: 'nginx, API: call → address published',
        unit: 'ms',
        samples: samples.web,
        baseline: { what: start, samples: samples.handWeb },
      },
      {
        what: 'nginx, API: destroy → partition free',
        unit: 'ms',
        samples: samples.destroyWeb,
        baseline: { what: stop, samples: samples.stopHandWeb },
      },
    ],
    notes: [
      'Each sample is a new instance in a fresh partition: folders, configuration, secrets, network, door, sandbox, promise kept, address published. nginx has a set-up step besides, which is a sandbox of its own.',
      'By hand: the same program of the same tree with the same configuration, in bubblewrap that isolates neither network nor processes nor users.',
      'memcached looks once a second whether it is to stop.',
    ],
  };
}
