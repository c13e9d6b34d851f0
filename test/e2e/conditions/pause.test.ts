/** A real agent hosts a real program that uses all it gets, for a master; a pause takes it away and a resume gives it back. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ConditionsView } from '../../../agent/api/contract-conditions.ts';
import { StandInMaster } from '../../fakes/slap-master/master.ts';
import { Home, type Outcome, until } from '../agent/home.ts';

const COMPUTER = 'COMP-1234';
/** What a pause and a resume may take. */
const SECOND = 1000;

const SOFTWARE = `
schema: 1
name: burner
title: Burner
description: Uses all it gets.
category: cache
homepage: https://example.org/
version: '1'
components:
  - provider: apt
    packages: [dash]
types:
  default:
    parameters:
      type: object
      properties: {}
    services:
      - name: burner
        command: [/usr/bin/dash, -c, 'trap "" TERM; while :; do :; done']
`;

const master = await StandInMaster.start();
const home = await Home.make();
const software = path.join(home.folder, 'burner.yaml');
home.start();
/** Where the machine may host for nobody, only a person's own can be held back. */
const { verdict } = (await home.state()).lending;
const mayHost = verdict === 'people' || verdict === 'everyone';

beforeAll(async () => {
  await writeFile(software, SOFTWARE);
  const { fingerprint256: fingerprint } = new X509Certificate(master.authority.certificate);
  const token = path.join(home.folder, 'token');
  await writeFile(token, master.registration.createToken(), { mode: 0o600 });
  const urls = ['--master-url', master.url, '--master-url-web', master.webUrl];
  const more = ['--accept-fingerprint', fingerprint, '--partition-number', '2'];
  const joined = await run('node', 'register', 'my-laptop', '--token-file', token, ...urls, ...more);
  expect(joined).toMatchObject({ status: 0, stderr: '' });
  await until(() => master.proxy.listComputers().some(({ computerId }) => computerId === COMPUTER));
  master.proxy.supply(software, COMPUTER, 'available');
  expect((await run('request', 'mine', software)).status).toBe(0);
  if (!mayHost) return;
  expect((await run('lend', 'people')).status).toBe(0);
  request('started');
  await run('node', 'ask');
  await home.reaches('theirs', 'started');
  await uses('theirs');
});
afterAll(async () => {
  await home.remove();
  await master.close();
});

/** While this process, and the master in it, goes on. */
function run(...words: string[]): Promise<Outcome> {
  return home.runBeside(words);
}

function request(state: 'started' | 'stopped' | 'destroyed'): void {
  master.proxy.requestComputerPartition({
    softwareUrl: software,
    softwareType: 'default',
    name: 'theirs',
    state,
    parameters: {},
    filter: { computer_guid: COMPUTER },
    shared: false,
    requester: null,
  });
}

async function conditions(): Promise<ConditionsView> {
  return (await home.state()).conditions;
}

/** Ticks of the processor that the services of an instance have used since they began; those of none that runs are none. */
async function ticks(name: string): Promise<Map<number, number>> {
  const { services } = await home.instance(name);
  return new Map(
    services.flatMap(({ pid }) => {
      if (pid === null) return [];
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return [[pid, Number(fields[11]) + Number(fields[12])] as const];
    }),
  );
}

/** Waits until an instance uses the processor. @returns the milliseconds. */
async function uses(name: string): Promise<number> {
  const begin = performance.now();
  const before = await ticks(name);
  await until(async () => [...(await ticks(name))].some(([pid, used]) => used > (before.get(pid) ?? 0)));
  return performance.now() - begin;
}

/** Does something that takes a while, and sees that an instance uses nothing meanwhile. */
async function usesNothing(name: string): Promise<void> {
  const before = await ticks(name);
  await run('why');
  expect([...(await ticks(name))]).toEqual([...before]);
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

it('leaves a person’s own alone, unless a rule is theirs too', async () => {
  expect((await run('pause')).status).toBe(0);
  await uses('mine');
  await run('resume');
  // More than any disk has: the rule holds back at once.
  expect((await run('conditions', 'set', 'disk', 'below', '100000')).stdout).toContain('it would never run');
  expect(await conditions()).toMatchObject({ state: 'paused', ownPaused: false });
  if (mayHost) await usesNothing('theirs');
  await uses('mine');
  await run('conditions', 'set', 'own', 'disk');
  expect(await conditions()).toMatchObject({ ownPaused: true });
  await usesNothing('mine');
  await run('conditions', 'set', 'disk', 'below', '0.001');
  expect(await conditions()).toMatchObject({ state: 'running', ownPaused: false });
  await uses('mine');
  if (mayHost) await uses('theirs');
  await run('conditions', 'set', 'own', 'none');
});

if (mayHost)
  describe('what is hosted', () => {
    it('uses no processor within a second of a pause, and runs within a second of the resume', async () => {
      const calls = await home.calls();
      // Beyond the second itself, the deadline is for a machine that is busy with other tests.
      expect(await timed(() => calls.pause.mutate({ for: 60 }))).toBeLessThan(5 * SECOND);
      await usesNothing('theirs');
      expect((await home.instance('theirs')).state).toMatch(/^(frozen|stopped)$/);
      const view = await conditions();
      expect(view).toMatchObject({ state: 'paused', said: { kind: 'pause' }, ownPaused: false });
      expect(view.reasons.map(({ cause }) => cause)).toEqual(['person']);
      await calls.resume.mutate({ forMinutes: null });
      expect(await uses('theirs')).toBeLessThan(10 * SECOND);
      await home.reaches('theirs', 'started');
    });

    it('tells its master, the command line and the state tree the same reason', async () => {
      const before = master.calls('/softwareInstanceError').length;
      expect((await run('pause', '1h')).stdout).toMatch(
        /^Paused by you until .*\d\d:\d\d\.\n {2}by you, ends at /,
      );
      expect((await run('why')).stdout).toContain('by you');
      expect((await conditions()).reasons).toMatchObject([{ cause: 'person', sentence: 'by you' }]);
      const calls = await until(() => {
        const all = master.calls('/softwareInstanceError');
        return all.length > before && all;
      });
      const said = new URLSearchParams(calls.at(-1)?.body).get('error_log');
      expect(said).toContain('its person said so');
      const started = master.calls('/startedComputerPartition').length;
      expect((await run('resume')).stdout).toBe('Nothing is paused.\n');
      await until(() => master.calls('/startedComputerPartition').length > started);
    });

    it('stays paused over the end of the agent by SIGKILL', async () => {
      await run('pause', '1h');
      const { until: end } = await conditions();
      await home.killAgent();
      home.start();
      expect(await conditions()).toMatchObject({ state: 'paused', until: end, said: { kind: 'pause' } });
      await usesNothing('theirs');
      expect((await home.instance('theirs')).state).toMatch(/^(frozen|stopped|waiting)$/);
      await run('resume');
      await uses('theirs');
    });

    it('runs anyway when its person says so', async () => {
      await run('conditions', 'set', 'disk', 'below', '100000');
      await usesNothing('theirs');
      expect((await run('resume', '--anyway', '1h')).stdout).toContain('whatever the conditions say');
      await uses('theirs');
      await run('resume');
      expect(await conditions()).toMatchObject({ state: 'paused' });
      await run('conditions', 'set', 'disk', 'below', '0.001');
      await uses('theirs');
    });

    it('goes on while it is finished, and its master hears nothing of it', async () => {
      expect((await run('finish')).stdout).toContain('nothing new is accepted');
      expect(await conditions()).toMatchObject({ state: 'finishing', reasons: [] });
      await uses('theirs');
      await run('resume');
    });

    it('is destroyed while it is paused, when its master says so', async () => {
      await run('pause');
      request('destroyed');
      await run('node', 'ask');
      await until(() => master.calls('/destroyedComputerPartition').length > 0);
      await until(
        async () => !(await home.state()).partitions.some(({ instance }) => instance?.name === 'theirs'),
      );
      await run('resume');
      expect(master.faults).toEqual([]);
    });
  });
