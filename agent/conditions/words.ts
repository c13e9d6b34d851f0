/** Facts and reasons in words. */
import type { ConditionName, Fact, Reason, Rules } from '../api/contract-conditions.ts';
import { text } from '../messages.ts';
import type { Facts, Sources } from './facts.ts';
import { CONDITIONS } from './holds.ts';
import type { Cause } from './policy.ts';
import { isOpen, nextChange } from './schedule.ts';

/** All facts, each with whether what is hosted is held back for it. */
export function factViews(given: {
  facts: Facts;
  sources: Sources;
  rules: Rules;
  /** Rules that hold back now. */
  holding: readonly ConditionName[];
  now: number;
}): Fact[] {
  const { facts, sources, rules, holding, now } = given;
  return CONDITIONS.map((condition) => {
    const sentence = sentenceOf(condition, facts, rules, now);
    return {
      condition,
      known: sentence !== null,
      sentence: sentence ?? text('conditions.fact.unknown'),
      source: sentence === null ? '' : (sources[condition] ?? ''),
      pauses: holding.includes(condition),
    };
  });
}

/** null: not known. */
function sentenceOf(condition: ConditionName, facts: Facts, rules: Rules, now: number): string | null {
  switch (condition) {
    case 'battery': {
      const { battery } = facts;
      if (battery === null) return null;
      const { percent, present, onBattery } = battery;
      const kind = present ? (onBattery ? 'on' : 'plugged') : 'none';
      return text('conditions.fact.battery', {
        kind,
        known: percent === null ? 'no' : 'yes',
        percent: percent ?? 0,
      });
    }
    case 'activity': {
      if (facts.activeAt === null) return null;
      return text('conditions.fact.activity', {
        minutes: Math.max(0, Math.floor((now - facts.activeAt) / 60_000)),
      });
    }
    case 'load':
      return facts.loadPercent === null ? null : text('conditions.fact.load', { percent: facts.loadPercent });
    case 'metered':
      return facts.metered === null
        ? null
        : text('conditions.fact.metered', { metered: facts.metered ? 'yes' : 'no' });
    case 'temperature':
      return facts.celsius === null ? null : text('conditions.fact.temperature', { celsius: facts.celsius });
    case 'disk':
      return facts.freeBytes === null
        ? null
        : text('conditions.fact.disk', { gigabytes: gigabytes(facts.freeBytes) });
    case 'fullscreen':
      return facts.fullscreen === null
        ? null
        : text('conditions.fact.fullscreen', { on: facts.fullscreen ? 'yes' : 'no' });
    default: {
      const { hours } = rules.schedule;
      const changes = nextChange(hours, now);
      return text('conditions.fact.schedule', {
        open: isOpen(hours, now) ? 'yes' : 'no',
        changes: changes === null ? 'no' : 'yes',
        time: changes === null ? '' : timeText(changes, now),
      });
    }
  }
}

export function reasonOf({ name, until, action }: Cause, rules: Rules, now: number): Reason {
  return {
    cause: name,
    sentence: text(`conditions.reason.${name}`),
    ends: until === null ? endsOf(name, rules) : text('conditions.ends.at', { time: timeText(until, now) }),
    until: until === null ? null : new Date(until).toISOString(),
    action,
  };
}

function endsOf(name: Cause['name'], rules: Rules): string {
  const { battery, activity, load, temperature, disk } = rules;
  return text(`conditions.ends.${name}`, {
    whatever: battery.belowPercent === 100 ? 'yes' : 'no',
    charge: Math.min(100, battery.belowPercent + 5),
    minutes: activity.minutes,
    load: load.percent,
    celsius: temperature.celsius,
    gigabytes: gigabytes(disk.freeBytes),
  });
}

/** “Paused: on battery, and you are busy.”: two reasons at most, the worst first. */
export function pausedSentence(
  reasons: readonly Pick<Reason, 'cause' | 'sentence' | 'until'>[],
  now: number,
): string {
  const [first, second] = reasons;
  if (first === undefined) return '';
  if (first.cause === 'person' && second === undefined) {
    const until = first.until === null ? null : Date.parse(first.until);
    return text('conditions.paused.person', {
      known: until === null ? 'no' : 'yes',
      time: until === null ? '' : timeText(until, now),
    });
  }
  return text('conditions.paused', {
    first: first.sentence,
    more: second === undefined ? 'no' : 'yes',
    second: second?.sentence ?? '',
  });
}

/** For who is not at this computer: the same reasons, all of them. */
export function pausedForOthers(causes: readonly Cause[]): string {
  const reasons = causes.map(({ name }) => text(`conditions.others.${name}`)).join(', ');
  return text('conditions.others', { reasons });
}

const DAY = 86_400_000;
/** Farther away the name of a day would be taken for another. */
const NAMED_DAYS = 6;

/** `15:10`; of another day, `Tue 06:00`; of one that is far away, `7 Dec 06:00`. */
export function timeText(at: number, now: number): string {
  const date = new Date(at);
  const time = date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  if (date.toDateString() === new Date(now).toDateString()) return time;
  const isNear = Math.abs(at - now) < NAMED_DAYS * DAY;
  const day = date.toLocaleDateString(
    'en-GB',
    isNear ? { weekday: 'short' } : { day: 'numeric', month: 'short' },
  );
  return `${day} ${time}`;
}

/** `1,234`, `12`, `3.4`; as Intl writes it, which would read the numbers of all languages for it, with every look. */
function gigabytes(bytes: number): string {
  const amount = bytes / 1e9;
  const digits = amount < 10 ? amount.toFixed(1).replace(/\.0$/u, '') : amount.toFixed(0);
  return digits.replace(/\d(?=(?:\d{3})+$)/gu, '$&,');
}
