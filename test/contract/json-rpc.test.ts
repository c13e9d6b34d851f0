import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recordingsOf } from './ledger.ts';
import { type RunningProxy, startProxy } from './running-proxy.ts';
import { type Differences, type Ours, Session } from './session.ts';

const FORMATTED: Ours = {
  status: 200,
  body: '{"type": "success", "title": "Formatted"}',
  why: 'what is optional may be left out',
};

const DIFFERENCES: Differences = {
  'json-rpc-04-errors 25': FORMATTED,
  'json-rpc-04-errors 26': FORMATTED,
};

const used = new Set<string>();

let running: RunningProxy;
beforeEach(async () => {
  running = await startProxy();
});
afterEach(async () => {
  await running.stop();
});

describe('the JSON-RPC family answers what upstream answered', () => {
  it.each(
    recordingsOf('json-rpc').map((recording) => [recording.scenario, recording.note, recording] as const),
  )('%s: %s', async (_scenario, _note, recording) => {
    await new Session(running, DIFFERENCES, used).replay(recording);
    expect(running.faults).toEqual([]);
  });

  it('with no difference that is not one any more', () => {
    expect(Object.keys(DIFFERENCES).filter((name) => !used.has(name))).toEqual([]);
  });
});
