import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { InstallProgress } from '../../../agent/software/types.ts';
import { file, folder, type TestPackage } from './packages.ts';
import { Repository } from './repository.ts';
import { failureOf, install, until, World } from './world.ts';

const LARGE = 3_000_000;

const bulky = (name: string): TestPackage => ({
  name,
  entries: [
    folder('./'),
    folder('./usr/'),
    folder(`./usr/${name}/`),
    ...Array.from({ length: 50 }, (_, index) =>
      file(`./usr/${name}/${index}`, `${name} ${index}`.repeat(1000)),
    ),
  ],
});

const whole: TestPackage = {
  name: 'whole',
  fields: ['Depends: part-a, part-b, part-c'],
  entries: [folder('./'), folder('./usr/'), file('./usr/large', 'L'.repeat(LARGE))],
};

let repository: Repository;
let world: World;

beforeEach(async () => {
  repository = await Repository.start([whole, ...['part-a', 'part-b', 'part-c'].map(bulky)]);
  world = await World.create(repository);
});

afterEach(async () => {
  await repository.stop();
  await world.remove();
});

const gone = (): Promise<void> =>
  until(async () => (await world.processes()).length === 0, 'every program ended');

/** Sends the first bytes of a package and then no more. */
function stall(name: string, bytes: number): void {
  repository.intercept = (request, response) => {
    if (request.url?.includes(`/pool/${name}_`) !== true || request.headers.range !== undefined) return false;
    const content = repository.contentOf(name);
    response.writeHead(200, {
      'content-length': content.length,
      'accept-ranges': 'bytes',
      'last-modified': 'Tue, 14 Nov 2023 22:13:20 GMT',
    });
    response.write(content.subarray(0, bytes));
    return true;
  };
}

describe('an installation that is killed', () => {
  test(
    'at any moment is completed by the next one, and leaves nothing behind',
    { timeout: 180_000 },
    async () => {
      const runs = 20;
      let duration = 1500;
      for (let run = 0; run < runs; run += 1) {
        // One moment in each part of the run, so that every part of it is hit.
        const moment = ((run + Math.random()) / runs) * duration;
        const { killed, output } = await installAndKill(moment);
        if (!killed) {
          duration = Math.max(200, duration * 0.8);
          expect(output).toMatch(/^done /m);
          await world.forgetTrees();
        }
      }
      const { tree } = await install(world.provider(), ['whole']);
      expect(await readFile(path.join(tree.root, 'usr/part-b/49'), 'utf8')).toBe('part-b 49'.repeat(1000));
      expect((await readFile(path.join(tree.root, 'usr/large'), 'utf8')).length).toBe(LARGE);
      expect(await world.leftovers()).toEqual([]);
      await gone();
    },
  );

  test('takes the programs it started with it', async () => {
    stall('whole', 1000);
    const child = startInstallation();
    await until(() => repository.requests.some((one) => one.path.includes('whole_')), 'the download began');
    child.kill('SIGKILL');
    await gone();
  });
});

describe('a download', () => {
  test('is continued where it broke off', async () => {
    stall('whole', 1_000_000);
    const stop = new AbortController();
    const options = {
      signal: stop.signal,
      onProgress: (progress: InstallProgress) => {
        if (progress.step === 'downloading' && progress.doneBytes >= 1_000_000) stop.abort();
      },
    };
    expect(await failureOf(world.provider().install(['whole'], options))).toBe('cancelled');
    await gone();
    repository.intercept = () => false;
    const { tree } = await install(world.provider(), ['whole']);
    const requests = repository.requests.filter((one) => one.path.includes('whole_'));
    expect(requests.at(-1)?.range).toMatch(/^bytes=\d{6,}-$/);
    expect((await readFile(path.join(tree.root, 'usr/large'), 'utf8')).length).toBe(LARGE);
  });

  test('that is cancelled keeps what is finished, and leaves no process', async () => {
    stall('whole', 1000);
    const stop = new AbortController();
    const provider = world.provider();
    const options = {
      signal: stop.signal,
      onProgress: (progress: InstallProgress) => {
        if (progress.step !== 'downloading') return;
        const others = progress.totalBytes - repository.contentOf('whole').length;
        if (progress.doneBytes >= others) stop.abort();
      },
    };
    expect(await failureOf(provider.install(['whole'], options))).toBe('cancelled');
    await gone();
    const before = repository.requests.filter((one) => one.path.includes('part-a_')).length;
    repository.intercept = () => false;
    await install(provider, ['whole']);
    expect(repository.requests.filter((one) => one.path.includes('part-a_'))).toHaveLength(before);
  });

  test('shows the rate and the bytes so far', async () => {
    stall('whole', 2_000_000);
    const stop = new AbortController();
    const seen: number[] = [];
    const options = {
      signal: stop.signal,
      onProgress: (progress: InstallProgress) => {
        if (progress.step !== 'downloading') return;
        seen.push(progress.doneBytes);
        if (progress.bytesPerSecond > 0 && progress.doneBytes >= 2_000_000) stop.abort();
      },
    };
    expect(await failureOf(world.provider().install(['whole'], options))).toBe('cancelled');
    expect(seen).toEqual([...seen].sort((one, other) => one - other));
  });
});

describe('cancelling', () => {
  test('before it began starts nothing', async () => {
    const signal = AbortSignal.abort();
    expect(await failureOf(install(world.provider(), ['whole'], signal))).toBe('cancelled');
    expect(repository.requests).toEqual([]);
  });

  test('while it waits for another installation ends it at once, and not the other', async () => {
    const provider = world.provider();
    const stop = new AbortController();
    const first = install(provider, ['part-a']);
    const second = install(provider, ['part-b'], stop.signal);
    stop.abort();
    expect(await failureOf(second)).toBe('cancelled');
    expect((await first).tree.root).toBeTruthy();
    expect((await install(provider, ['part-c'])).tree.root).toBeTruthy();
  });
});

function startInstallation(): ReturnType<typeof spawn> {
  const script = path.join(import.meta.dirname, 'install-process.ts');
  return spawn(process.execPath, [script, JSON.stringify(world.options), 'whole'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** Kills the installation `moment` milliseconds after it told its first step, unless it was faster. */
async function installAndKill(moment: number): Promise<{ killed: boolean; output: string }> {
  const child = startInstallation();
  let timer: NodeJS.Timeout | undefined;
  child.stdout?.once('data', () => {
    timer = setTimeout(() => child.kill('SIGKILL'), moment);
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const output = child.stdout === null ? '' : await text(child.stdout);
  await ended;
  clearTimeout(timer);
  return { killed: child.signalCode === 'SIGKILL', output };
}
