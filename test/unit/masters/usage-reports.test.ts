import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { usageKey } from '../../../agent/usage/usage-key.ts';
import { StandInMaster } from '../../fakes/slap-master/master.ts';
import { request, StandInComputer, until } from './computer.ts';

const HOUR = 3_600_000;

let computer: StandInComputer;
let master: StandInMaster;

beforeEach(async () => {
  computer = await StandInComputer.start();
  master = await StandInMaster.start();
  await computer.masters.add(computer.join(master));
  await computer.masterIs('connected');
  request(master, computer.release);
  await computer.nextTurn(master);
  await computer.instanceIs('started');
});
afterEach(async () => {
  await computer.stop();
  await master.close();
});

/** As the sampler does while the instance runs. */
function use(cpuSeconds: number): void {
  const partition = computer.partition();
  if (partition === undefined) throw new TypeError('there is no partition');
  computer.history.addConsumption(usageKey(partition) ?? '', {
    at: computer.clock.now(),
    seconds: 3600,
    cpuSeconds,
    memoryByteSeconds: 3600e6,
    diskByteSeconds: 0,
  });
  computer.history.write(computer.clock.now());
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
    const used = { at: computer.clock.now(), seconds: 3600, cpuSeconds: 36, memoryByteSeconds: 0 };
    computer.history.addConsumption('local-guid', { ...used, diskByteSeconds: 0 });
    computer.history.addConsumption('master-20/slappart20/guid', { ...used, diskByteSeconds: 0 });
    computer.history.write(computer.clock.now());
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

  it('is sent again, the same, when its acknowledgement was lost', async () => {
    use(36);
    computer.lostAnswers.add('/useComputer');
    computer.clock.pass(2 * HOUR);
    await until(
      () => reports().length === 1,
      () => 'sent',
    );
    await computer.masters.settled();
    await computer.restartAgent();
    computer.lostAnswers.clear();
    await computer.masters.add(computer.join(master));
    await until(
      () => reports().length === 2,
      () => 'sent again',
    );
    expect(reports()[1]).toBe(reports()[0]);
    await until(
      () => computer.master()?.reportsWaiting === 0,
      () => 'taken',
    );
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
