import { afterEach, expect, it, vi } from 'vitest';
import type { Change } from '../../../agent/api/contract.ts';
import { StartFailure } from '../../../main/connection/command.ts';
import { AgentFollower, type FollowerOptions } from '../../../main/connection/follower.ts';
import type { Outlook } from '../../../main/outlook.ts';
import { stateWith } from './state.ts';

const ADDRESS = { socket: '/s', tokenFile: '/t' };
const snapshot: Change = { kind: 'snapshot', state: stateWith() };

/** An agent whose streams a test begins and ends by hand. */
class Streams {
  opened = 0;
  alive = true;
  #ended = Promise.withResolvers<void>();

  cut(): void {
    this.#ended.resolve();
    this.#ended = Promise.withResolvers<void>();
  }

  async *changes(signal: AbortSignal): AsyncGenerator<Change, void> {
    if (!this.alive) throw new Error('nobody answers');
    this.opened += 1;
    yield snapshot;
    await Promise.race([
      this.#ended.promise,
      new Promise((resolve) => {
        signal.addEventListener('abort', resolve);
      }),
    ]);
  }
}

let follower: AgentFollower;
afterEach(() => follower.close());

function follow(
  client: FollowerOptions['client'],
  ensure = (): Promise<typeof ADDRESS> => Promise.resolve(ADDRESS),
) {
  const outlooks: Outlook['phase'][] = [];
  const ensured = vi.fn(ensure);
  follower = new AgentFollower({
    ensure: ensured,
    onAddress: () => {},
    client,
    onOutlook: ({ phase }) => {
      if (outlooks.at(-1) !== phase) outlooks.push(phase);
    },
  });
  follower.connect();
  return { outlooks, ensured };
}

it('has the agent running once, and takes a stream that was cut up again', async () => {
  const streams = new Streams();
  const { outlooks, ensured } = follow(streams);
  await vi.waitFor(() => expect(streams.opened).toBe(1));
  streams.cut();
  await vi.waitFor(() => expect(streams.opened).toBe(2));
  expect(outlooks).toEqual(['starting', 'connected']);
  expect(ensured).toHaveBeenCalledTimes(1);
});

it('says that the agent is lost only when it does not come back, and never starts it by itself', async () => {
  const streams = new Streams();
  const { outlooks, ensured } = follow(streams);
  await vi.waitFor(() => expect(streams.opened).toBe(1));
  streams.alive = false;
  streams.cut();
  await vi.waitFor(() => expect(outlooks).toEqual(['starting', 'connected', 'lost']), { timeout: 10_000 });
  streams.alive = true;
  await vi.waitFor(() => expect(outlooks.at(-1)).toBe('connected'), { timeout: 10_000 });
  expect(ensured).toHaveBeenCalledTimes(1);
});

it('has a lost agent running again when it is asked to', async () => {
  const streams = new Streams();
  const { outlooks, ensured } = follow(streams);
  await vi.waitFor(() => expect(streams.opened).toBe(1));
  streams.alive = false;
  streams.cut();
  await vi.waitFor(() => expect(outlooks.at(-1)).toBe('lost'), { timeout: 10_000 });
  streams.alive = true;
  follower.connect();
  await vi.waitFor(() => expect(outlooks.slice(-2)).toEqual(['starting', 'connected']));
  expect(ensured).toHaveBeenCalledTimes(2);
});

it('says why the agent could not be started, and tries again when it is asked to', async () => {
  const view = { code: 'disk-full', sentence: 'The disk is full.', nextStep: '' };
  const answers = [Promise.reject(new StartFailure(view)), Promise.resolve(ADDRESS)];
  const { outlooks } = follow(new Streams(), () => answers.shift() ?? Promise.resolve(ADDRESS));
  await vi.waitFor(() => expect(follower.outlook).toEqual({ phase: 'failed', error: view }));
  follower.connect();
  await vi.waitFor(() => expect(outlooks).toEqual(['starting', 'failed', 'starting', 'connected']));
});

it('asks once, however often it is asked', async () => {
  const { ensured } = follow(new Streams());
  follower.connect();
  follower.connect();
  await vi.waitFor(() => expect(follower.outlook.phase).toBe('connected'));
  follower.connect();
  expect(ensured).toHaveBeenCalledTimes(1);
});

it('does not pretend to understand an agent of another version', async () => {
  const state = stateWith();
  const other: Change = {
    kind: 'snapshot',
    state: { ...state, agent: { ...state.agent, contractVersion: 99 } },
  };
  follow({
    async *changes() {
      yield other;
    },
  });
  await vi.waitFor(() => expect(follower.outlook).toEqual({ phase: 'other-version' }));
});
