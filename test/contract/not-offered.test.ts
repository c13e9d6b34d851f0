import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recordingsOf } from './ledger.ts';
import { replay } from './recordings.ts';
import { type RunningProxy, startProxy } from './running-proxy.ts';

let running: RunningProxy;
beforeEach(async () => {
  running = await startProxy();
});
afterEach(async () => {
  await running.stop();
});

describe('a service of upstream that is not offered is not found', () => {
  it.each(
    recordingsOf('not-offered').map((recording) => [recording.scenario, recording.note, recording] as const),
  )('%s: %s', async (_scenario, _note, { exchanges }) => {
    for (const exchange of exchanges) {
      const { status } = await replay(running.server.url({ kind: 'person' }), exchange);
      expect(status, exchange.label).toBe(404);
    }
    expect(running.faults).toEqual([]);
  });
});
