import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ConditionsView, Reason } from '../../../agent/api/contract-conditions.ts';
import { untoldConditions } from '../../../agent/conditions/defaults.ts';
import type { Outlook } from '../../../main/outlook.ts';
import { trayIcon } from '../../../main/tray/icon.ts';
import { traySentence, trayTemplate, type TrayItem } from '../../../main/tray/template.ts';
import { FOR_ANA, joinedTo, stateWith } from './state.ts';

type Shown = Exclude<TrayItem, { separator: true }>;

const PANEL = { platform: 'linux', shade: 'unknown', scaleFactor: 1 } as const;

const BATTERY: Reason = {
  cause: 'battery',
  sentence: 'on battery',
  ends: 'ends when plugged in',
  until: null,
  action: 'freeze',
};
const BUSY: Reason = {
  ...BATTERY,
  cause: 'activity',
  sentence: 'you are busy',
  ends: 'ends after 10 quiet minutes',
};
const SCHEDULE: Reason = {
  ...BATTERY,
  cause: 'schedule',
  sentence: 'out of its hours',
  ends: 'ends at 18:00',
  until: '2026-11-23T18:00:00.000Z',
};
const PERSON: Reason = {
  ...BATTERY,
  cause: 'person',
  sentence: 'by you',
  ends: 'ends at 15:10',
  until: '2026-11-23T15:10:00.000Z',
};

beforeEach(() => {
  vi.stubEnv('TZ', 'UTC');
  vi.useFakeTimers({ now: Date.UTC(2026, 10, 23, 14), toFake: ['Date'] });
});
afterEach(() => {
  vi.unstubAllEnvs();
  vi.useRealTimers();
});

function sharedWith(conditions: Partial<ConditionsView>, mode: 'shared' | 'local' = 'shared'): Outlook {
  const state = joinedTo(
    stateWith({ name: 'cache' }, { name: 'club-site', ...FOR_ANA, state: 'frozen' }),
    {},
  );
  return {
    phase: 'connected',
    agent: {
      ...state,
      agent: { ...state.agent, mode },
      conditions: { ...untoldConditions(), ...conditions },
    },
  };
}

function paused(...reasons: Reason[]): Outlook {
  const until = reasons.some((reason) => reason.until === null) ? null : (reasons.at(-1)?.until ?? null);
  const said = reasons.some(({ cause }) => cause === 'person')
    ? ({ kind: 'pause', until: null } as const)
    : null;
  return sharedWith({ state: 'paused', reasons, until, said });
}

function items(outlook: Outlook): Shown[] {
  return trayTemplate({ outlook, unkept: null }).filter((item): item is Shown => !('separator' in item));
}

function submenu(outlook: Outlook, id: string): [string, unknown][] {
  const found = items(outlook).find((item) => item.id === id)?.submenu ?? [];
  return found
    .filter((item): item is Shown => !('separator' in item))
    .map(({ label, action }) => [label, action]);
}

const labels = (outlook: Outlook): string[] => items(outlook).map(({ label }) => label);

describe('while it hosts', () => {
  it('can be paused, for as long as there are words for, or finished', () => {
    expect(submenu(sharedWith({}), 'pause')).toEqual([
      ['15 minutes', { do: 'pause', for: 15 }],
      ['1 hour', { do: 'pause', for: 60 }],
      ['Until tomorrow', { do: 'pause', for: 'tomorrow' }],
      ['Until I say', { do: 'pause', for: 'resumed' }],
      ['Finish: let what runs end', { do: 'finish' }],
    ]);
  });

  it('has nothing to pause in Local', () => {
    expect(labels(sharedWith({}, 'local'))).not.toContain('Pause');
    expect(traySentence(sharedWith({ state: 'paused', reasons: [BATTERY] }, 'local'))).toBe(
      'Running 1 service, only for you.',
    );
  });

  it('follows the conditions again after it ran whatever they say', () => {
    const outlook = sharedWith({ said: { kind: 'run', until: null } });
    expect(items(outlook).find(({ id }) => id === 'resume')).toMatchObject({
      label: 'Follow the conditions again',
      action: { do: 'resume', forMinutes: null },
    });
    expect(labels(outlook)).toContain('Pause');
  });

  it('says how many are left while it finishes, and can be resumed', () => {
    const outlook = sharedWith({ state: 'finishing', said: { kind: 'finish', until: null } });
    expect(traySentence(outlook)).toBe('Finishing: nothing for others is left.');
    expect(labels(outlook)).toContain('Resume');
  });
});

describe('while it is paused', () => {
  it.each<[Reason[], string, string | undefined]>([
    [[BATTERY], 'Paused: on battery.', undefined],
    [[BATTERY, BUSY], 'Paused: on battery, and you are busy.', undefined],
    [[BATTERY, BUSY, SCHEDULE], 'Paused: on battery, and you are busy.', 'at the earliest'],
    [[SCHEDULE], 'Paused: out of its hours.', 'Resumes at'],
    [[PERSON, BATTERY], 'Paused: by you, and on battery.', 'at the earliest'],
  ])('says why: %j', (reasons, sentence, next) => {
    const outlook = paused(...reasons);
    expect(traySentence(outlook)).toBe(sentence);
    const shown = items(outlook).find(({ id }) => id === 'next')?.label;
    if (next === undefined) expect(shown).toBeUndefined();
    else expect(shown).toContain(next);
  });

  it('says by whom and until when', () => {
    expect(traySentence(paused(PERSON))).toMatch(/^Paused by you until .*10.*\.$/);
    expect(traySentence(paused({ ...PERSON, until: null }))).toBe('Paused by you.');
    expect(traySentence(paused({ ...PERSON, until: '2026-11-27T06:00:00.000Z' }))).toMatch(/until Fri /);
    // The name of a day that far away would be taken for the next one of that name.
    expect(traySentence(paused({ ...PERSON, until: '2026-12-11T06:00:00.000Z' }))).toMatch(
      /until (Dec 11|11 Dec) /,
    );
  });

  it('can be resumed anyway, and tells all reasons with their ends', () => {
    const outlook = paused(BATTERY, BUSY, SCHEDULE);
    expect(items(outlook).find(({ id }) => id === 'resume-anyway')).toMatchObject({
      label: 'Resume anyway for 1 hour',
      action: { do: 'resume', forMinutes: 60 },
    });
    expect(submenu(outlook, 'why-paused')).toEqual([
      ['on battery, ends when plugged in', undefined],
      ['you are busy, ends after 10 quiet minutes', undefined],
      ['out of its hours, ends at 18:00', undefined],
    ]);
    expect(labels(outlook)).not.toContain('Resume');
  });

  it('can just be resumed where its person alone said so', () => {
    expect(labels(paused(PERSON))).toContain('Resume');
    expect(labels(paused(PERSON))).not.toContain('Resume anyway for 1 hour');
  });

  it('names what is frozen', () => {
    expect(labels(paused(BATTERY))).toContain('club-site, for Ana: frozen');
  });

  it('has its icon, unless something needs somebody', () => {
    const icon = (outlook: Outlook): unknown => trayIcon(outlook, PANEL).files[0]?.name;
    expect(icon(paused(BATTERY))).toBe('tray-paused-22-mono-on-any.png');
    expect(icon(sharedWith({ state: 'paused', reasons: [BATTERY] }, 'local'))).toBe(
      'tray-local-22-mono-on-any.png',
    );
    expect(icon(sharedWith({ state: 'finishing' }))).toBe('tray-hosting-22-mono-on-any.png');
  });
});
