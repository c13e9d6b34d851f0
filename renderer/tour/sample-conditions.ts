/** What the tour shows of conditions: a considerate laptop with a schedule, a day like any other, and what rules make of it. */
import type {
  ConditionName,
  ConditionsView,
  Preview,
  PreviewSegment,
  Reason,
  Rules,
} from '../../agent/api/contract-conditions.ts';
import { durationText } from '../words/amounts.ts';
import { tourText } from './words.ts';

const HOUR = 3_600_000;
const WEEKDAY = '111111111111000000111110';
const WEEKEND = '111111111111111111111110';

export function sampleRules(): Rules {
  return {
    battery: { enabled: true, action: 'freeze', belowPercent: 100 },
    activity: { enabled: true, action: 'freeze', minutes: 10, loadPercent: 40 },
    load: { enabled: false, action: 'freeze', percent: 80 },
    metered: { enabled: true, action: 'freeze' },
    temperature: { enabled: true, action: 'freeze', celsius: 80 },
    disk: { enabled: true, action: 'stop', freeBytes: 2_000_000_000 },
    fullscreen: { enabled: false, action: 'freeze' },
    schedule: {
      enabled: true,
      action: 'freeze',
      hours: [WEEKDAY, WEEKDAY, WEEKDAY, WEEKDAY, WEEKDAY, WEEKEND, WEEKEND],
    },
    own: [],
  };
}

const FACTS = [
  ['battery', 'UPower'],
  ['activity', 'logind'],
  ['load', '/proc/stat'],
  ['metered', 'NetworkManager'],
  ['temperature', '/sys/class/thermal'],
  ['disk', 'statfs'],
  ['fullscreen', ''],
  ['schedule', ''],
] as const satisfies readonly (readonly [ConditionName, string])[];

export function sampleConditions(now: number): ConditionsView {
  return {
    state: 'running',
    since: new Date(now - HOUR).toISOString(),
    until: null,
    reasons: [],
    said: null,
    ownPaused: false,
    rules: sampleRules(),
    facts: FACTS.map(([condition, source]) => ({
      condition,
      known: condition !== 'fullscreen',
      sentence: tourText(`page-tour.fact.${condition}`),
      source,
      pauses: false,
    })),
  };
}

/** @param until milliseconds since the epoch; null: until they resume. */
export function samplePauseReason(until: number | null, time: string): Reason {
  return {
    cause: 'person',
    sentence: tourText('page-tour.reason.person'),
    ends: until === null ? tourText('page-tour.ends.person') : tourText('page-tour.ends.until', { time }),
    until: until === null ? null : new Date(until).toISOString(),
    action: 'freeze',
  };
}

/** Hours of a day, from and to, in which something was against it; the weekday moves them a little. */
const AGAINST: readonly [condition: Exclude<ConditionName, 'schedule'>, from: number, to: number][] = [
  ['battery', 6.9, 8.5],
  ['activity', 9.4, 11.6],
  ['metered', 13.1, 13.6],
  ['load', 15, 16.2],
  ['temperature', 19.4, 19.7],
];

/**
 * What rules would have meant in the last days.
 * @param knownDays how many days before today were recorded.
 */
export function samplePreview(rules: Rules, now: number, days: number, knownDays = 6.4): Preview {
  const knownFrom = now - knownDays * 24 * HOUR;
  const today = new Date(now);
  const shown = Array.from({ length: days + 1 }, (_, place) => {
    const back = days - place;
    const [year, month, date] = [today.getFullYear(), today.getMonth(), today.getDate() - back];
    const begin = new Date(year, month, date);
    const end = Math.min(now, new Date(year, month, date + 1).getTime());
    const segments = segmentsOf(rules, begin, end, knownFrom);
    const secondsOf = (state: PreviewSegment['state']): number =>
      segments
        .filter((segment) => segment.state === state)
        .reduce((sum, { from, to }) => sum + (Date.parse(to) - Date.parse(from)) / 1000, 0);
    return {
      date: [begin.getFullYear(), begin.getMonth() + 1, begin.getDate()]
        .map((part) => String(part).padStart(2, '0'))
        .join('-'),
      segments,
      runningSeconds: secondsOf('running'),
      pausedSeconds: secondsOf('paused'),
    };
  });
  const seconds = shown.at(-2)?.runningSeconds ?? 0;
  const never = rules.schedule.enabled && !rules.schedule.hours.some((day) => day.includes('1'));
  return {
    knownFrom: new Date(knownFrom).toISOString(),
    days: shown,
    sentence: tourText('page-tour.preview', {
      minutes: Math.round(seconds / 60),
      duration: durationText(seconds),
    }),
    never: never ? tourText('page-tour.never') : null,
  };
}

function segmentsOf(rules: Rules, begin: Date, end: number, knownFrom: number): PreviewSegment[] {
  const from = begin.getTime();
  const weekday = (begin.getDay() + 6) % 7;
  const at = (hour: number): number => from + hour * HOUR;
  const turns = new Set([from, end, knownFrom]);
  const against = AGAINST.filter(([condition]) => rules[condition].enabled).map(
    ([condition, first, last]) => ({ condition, from: at(first + weekday / 9), to: at(last + weekday / 7) }),
  );
  for (const each of against) turns.add(each.from).add(each.to);
  for (let hour = 1; hour < 24; hour += 1) turns.add(at(hour));
  const moments = [...turns]
    .filter((moment) => moment >= from && moment <= end)
    .toSorted((one, other) => one - other);
  return moments.slice(0, -1).map((moment, place) => {
    const next = moments[place + 1] ?? end;
    const open = rules.schedule.hours[weekday]?.[Math.floor((moment - from) / HOUR)] !== '0';
    const reasons: ConditionName[] = against
      .filter((each) => moment >= each.from && moment < each.to)
      .map(({ condition }) => condition);
    if (rules.schedule.enabled && !open) reasons.push('schedule');
    const known = moment >= knownFrom;
    return {
      from: new Date(moment).toISOString(),
      to: new Date(next).toISOString(),
      state: known ? (reasons.length > 0 ? 'paused' : 'running') : 'unknown',
      reasons: known ? reasons : [],
    };
  });
}
