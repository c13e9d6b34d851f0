import { describe, expect, it } from 'vitest';
import { NOTIFICATION_KINDS } from '../../../assets/notification-kinds.ts';
import { traySentence, trayTemplate, type TrayItem } from '../../../main/tray/template.ts';
import type { Outlook } from '../../../main/outlook.ts';
import { connectedWith, failing, FOR_ANA, joinedTo, NOTICE, stateWith, withNotice } from './state.ts';

type Shown = Exclude<TrayItem, { separator: true }>;

function items(outlook: Outlook): Shown[] {
  return trayTemplate({ outlook, unkept: null }).filter((item): item is Shown => !('separator' in item));
}

function labels(outlook: Outlook): string[] {
  return trayTemplate({ outlook, unkept: null }).map((item) => ('separator' in item ? '—' : item.label));
}

function submenuOf(outlook: Outlook, guid: string): [string, unknown][] {
  const found = items(outlook).find(({ id }) => id === `service-${guid}`);
  const submenu = (found?.submenu ?? []).filter((item): item is Shown => !('separator' in item));
  return submenu.map(({ label, action }) => [label, action]);
}

const FAILURE = { code: 'x', sentence: 'The connection was lost.', nextStep: '' };

describe('the menu', () => {
  it('says what is, then offers services, the window, the doctor and the end', () => {
    const outlook = connectedWith({ name: 'cache' }, { name: 'photos', state: 'installing', connection: [] });
    expect(labels(outlook)).toEqual([
      'Running 1 service, only for you.',
      'Getting “photos” ready',
      'Local: only you can start something here',
      'Join a master…',
      '—',
      'cache',
      'photos: getting ready',
      '—',
      'Open Slapgrid',
      'Doctor',
      '—',
      'Notifications',
      'Quit, services keep running',
    ]);
  });

  it('acts by no item that only says something', () => {
    const [sentence, next] = items(connectedWith({ state: 'starting' }));
    expect([sentence?.id, sentence?.action, next?.id, next?.action]).toEqual([
      'sentence',
      undefined,
      'next',
      undefined,
    ]);
  });

  it('offers the address, the window and the end of a service that runs', () => {
    expect(submenuOf(connectedWith({ name: 'cache' }), 'G-0')).toEqual([
      ['Copy 127.64.0.1:11211', { do: 'copy', text: '127.64.0.1:11211' }],
      ['Open', { do: 'open', screen: '#/partition/slappart0' }],
      ['Stop', { do: 'stop', name: 'cache' }],
    ]);
  });

  it('offers the start of one that is stopped', () => {
    const outlook = connectedWith({ name: 'cache', state: 'stopped', requestedState: 'stopped' });
    expect(submenuOf(outlook, 'G-0').map(([label]) => label)).toEqual([
      'Copy 127.64.0.1:11211',
      'Open',
      'Start',
    ]);
  });

  it('offers neither for one that is being destroyed, nor an address it has not', () => {
    const outlook = connectedWith({ state: 'destroying', requestedState: 'destroyed', connection: [] });
    expect(submenuOf(outlook, 'G-0').map(([label]) => label)).toEqual(['Open']);
  });

  it('never shows what is secret', () => {
    const connection = [{ key: 'url', value: 'redis://:secret@127.64.0.1', secret: true }];
    expect(JSON.stringify(items(connectedWith({ connection })))).not.toContain('secret@');
  });

  it('says why a service failed, and offers another try', () => {
    const outlook = connectedWith({ name: 'cache', state: 'failed', error: FAILURE, connection: [] });
    expect(submenuOf(outlook, 'G-0')).toEqual([
      ['The connection was lost.', undefined],
      ['Try again', { do: 'bang', name: 'cache' }],
      ['Open', { do: 'open', screen: '#/partition/slappart0' }],
      ['Stop', { do: 'stop', name: 'cache' }],
    ]);
  });

  it('has every kind of notification, on or off, and turns it over', () => {
    const state = stateWith();
    const wanted = { ...state.agent.notifications, dying: false };
    const outlook: Outlook = {
      phase: 'connected',
      agent: { ...state, agent: { ...state.agent, notifications: wanted } },
    };
    const submenu = items(outlook).find(({ id }) => id === 'notifications')?.submenu ?? [];
    const shown = submenu.filter((item): item is Shown => !('separator' in item));
    expect(shown.map(({ checked }) => checked)).toEqual(NOTIFICATION_KINDS.map((kind) => wanted[kind]));
    expect(shown.map(({ action }) => action)).toEqual(
      NOTIFICATION_KINDS.map((kind) => ({ do: 'notify', kind, wanted: !wanted[kind] })),
    );
  });

  it('has eight services at most', () => {
    const eight = connectedWith(...Array.from({ length: 8 }, () => ({})));
    expect(items(eight).filter(({ id }) => id.startsWith('service-'))).toHaveLength(8);
    const nine = connectedWith(...Array.from({ length: 9 }, () => ({})));
    expect(items(nine).filter(({ id }) => id.startsWith('service-'))).toHaveLength(7);
    expect(items(nine).find(({ id }) => id === 'more')).toMatchObject({
      label: 'All partitions…',
      action: { do: 'open', screen: '#/partitions' },
    });
  });

  it('keeps what needs somebody when it is cut', () => {
    const stopped = Array.from(
      { length: 9 },
      () => ({ state: 'stopped', requestedState: 'stopped' }) as const,
    );
    const outlook = connectedWith(...stopped, { name: 'zebra', state: 'failed', error: FAILURE });
    expect(items(outlook).find(({ id }) => id.startsWith('service-'))?.label).toBe('zebra: needs you');
  });

  it('names what the doctor would show', () => {
    const outlook: Outlook = { phase: 'connected', agent: withNotice(stateWith()) };
    expect(labels(outlook)).toContain('Doctor: 1 thing needs you');
  });

  it('ends without a promise where nothing runs', () => {
    expect(labels(connectedWith()).at(-1)).toBe('Quit');
  });

  it('takes a name as it is, but not its tricks', () => {
    const name = `\u202Egpj.exe${'x'.repeat(100)}`;
    const label = items(connectedWith({ name })).find(({ id }) => id === 'service-G-0')?.label ?? '';
    expect(label).toBe(`gpj.exe${'x'.repeat(32)}…`);
  });
});

describe('the sentence', () => {
  it.each<[string, Outlook]>([
    ['Slapgrid is starting.', { phase: 'starting' }],
    ['The agent does not answer. What runs keeps running.', { phase: 'lost' }],
    ['Slapgrid could not be started. The connection was lost.', { phase: 'failed', error: FAILURE }],
    ['Nothing is running yet.', connectedWith()],
    ['Nothing is running.', connectedWith({ state: 'stopped' })],
    ['Running 2 services, only for you.', connectedWith({}, { state: 'restarting' })],
    ['“service-0” needs you. 1 other keeps running.', connectedWith({ state: 'failed' }, {})],
    ['2 services need you.', connectedWith({ state: 'failed' }, { state: 'failed' })],
    [NOTICE.sentence, { phase: 'connected', agent: withNotice(stateWith()) }],
    [
      `${NOTICE.sentence} 2 services keep running.`,
      { phase: 'connected', agent: withNotice(stateWith({}, {})) },
    ],
  ])('%s', (sentence, outlook) => {
    expect(traySentence(outlook)).toBe(sentence);
  });
});

it('says what to do where the agent could not be started', () => {
  const error = { ...FAILURE, nextStep: 'Free space.' };
  expect(labels({ phase: 'failed', error })).toEqual([
    'Slapgrid could not be started. The connection was lost.',
    'Free space.',
    'Code: x',
    '—',
    'Start the agent',
    'Open Slapgrid',
    '—',
    'Quit',
  ]);
});

it('says that its settings are not kept, why, and what can be done', () => {
  const template = trayTemplate({ outlook: { phase: 'lost' }, unkept: 'disk-full' });
  const item = template.find((each) => 'id' in each && each.id === 'unkept');
  expect(item).toMatchObject({
    label: 'Settings of this application are not kept',
    submenu: [
      { label: expect.stringMatching(/^The disk is full\./u) },
      { label: 'Free some space. It is tried again by itself.' },
      { label: 'Code: disk-full' },
      { label: 'Try again', action: { do: 'keep-settings' } },
    ],
  });
});

it('cuts what the agent says at length', () => {
  const sentence = `${'word '.repeat(60)}end`;
  const shown = traySentence({ phase: 'failed', error: { code: 'x', sentence, nextStep: '' } });
  expect(shown.endsWith('word…')).toBe(true);
  expect(shown.length).toBeLessThan(140);
});

it.each<Outlook>([{ phase: 'lost' }, { phase: 'failed', error: FAILURE }])(
  'offers to start the agent when it is $phase',
  (outlook) => {
    expect(items(outlook).find(({ id }) => id === 'reconnect')?.action).toEqual({ do: 'reconnect' });
  },
);

describe('a computer that joined a master', () => {
  const connected = (agent: Parameters<typeof joinedTo>[0]): Outlook => ({ phase: 'connected', agent });
  const local = (agent: Parameters<typeof joinedTo>[0]): Outlook =>
    connected({ ...agent, agent: { ...agent.agent, mode: 'local' } });

  it('has the mode to choose, and says which it is', () => {
    const agent = joinedTo(stateWith(), {});
    const modes = (outlook: Outlook): unknown[] =>
      items(outlook)
        .filter(({ id }) => id.startsWith('mode-'))
        .map(({ label, checked, radio, action }) => [label, checked, radio, action]);
    expect(modes(connected(agent))).toEqual([
      ['Shared', true, true, { do: 'mode', mode: 'shared' }],
      ['Local', false, true, { do: 'mode', mode: 'local' }],
    ]);
    expect(modes(local(agent)).map((mode) => Array.isArray(mode) && mode[1])).toEqual([false, true]);
    expect(items(connected(agent)).some(({ id }) => id === 'join')).toBe(false);
  });

  it('says whose a service is, and leaves its start and its end to the master', () => {
    const outlook = connected(joinedTo(stateWith({ name: 'choir-db', ...FOR_ANA }), {}));
    expect(items(outlook).find(({ id }) => id === 'service-G-0')?.label).toBe('choir-db, for Ana');
    expect(submenuOf(outlook, 'G-0')).toEqual([['Open', { do: 'open', screen: '#/partition/slappart0' }]]);
  });

  it('offers to ask a master that does not answer, and says why it does not', () => {
    const outlook = connected(joinedTo(stateWith({}), failing('master-unreachable')));
    const master = items(outlook).find(({ id }) => id === 'master-M-0');
    const submenu = (master?.submenu ?? []).filter((item): item is Shown => !('separator' in item));
    expect(submenu.map(({ label, action }) => [label, action])).toEqual([
      ['It does not answer.', undefined],
      ['Ask now', { do: 'ask', master: 'M-0' }],
      ['Open', { do: 'open', screen: '#/settings' }],
    ]);
  });

  it.each([
    ['nobody uses it', [{}], {}, 'Ready to host. Nobody is using it now.'],
    ['somebody does', [FOR_ANA, FOR_ANA, {}], {}, 'Hosting 2 services.'],
    [
      'it cannot be reached',
      [FOR_ANA],
      failing('master-no-network'),
      'Hosting 1 service. It does not answer.',
    ],
    ['it cannot be reached, and nothing is hosted', [], failing('master-no-network'), 'It does not answer.'],
    [
      'what is hosted failed, which its master is told',
      [{ ...FOR_ANA, state: 'failed' as const }],
      {},
      'Ready to host. Nobody is using it now.',
    ],
  ])('says in its sentence that %s', (_what, instances, master, sentence) => {
    expect(traySentence(connected(joinedTo(stateWith(...instances), master)))).toBe(sentence);
  });

  it('says in Local what runs for its person', () => {
    const stopped = { ...FOR_ANA, state: 'stopped' as const };
    expect(traySentence(local(joinedTo(stateWith({}, stopped), { state: 'paused' })))).toBe(
      'Running 1 service, only for you.',
    );
  });
});
