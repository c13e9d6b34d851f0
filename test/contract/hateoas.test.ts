import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recordingsOf } from './ledger.ts';
import { type RunningProxy, startProxy } from './running-proxy.ts';
import { Session } from './session.ts';

let running: RunningProxy;
beforeEach(async () => {
  running = await startProxy();
});
afterEach(async () => {
  await running.stop();
});

describe('the hateoas family answers what upstream answered', () => {
  it.each(
    recordingsOf('hateoas').map((recording) => [recording.scenario, recording.note, recording] as const),
  )('%s: %s', async (_scenario, _note, recording) => {
    await new Session(running, {}, new Set()).replay(recording);
    expect(running.faults).toEqual([]);
  });
});
