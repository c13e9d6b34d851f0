import { describe, expect, it } from 'vitest';
import type { AgentState, InstanceView } from '../../../agent/api/contract.ts';
import { notificationsFor, type NotificationView } from '../../../main/notifications/notifications.ts';
import { NOTIFICATION_KINDS } from '../../../assets/notification-kinds.ts';
import { watch, type Watched } from '../../../main/notifications/watch.ts';
import { failing, FOR_ANA, joinedTo, NOTICE, stateWith, withNotice } from './state.ts';

const ALL = { ready: true, failed: true, dying: true, problem: true, master: true, update: true };
const UNSEEN = { windowShown: false, wanted: ALL };
const LOST = {
  code: 'download-failed',
  sentence: 'The connection was lost.',
  nextStep: 'It is tried again.',
};

/** A person away from the window, while the agent goes from state to state, one each second unless it is said. */
class Onlooker {
  #watched: Watched | null = null;
  #now = 0;

  see(state: AgentState, after = 1000, circumstances = UNSEEN): NotificationView[] {
    this.#now += after;
    const before = this.#watched;
    this.#watched = watch(before, state, this.#now);
    return notificationsFor(before, this.#watched, circumstances);
  }

  /** One instance called “db”. */
  db(over: Partial<InstanceView>, after = 1000): NotificationView[] {
    return this.see(stateWith({ name: 'db', ...over }), after);
  }
}

function withVersion(state: AgentState, version: string): AgentState {
  return { ...state, agent: { ...state.agent, version } };
}

function ended(restarts: number): Partial<InstanceView> {
  const service = { name: 'postgres', pid: null, nextStartAt: null, lastExitStatus: 1 };
  return { state: 'restarting', services: [{ ...service, state: 'restarting', restarts }] };
}

describe('what is there when the application starts', () => {
  it('is no news', () => {
    const state = withNotice(stateWith({}, { state: 'failed', error: LOST }));
    expect(new Onlooker().see(state)).toEqual([]);
  });
});

describe('ready', () => {
  it('is told with the address, after more than five seconds', () => {
    const person = new Onlooker();
    person.db({ state: 'installing' });
    person.db({ state: 'starting' }, 4000);
    expect(person.db({ state: 'started' }, 1500)).toEqual([
      {
        kind: 'ready',
        title: '“db” is ready',
        body: '127.64.0.1:11211',
        open: { do: 'open', screen: '#/partition/slappart0' },
        action: { label: 'Copy address', action: { do: 'copy', text: '127.64.0.1:11211' } },
      },
    ]);
  });

  it('is not told to who has just asked, nor to who sees the window', () => {
    const quick = new Onlooker();
    quick.db({ state: 'installing' });
    expect(quick.db({ state: 'started' }, 5000)).toEqual([]);
    const looking = new Onlooker();
    looking.db({ state: 'installing' });
    expect(looking.see(stateWith({}), 60_000, { windowShown: true, wanted: ALL })).toEqual([]);
  });

  it('is told once for several', () => {
    const person = new Onlooker();
    person.see(stateWith({ state: 'installing' }, { state: 'installing' }));
    const [told, ...others] = person.see(stateWith({}, {}), 60_000);
    expect(told).toMatchObject({
      title: '2 services are ready',
      body: '“service-0” is ready\n“service-1” is ready',
      open: { screen: '#/partitions' },
    });
    expect(others).toEqual([]);
  });
});

describe('several that happen at once', () => {
  it('are told as one, with four names at most', () => {
    const person = new Onlooker();
    const all = (over: Partial<InstanceView>): AgentState =>
      stateWith(...Array.from({ length: 6 }, () => over));
    person.see(all({ state: 'installing' }));
    const [told, ...others] = person.see(all({ state: 'failed', error: LOST }));
    expect([told?.title, told?.body.split('\n').length, others]).toEqual(['6 services need you', 4, []]);
    expect(told?.action).toEqual({ label: 'See it', action: { do: 'open', screen: '#/partitions' } });
  });

  it('and are of several kinds are told by kind', () => {
    const person = new Onlooker();
    person.see(stateWith({ state: 'installing' }, { state: 'installing' }));
    const told = person.see(withNotice(stateWith({}, { state: 'failed', error: LOST })), 60_000);
    expect(told.map(({ kind }) => kind)).toEqual(['ready', 'failed', 'problem']);
  });
});

describe('a service that is destroyed', () => {
  it('is told of no more', () => {
    const person = new Onlooker();
    person.db({ state: 'installing' });
    expect(person.see(stateWith(), 60_000)).toEqual([]);
  });
});

describe('failed', () => {
  it('is told with the agent’s words, and can be tried again', () => {
    const person = new Onlooker();
    person.db({ state: 'installing' });
    expect(person.db({ state: 'failed', error: LOST })).toMatchObject([
      {
        kind: 'failed',
        title: '“db” needs you',
        body: 'The connection was lost. It is tried again.',
        action: { label: 'Try again', action: { do: 'bang', name: 'db' } },
      },
    ]);
  });

  it('is not told again when it fails again for the same reason', () => {
    const person = new Onlooker();
    person.db({ state: 'installing' });
    person.db({ state: 'failed', error: LOST });
    expect(person.db({ state: 'installing' })).toEqual([]);
    expect(person.db({ state: 'failed', error: LOST })).toEqual([]);
    const full = { code: 'disk-full', sentence: 'The disk is full.', nextStep: '' };
    expect(person.db({ state: 'failed', error: full })).toMatchObject([{ body: 'The disk is full.' }]);
  });

  it('is told again after it was well', () => {
    const person = new Onlooker();
    person.db({ state: 'failed', error: LOST });
    person.db({ state: 'started' });
    expect(person.db({ state: 'failed', error: LOST })).toHaveLength(1);
  });
});

describe('dying', () => {
  it('is told at the fifth end in ten minutes, once', () => {
    const person = new Onlooker();
    person.db({});
    for (const restarts of [1, 2, 3, 4]) expect(person.db(ended(restarts))).toEqual([]);
    expect(person.db(ended(5))).toMatchObject([
      { kind: 'dying', title: '“db” stopped 5 times in 10 min', action: { label: 'Open log' } },
    ]);
    expect(person.db(ended(6))).toEqual([]);
  });

  it('is not told for ends that are far apart', () => {
    const person = new Onlooker();
    person.db({});
    for (const restarts of [1, 2, 3, 4, 5, 6]) expect(person.db(ended(restarts), 200_000)).toEqual([]);
  });

  it('is told again after ten quiet minutes', () => {
    const person = new Onlooker();
    person.db({});
    person.db(ended(5));
    person.db(ended(5), 700_000);
    expect(person.db(ended(10))).toHaveLength(1);
  });

  it('does not count what another agent counted', () => {
    const person = new Onlooker();
    person.db(ended(9));
    expect(person.db(ended(0))).toEqual([]);
    expect(person.db(ended(1))).toEqual([]);
  });
});

describe('a problem of the laptop', () => {
  it('is told once, and leads to the doctor', () => {
    const person = new Onlooker();
    person.see(stateWith());
    expect(person.see(withNotice(stateWith()))).toMatchObject([
      { kind: 'problem', title: '0.8 GB of disk is left.', open: { screen: '#/doctor' } },
    ]);
    expect(person.see(withNotice(stateWith({})))).toEqual([]);
  });

  it('is not told again when it comes and goes, or another agent says it', () => {
    const person = new Onlooker();
    person.see(stateWith());
    person.see(withNotice(stateWith()));
    person.see(stateWith(), 60_000);
    expect(person.see(withNotice(stateWith()), 60_000)).toEqual([]);
  });

  it('is told again after it was gone for an hour', () => {
    const person = new Onlooker();
    person.see(stateWith());
    person.see(withNotice(stateWith()));
    person.see(stateWith());
    expect(person.see(withNotice(stateWith()), 3_700_000)).toHaveLength(1);
  });

  it('is told with others as one', () => {
    const person = new Onlooker();
    person.see(stateWith());
    const state = stateWith();
    const notices = [NOTICE, { ...NOTICE, id: 'clock', sentence: 'The clock was moved.' }];
    expect(person.see({ ...state, agent: { ...state.agent, notices } })).toMatchObject([
      {
        title: '2 things need you',
        body: '0.8 GB of disk is left.\nThe clock was moved.',
        open: { screen: '#/doctor' },
      },
    ]);
  });
});

describe('another version of the agent', () => {
  it('is told once', () => {
    const person = new Onlooker();
    person.see(stateWith());
    expect(person.see(withVersion(stateWith(), '0.2.0'))).toEqual([
      {
        kind: 'update',
        title: 'Slapgrid is now version 0.2.0',
        body: 'What ran kept running.',
        open: { do: 'open', screen: '#/settings' },
        action: null,
      },
    ]);
    expect(person.see(withVersion(stateWith({}), '0.2.0'))).toEqual([]);
  });
});

describe('a master', () => {
  const HOUR = 3_600_000;
  const joined = (...masters: Parameters<typeof joinedTo>[1][]): AgentState =>
    joinedTo(stateWith(), ...masters);

  it('that cannot be reached is told after an hour, once, with what asks it now', () => {
    const person = new Onlooker();
    person.see(joined({}));
    expect(person.see(joined(failing('master-unreachable')))).toEqual([]);
    expect(person.see(joined(failing('master-unreachable')), HOUR - 1000)).toEqual([]);
    // The agent asks again meanwhile.
    expect(person.see(joined({ state: 'connecting' }))).toEqual([]);
    expect(person.see(joined(failing('master-no-network')), 1000)).toEqual([
      {
        kind: 'master',
        title: 'slap.example.org has not answered for 1 h',
        body: 'What runs keeps running. Nothing new can arrive.',
        open: { do: 'open', screen: '#/settings' },
        action: { label: 'Ask now', action: { do: 'ask', master: 'M-0' } },
      },
    ]);
    expect(person.see(joined(failing('master-unreachable')), HOUR)).toEqual([]);
  });

  it.each(['hosting-no-answer', 'hosting-redirects', 'hosting-unreadable', 'hosting-wrong-status'])(
    '%s is no reason to tell it at once, as what nobody mends by waiting is',
    (code) => {
      const person = new Onlooker();
      person.see(joined({}));
      expect(person.see(joined(failing(code)))).toEqual([]);
      expect(person.see(joined(failing('hosting-certificate')))).toHaveLength(1);
    },
  );

  it('that answered again is told anew when it is silent anew', () => {
    const person = new Onlooker();
    person.see(joined(failing('master-no-network')));
    expect(person.see(joined(failing('master-no-network')), HOUR)).toHaveLength(1);
    person.see(joined({}));
    person.see(joined(failing('master-no-network')));
    expect(person.see(joined(failing('master-no-network')), HOUR)).toHaveLength(1);
  });

  it('that no waiting mends is told at once, in the agent’s words', () => {
    const person = new Onlooker();
    person.see(joined({}));
    expect(person.see(joined(failing('certificate-expired')))).toMatchObject([
      { title: 'slap.example.org needs you', body: 'It does not answer. Wait.' },
    ]);
    expect(person.see(joined(failing('certificate-expired')))).toEqual([]);
  });

  it('is told together with others', () => {
    const person = new Onlooker();
    person.see(joined({}, { title: 'other.example' }));
    const both = joined(failing('clock-wrong'), { ...failing('clock-wrong'), title: 'other.example' });
    expect(person.see(both)).toMatchObject([
      { title: '2 masters need you', open: { do: 'open', screen: '#/settings' } },
    ]);
  });

  it('hears itself of what fails that it asked for', () => {
    const person = new Onlooker();
    person.see(joinedTo(stateWith(FOR_ANA), {}));
    expect(person.see(joinedTo(stateWith({ ...FOR_ANA, state: 'failed', error: LOST }), {}))).toEqual([]);
  });
});

it.each(NOTIFICATION_KINDS)('%s can be turned off', (kind) => {
  const before = watch(null, joinedTo(stateWith({ state: 'installing' }, {}, {}), {}), 0);
  const troubled = withNotice(stateWith({}, { state: 'failed' }, ended(5)));
  const after = watch(before, withVersion(joinedTo(troubled, failing('clock-wrong')), '0.2.0'), 60_000);
  const told = (wanted: typeof ALL): string[] =>
    notificationsFor(before, after, { windowShown: false, wanted }).map((view) => view.kind);
  expect(told(ALL)).toContain(kind);
  expect(told({ ...ALL, [kind]: false })).toEqual(told(ALL).filter((each) => each !== kind));
});

it('tells nothing of pausing, stopping and starting', () => {
  const person = new Onlooker();
  for (const state of [
    'started',
    'stopping',
    'stopped',
    'starting',
    'started',
    'restarting',
    'started',
  ] as const) {
    expect(person.db({ state })).toEqual([]);
  }
});
