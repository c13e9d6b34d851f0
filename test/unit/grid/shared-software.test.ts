import { beforeEach, describe, expect, it } from 'vitest';
import type { SoftwareView } from '../../../agent/api/contract.ts';
import { SharedSoftware, type SoftwareUser } from '../../../agent/grid/shared-software.ts';
import type { StateStore } from '../../../agent/state.ts';
import { StandInAgentService } from '../../fakes/agent-service.ts';

const URL = '/srv/redis.yaml';

let store: StateStore;
let shared: SharedSoftware;

beforeEach(() => {
  store = new StandInAgentService(1).store;
  shared = new SharedSoftware(store);
});

function user(facts: { wants?: string[]; trees?: string[]; isHeard?: boolean } = {}): SoftwareUser {
  const each: SoftwareUser = {
    wants: (url) => Promise.resolve(facts.wants?.includes(url) === true),
    treesInUse: () => Promise.resolve(facts.trees ?? []),
    isHeard: facts.isHeard ?? true,
  };
  shared.join(each);
  return each;
}

function view(over: Partial<SoftwareView>): SoftwareView {
  return {
    url: URL,
    title: 'Redis',
    requestedState: 'available',
    state: 'available',
    progress: null,
    error: null,
    bytes: null,
    ...over,
  };
}

describe('software that several grids share', () => {
  it('is wanted as long as another wants it', async () => {
    const [one, other] = [user({ wants: [URL] }), user()];
    expect(await shared.isWantedByOthers(other, URL)).toBe(true);
    expect(await shared.isWantedByOthers(one, URL)).toBe(false);
  });

  it('keeps the trees of all of them', async () => {
    user({ trees: ['a'] });
    user({ trees: ['b', 'c'] });
    expect(await shared.treesInUse()).toEqual(['a', 'b', 'c']);
  });

  it('is not known to be unwanted before every grid is there and every master spoke', () => {
    user();
    expect(shared.allHeard).toBe(false);
    shared.complete();
    expect(shared.allHeard).toBe(true);
    const silent = user({ isHeard: false });
    expect(shared.allHeard).toBe(false);
    shared.leave(silent);
    expect(shared.allHeard).toBe(true);
  });

  it('is one line: of who wants it, rather than of who does not', () => {
    const [one, other] = [user(), user()];
    shared.show(one, view({ requestedState: 'destroyed', state: 'destroying' }));
    expect(store.software(URL)?.state).toBe('destroying');
    shared.show(other, view({ state: 'building' }));
    expect(store.software(URL)).toMatchObject({ requestedState: 'available', state: 'building' });
    shared.hide(one, URL);
    expect(store.software(URL)?.state).toBe('building');
    shared.leave(other);
    expect(store.software(URL)).toBeUndefined();
  });
});
