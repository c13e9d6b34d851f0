/** Rules in plain words: `battery below 50`, `schedule mon-fri 18-24`, `own battery`. */
import {
  conditionNameSchema,
  rulesSchema,
  type ConditionName,
  type Rules,
} from '../api/contract-conditions.ts';
import type { z } from 'zod';
import { text } from '../messages.ts';
import { CommandError, EXIT } from './exit-status.ts';

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const HOURS_A_DAY = 24;
const GIGABYTE = 1_000_000_000;

const OPPOSITES = [
  ['on', 'off'],
  ['freeze', 'stop'],
] as const;

/** What a number after such a word sets, for rules that have one. */
const NUMBERS: Readonly<
  Partial<Record<ConditionName, Readonly<Record<string, (rules: Rules, value: number) => Rules>>>>
> = {
  battery: {
    below: (rules, belowPercent) => ({ ...rules, battery: { ...rules.battery, belowPercent } }),
  },
  activity: {
    minutes: (rules, minutes) => ({ ...rules, activity: { ...rules.activity, minutes } }),
    above: (rules, loadPercent) => ({ ...rules, activity: { ...rules.activity, loadPercent } }),
  },
  load: { above: (rules, percent) => ({ ...rules, load: { ...rules.load, percent } }) },
  temperature: {
    above: (rules, celsius) => ({ ...rules, temperature: { ...rules.temperature, celsius } }),
  },
  disk: {
    below: (rules, gigabytes) => ({
      ...rules,
      disk: { ...rules.disk, freeBytes: Math.round(gigabytes * GIGABYTE) },
    }),
  },
};

/** @throws CommandError that names the word that is not understood. */
export function rulesWith(rules: Rules, name: string, words: readonly string[]): Rules {
  if (name === 'own') return { ...rules, own: ownOf(words) };
  const condition = conditionNameSchema.safeParse(name);
  if (!condition.success) throw notUnderstood(name);
  if (words.length === 0) throw new CommandError(EXIT.usage, 'rule-without-words', { rule: name });
  const contradiction = OPPOSITES.find((pair) => pair.every((each) => words.includes(each)));
  if (contradiction !== undefined) {
    const [one, other] = contradiction;
    throw new CommandError(EXIT.usage, 'rule-contradicts', { one, other });
  }
  let changed = turned(rules, condition.data, true);
  const rest = [...words];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    changed = follow(changed, condition.data, word, rest);
  }
  const checked = rulesSchema.safeParse(changed);
  if (!checked.success) throw outOfRange(words.join(' '), checked.error.issues[0]);
  return changed;
}

function follow(rules: Rules, condition: ConditionName, word: string, rest: string[]): Rules {
  if (word === 'on' || word === 'off') return turned(rules, condition, word === 'on');
  if (word === 'freeze' || word === 'stop') {
    return { ...rules, [condition]: { ...rules[condition], action: word } };
  }
  if (condition === 'battery' && word === 'always') {
    return { ...rules, battery: { ...rules.battery, belowPercent: 100 } };
  }
  const set = NUMBERS[condition]?.[word];
  const value = rest[0];
  if (set !== undefined && value !== undefined) {
    rest.shift();
    if (!/^-?\d+(?:\.\d+)?$/.test(value)) throw notUnderstood(value);
    return set(rules, Number(value));
  }
  if (condition === 'schedule') {
    // The first days that are named replace what was there; a line says the whole week.
    const hours = hoursOf([word, ...rest]);
    rest.length = 0;
    return { ...rules, schedule: { ...rules.schedule, hours } };
  }
  throw notUnderstood(word);
}

function turned(rules: Rules, condition: ConditionName, enabled: boolean): Rules {
  return { ...rules, [condition]: { ...rules[condition], enabled } };
}

function ownOf(words: readonly string[]): ConditionName[] {
  if (words.length === 1 && words[0] === 'none') return [];
  if (words.length === 0) throw new CommandError(EXIT.usage, 'rule-without-words', { rule: 'own' });
  return words.map((word) => {
    const condition = conditionNameSchema.safeParse(word);
    if (!condition.success) throw notUnderstood(word);
    return condition.data;
  });
}

/** `mon-fri 18-24 sat,sun 0-24`: days, then hours of them; from 22 to 6 goes across midnight. */
function hoursOf(words: readonly string[]): string[] {
  const open = DAYS.map(() => Array.from({ length: HOURS_A_DAY }, () => false));
  if (words.length % 2 === 1) throw notUnderstood(words.at(-1) ?? '');
  for (let index = 0; index < words.length; index += 2) {
    const days = daysOf(words[index] ?? '');
    for (const span of (words[index + 1] ?? '').split(',')) {
      const [from, to] = spanOf(span);
      for (const day of days) mark(open, day, from, to);
    }
  }
  return open.map((day) => day.map((isOpen) => (isOpen ? '1' : '0')).join(''));
}

function mark(open: boolean[][], day: number, from: number, to: number): void {
  const end = to <= from ? to + HOURS_A_DAY : to;
  for (let hour = from; hour < end; hour += 1) {
    const row = open[(day + Math.floor(hour / HOURS_A_DAY)) % DAYS.length];
    if (row !== undefined) row[hour % HOURS_A_DAY] = true;
  }
}

function daysOf(word: string): number[] {
  if (word === 'every') return DAYS.map((_, day) => day);
  return word.split(',').flatMap((part) => {
    const [first = '', last = first] = part.split('-');
    const [from, to] = [dayOf(first), dayOf(last)];
    const length = ((to - from + DAYS.length) % DAYS.length) + 1;
    return Array.from({ length }, (_, index) => (from + index) % DAYS.length);
  });
}

function dayOf(word: string): number {
  const day = DAYS.findIndex((name) => name === word.toLowerCase());
  if (day === -1) throw notUnderstood(word);
  return day;
}

function spanOf(word: string): [number, number] {
  const [, from = '', to = ''] = /^(\d{1,2})-(\d{1,2})$/.exec(word) ?? [];
  const span: [number, number] = [Number(from), Number(to)];
  if (from === '' || span[0] >= HOURS_A_DAY || span[1] > HOURS_A_DAY || span[0] === span[1]) {
    throw notUnderstood(word);
  }
  return span;
}

function notUnderstood(word: string): CommandError {
  return new CommandError(EXIT.usage, 'rule-not-understood', { word });
}

/** The numbers that people say are those of the schema, but of the free disk: what of that is too little is so in any unit. */
function outOfRange(words: string, issue: z.core.$ZodIssue | undefined): CommandError {
  switch (issue?.code) {
    case 'too_big':
      return new CommandError(EXIT.usage, 'rule-out-of-range', {
        words,
        bound: 'most',
        value: Number(issue.maximum),
      });
    case 'too_small':
      return new CommandError(EXIT.usage, 'rule-out-of-range', {
        words,
        bound: issue.inclusive === false ? 'more' : 'least',
        value: Number(issue.minimum),
      });
    default:
      return new CommandError(EXIT.usage, 'rule-out-of-range', { words, bound: 'whole', value: 0 });
  }
}

/** `mon-fri 18-24 sat-sun 0-24`, as it can be said; null: no hour is marked. */
function hoursText(hours: readonly string[]): string | null {
  const runs: { first: number; last: number; spans: string }[] = [];
  for (const [day, marks] of hours.entries()) {
    const spans = [...marks.matchAll(/1+/g)]
      .map(({ index, 0: { length } }) => `${index}-${index + length}`)
      .join(',');
    const before = runs.at(-1);
    if (before?.spans === spans) before.last = day;
    else runs.push({ first: day, last: day, spans });
  }
  const words = runs.filter(({ spans }) => spans !== '').map((run) => `${daysText(run)} ${run.spans}`);
  return words.length === 0 ? null : words.join(' ');
}

function daysText({ first, last }: { first: number; last: number }): string {
  if (last - first === DAYS.length - 1) return 'every';
  return first === last ? `${DAYS[first]}` : `${DAYS[first]}-${DAYS[last]}`;
}

/** A rule as a person reads it, and as it can be set again. */
export function ruleText(rules: Rules, condition: ConditionName): string {
  const { battery, activity, load, temperature, disk, schedule } = rules;
  return text(`cli.conditions.rule.${condition}`, {
    enabled: rules[condition].enabled ? 'yes' : 'no',
    action: rules[condition].action,
    whatever: battery.belowPercent === 100 ? 'yes' : 'no',
    charge: battery.belowPercent,
    minutes: activity.minutes,
    busy: activity.loadPercent,
    load: load.percent,
    celsius: temperature.celsius,
    gigabytes: disk.freeBytes / GIGABYTE,
    hours: hoursText(schedule.hours) ?? 'none',
  });
}
