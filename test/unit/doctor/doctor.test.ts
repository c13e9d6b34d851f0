import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CheckResult } from '../../../agent/api/contract.ts';
import { Database } from '../../../agent/database.ts';
import type { Checker, DoctorContext } from '../../../agent/doctor/checker.ts';
import { runDoctor } from '../../../agent/doctor/doctor.ts';
import type { Sharing } from '../../../agent/api/contract-lending.ts';
import { untriedLending } from '../../../agent/lending/defaults.ts';
import { limitsHeld } from '../../../agent/limits/limits-held.ts';
import { protectionsOf, verdictOf } from '../../../agent/lending/protections.ts';
import { pathsOf } from '../../../agent/paths.ts';

import { findings } from '../lending/findings.ts';

let context: DoctorContext;

beforeEach(async () => {
  const paths = pathsOf(await mkdtemp(path.join(tmpdir(), 'slapgrid-doctor-')));
  await mkdir(paths.private);
  context = {
    paths,
    sandbox: { probe: async () => ({ ok: true, program: 'bubblewrap', version: '0.8.0' }) },
    portsAreOurs: false,
    service: async () => null,
    now: Date.now,
  };
});

afterEach(async () => {
  await rm(context.paths.home, { recursive: true });
});

async function checked(id: string): Promise<CheckResult | undefined> {
  return (await runDoctor(context)).find((result) => result.id === id);
}

/** A configuration with these ports. */
async function configure(proxyPort: number, pagePort: number): Promise<void> {
  const configuration = {
    schema: 1,
    computerId: 'local_computer',
    partitionAmount: 10,
    proxyPort,
    pagePort,
    addressBlock: '127.64.0',
    identityBase: null,
  };
  await writeFile(context.paths.config, JSON.stringify(configuration));
}

describe('the doctor', () => {
  test('has a title, a sentence, and a fix for whatever failed', async () => {
    context.sandbox = { probe: async () => ({ ok: false, cause: 'missing', detail: '' }) };
    for (const { title, detail, passed, fixes } of await runDoctor(context)) {
      expect(title).not.toMatch(/^doctor\./);
      expect(detail).not.toMatch(/^doctor\./);
      expect(fixes.length > 0).toBe(!passed);
    }
  });

  test('shows a check that breaks as one that failed', async () => {
    const broken: Checker = {
      id: 'clock',
      applicable: async () => true,
      check: () => Promise.reject(new Error('it fell over')),
    };
    expect(await runDoctor(context, [broken])).toMatchObject([
      { id: 'clock', passed: false, detail: expect.stringContaining('it fell over') },
    ]);
  });

  test('changes nothing', async () => {
    const before = await readdir(context.paths.home, { recursive: true });
    await runDoctor(context);
    expect(await readdir(context.paths.home, { recursive: true })).toEqual(before);
  });
});

describe('isolation', () => {
  test('is well with the program that holds it', async () => {
    expect(await checked('isolation')).toMatchObject({
      passed: true,
      detail: expect.stringContaining('bubblewrap 0.8.0'),
    });
  });
});

describe('the data folder', () => {
  test('is well when it is ours', async () => {
    expect(await checked('data-folder')).toMatchObject({ passed: true });
  });

  test('is well before the first start', async () => {
    context.paths = pathsOf(path.join(context.paths.home, 'later'));
    expect(await checked('data-folder')).toMatchObject({ passed: true });
    expect(await checked('disk-space')).toMatchObject({ passed: true });
    context.paths = pathsOf(path.dirname(context.paths.home));
  });

  test('that is a file needs somebody', async () => {
    const file = path.join(context.paths.home, 'file');
    await writeFile(file, '');
    const home = context.paths;
    context.paths = pathsOf(file);
    expect(await checked('data-folder')).toMatchObject({ passed: false });
    context.paths = home;
  });
});

describe('the database', () => {
  test('is asked about only when there is one', async () => {
    expect(await checked('database')).toBeUndefined();
  });

  test('that is sound is well', async () => {
    const database = new Database(context.paths.database);
    database.execute('CREATE TABLE t (x)');
    database.close();
    expect(await checked('database')).toMatchObject({ passed: true });
  });

  test('that is not one needs somebody', async () => {
    await writeFile(context.paths.database, 'garbage '.repeat(1000));
    expect(await checked('database')).toMatchObject({ passed: false });
  });
});

describe('the ports', () => {
  test('are asked about only once they are chosen', async () => {
    expect(await checked('ports')).toBeUndefined();
  });

  test('that somebody else has are told with who has them', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    await configure(port, port);
    const taken = await checked('ports');
    context.portsAreOurs = true;
    const ours = await checked('ports');
    await new Promise((resolve) => server.close(resolve));
    context.portsAreOurs = false;
    const free = await checked('ports');
    expect(taken).toMatchObject({
      passed: false,
      detail: expect.stringContaining(`(process ${process.pid})`),
    });
    expect(ours).toMatchObject({ passed: true });
    expect(free).toMatchObject({ passed: true });
  });
});

describe('the clock', () => {
  test('is well when nothing was written after now', async () => {
    expect(await checked('clock')).toMatchObject({ passed: true });
  });

  test('before what was already written needs somebody', async () => {
    const later = new Date(Date.now() + 3 * 3_600_000);
    await writeFile(context.paths.agentLog, '');
    await utimes(context.paths.agentLog, later, later);
    expect(await checked('clock')).toMatchObject({
      passed: false,
      detail: expect.stringMatching(/18\d minutes behind|179 minutes behind/),
    });
  });
});

describe('lending', () => {
  const lend = (sharing: Sharing, differs: Parameters<typeof findings>[0] = {}): void => {
    const protections = protectionsOf(findings(differs));
    const view = { ...untriedLending(), sharing, protections, verdict: verdictOf(protections) };
    context.lending = async () => view;
  };

  test('is asked about only where an agent runs', async () => {
    expect(await checked('lending')).toBeUndefined();
  });

  test('is well when the machine holds what the person chose, and says what is missing for more', async () => {
    lend('me', { memory: 'none' });
    expect(await checked('lending')).toMatchObject({
      passed: true,
      detail: expect.stringContaining('memory limit'),
    });
    lend('everyone');
    expect(await checked('lending')).toMatchObject({ passed: true });
  });

  test.each(['everyone', 'people'] as const)(
    'names each limit by what it is held by, lent to %s',
    async (sharing) => {
      lend(sharing, sharing === 'people' ? { memory: 'none' } : {});
      const view = await context.lending?.();
      if (view === undefined) throw new Error('nothing is lent');
      const held = limitsHeld('cgroup-v1', {
        rate: { ok: false, cause: 'no-tc', detail: '' },
        quota: { ok: false, cause: 'no-program', detail: 'setquota' },
      });
      context.lending = async () => ({ ...view, limitsHeld: held });
      expect((await checked('lending'))?.detail).toMatch(
        /; the kernel holds limits of processors, memory, processes, published ports; only watched are limits of disk space, files; nothing here holds limits of network rate$/u,
      );
    },
  );

  test('names a network rate that was chosen and that nothing holds', async () => {
    lend('everyone');
    const view = await context.lending?.();
    if (view === undefined) throw new Error('nothing is lent');
    const { limits } = view;
    const each = { ...limits.each, networkBytesPerSecond: 1_000_000 };
    context.lending = async () => ({ ...view, limits: { ...limits, each } });
    expect((await checked('lending'))?.detail).toMatch(/nothing here holds .* network rate$/u);
  });

  test('needs somebody when the machine holds less, with each fix once', async () => {
    lend('people', { memory: 'none', cpu: 'none', disk: 'watched' });
    const result = await checked('lending');
    expect(result).toMatchObject({ passed: false, fixes: [expect.stringContaining('control groups')] });
    expect(result?.detail).toContain('memory limit, CPU limit');
    expect(result?.detail).not.toContain('disk limit');
  });
});

describe('logging out', () => {
  const health = { name: 'slapgrid', held: true, masked: false, lingering: false };

  test('is asked about only where the user has a systemd', async () => {
    expect(await checked('service')).toBeUndefined();
  });

  test.each([
    [{}, 'until you log out'],
    [{ lingering: true }, 'goes on when you log out'],
    [{ held: false }, 'does not look after Slapgrid'],
  ])('%j is well, and says what happens', async (more, words) => {
    context.service = async () => ({ ...health, ...more });
    expect(await checked('service')).toMatchObject({ passed: true, detail: expect.stringContaining(words) });
  });

  test('needs somebody where systemd may not start Slapgrid', async () => {
    context.service = async () => ({ ...health, masked: true, held: false });
    expect(await checked('service')).toMatchObject({
      passed: false,
      fixes: ['Run: systemctl --user unmask slapgrid'],
    });
  });
});

describe('this computer', () => {
  test.each(['system-packages', 'package-mirror', 'node-version'])('has its %s in order', async (id) => {
    expect(await checked(id)).toMatchObject({ passed: true, fixes: [] });
  });
});
