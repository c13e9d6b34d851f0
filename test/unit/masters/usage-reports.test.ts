import { beforeEach, describe, expect, it } from 'vitest';
import type { UsageReports } from '../../../agent/api/contract-usage.ts';
import { NOTHING } from '../../../agent/usage/tally.ts';
import { subjectIn } from '../../../agent/usage/usage-key.ts';
import type { StandInMaster } from '../../fakes/slap-master/master.ts';
import { subject } from '../usage/accounts.ts';
import { request, type StandInComputer, until } from './computer.ts';
import { host, join, standIns } from './world.ts';

const HOUR = 3_600_000;

let computer: StandInComputer;
let master: StandInMaster;

beforeEach(async () => {
  ({ computer, master } = await standIns());
  await join(computer, master);
  await host(computer, master);
});

/** As the sampler does while the instance runs. */
function use(cpuSeconds: number): void {
  const partition = computer.partition();
  const used = partition === undefined ? null : subjectIn(partition);
  if (used === null) throw new TypeError('there is no instance');
  const now = computer.clock.now();
  computer.history.book.add(used, now, now, { ...NOTHING, runSeconds: 3600, cpuSeconds });
  computer.history.write(now);
}

/** The hour ends, and everything of it is known. */
async function hourPasses(): Promise<void> {
  computer.clock.pass(HOUR);
  await computer.masters.settled();
  await computer.recovers();
}

function reports(): string[] {
  return master.calls('/useComputer').map(({ body }) => new URLSearchParams(body).get('use_string') ?? '');
}

describe('usage', () => {
  it('is reported when the hour is over, once', async () => {
    use(36);
    await computer.nextTurn(master);
    expect(reports()).toEqual([]);
    await hourPasses();
    await hourPasses();
    expect(reports()).toHaveLength(1);
    expect(reports()[0]).toContain('<reference>COMP-10-2026-01-01T00</reference>');
    expect(reports()[0]).toContain('<reference>slappart10</reference><quantity>1.000</quantity>');
    expect(computer.master()?.reportsWaiting).toBe(0);
  });

  it('of other masters and of this computer’s own is nobody else’s', async () => {
    const now = computer.clock.now();
    for (const key of ['local-guid', 'master-20/slappart20/guid'])
      computer.history.book.add(subject(key), now, now, { ...NOTHING, runSeconds: 3600, cpuSeconds: 36 });
    computer.history.write(now);
    await hourPasses();
    expect(reports()).toEqual([]);
  });

  it('waits while the master does not take it, and is the same to the byte when repeated', async () => {
    use(36);
    computer.lostCalls.add('/useComputer');
    computer.clock.pass(2 * HOUR);
    await until(
      () => computer.master()?.reportsWaiting === 1,
      () => 'waits',
    );
    expect(computer.master()?.state).toBe('connected');
    use(72);
    computer.lostCalls.clear();
    await computer.nextTurn(master);
    const [first] = reports();
    expect(reports()).toHaveLength(1);
    expect(first).toContain('T00</reference>');
    expect(first).toContain('<quantity>1.000</quantity>');
  });

  /** The master hears the report, and its answer is lost. */
  async function loseAcknowledgement(): Promise<void> {
    use(36);
    computer.lostAnswers.add('/useComputer');
    computer.clock.pass(2 * HOUR);
    await until(
      () => reports().length === 1,
      () => 'sent',
    );
    await computer.masters.settled();
    computer.lostAnswers.clear();
  }

  const PERIOD = 'COMP-10-2026-01-01T00';
  const shown = (): UsageReports | undefined => computer.masters.reports()[0];

  it('is shown and not repeated when its acknowledgement was lost, also by the next agent', async () => {
    await loseAcknowledgement();
    await hourPasses();
    await computer.restartAgent();
    await computer.masters.add(computer.join(master));
    await computer.masterIs('connected');
    await hourPasses();
    expect(reports()).toHaveLength(1);
    expect(shown()).toMatchObject({
      master: 'master-10',
      acknowledgedUntil: null,
      waiting: 0,
      uncertain: [{ period: PERIOD, sentAt: '2026-01-01T02:01:20.000Z' }],
    });
    expect(computer.master()?.reportsWaiting).toBe(1);
  });

  it('is sent again, the same to the byte, when a person says so', async () => {
    await loseAcknowledgement();
    await computer.masters.resolveReport({ master: 'master-10', period: PERIOD, as: 'again' });
    await until(
      () => reports().length === 2,
      () => 'sent again',
    );
    expect(reports()[1]).toBe(reports()[0]);
    await until(
      () => computer.master()?.reportsWaiting === 0,
      () => 'taken',
    );
    expect(shown()).toMatchObject({ acknowledgedUntil: '2026-01-01T01:00:00.000Z', uncertain: [] });
  });

  it('is done when a person says that the master has it', async () => {
    await loseAcknowledgement();
    await computer.masters.resolveReport({ master: 'master-10', period: PERIOD, as: 'done' });
    expect(shown()).toMatchObject({
      acknowledgedUntil: '2026-01-01T01:00:00.000Z',
      waiting: 0,
      uncertain: [],
    });
    expect(computer.master()?.reportsWaiting).toBe(0);
    await hourPasses();
    expect(reports()).toHaveLength(1);
  });

  it('that nobody asks about is not to be decided on', async () => {
    const nothing = { master: 'master-10', period: PERIOD, as: 'done' } as const;
    await expect(computer.masters.resolveReport(nothing)).rejects.toThrow(/no usage report/u);
    await expect(computer.masters.resolveReport({ ...nothing, master: 'x' })).rejects.toThrow(/no usage/u);
  });

  it('that one is in doubt holds up no other', async () => {
    await loseAcknowledgement();
    use(72);
    await hourPasses();
    await hourPasses();
    expect(reports()).toHaveLength(2);
    expect(shown()?.uncertain).toHaveLength(1);
    expect(shown()?.acknowledgedUntil).toBe('2026-01-01T03:00:00.000Z');
  });

  it('of an instance that is gone is reported all the same', async () => {
    use(36);
    request(master, computer.release, { state: 'destroyed' });
    await computer.nextTurn(master);
    await computer.instanceIs('free');
    await hourPasses();
    await hourPasses();
    expect(reports()).toHaveLength(1);
  });

  it('of several hours is reported by the hour, the oldest first', async () => {
    use(36);
    await master.disappear();
    computer.clock.pass(HOUR);
    use(72);
    computer.clock.pass(2 * HOUR);
    await master.comeBack();
    await computer.recovers();
    await until(
      () => reports().length === 2,
      () => reports().join('\n'),
    );
    expect(reports().map((report) => /T(\d\d)<\/reference>/.exec(report)?.[1])).toEqual(['00', '01']);
  });
});
