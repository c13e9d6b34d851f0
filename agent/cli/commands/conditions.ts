/**
 * When what is hosted may run: `pause`, `resume`, `finish`, `conditions`, `conditions set`, `why`.
 */
import type { ConditionsView, Fact } from '../../api/contract-conditions.ts';
import type { AuditEntry } from '../../api/contract-lending.ts';
import { conditionNameSchema } from '../../api/contract-conditions.ts';
import { timeText } from '../../conditions/words.ts';
import { text } from '../../messages.ts';
import { answer, type CommandContext } from '../context.ts';
import { CommandError, EXIT, type ExitStatus } from '../exit-status.ts';
import { conditionsText } from '../conditions-words.ts';
import { ruleText, rulesWith } from '../rule-words.ts';
import { table } from '../words.ts';

const UNITS: Readonly<Record<string, number>> = { m: 1, h: 60, d: 24 * 60 };
const REFUSALS_LOOKED_AT = 200;
const REFUSALS_SHOWN = 10;

/** `pause [LENGTH]`: without a word, until somebody resumes. */
export async function pause(
  context: CommandContext,
  options: { length: string | undefined },
): Promise<ExitStatus> {
  const { length } = options;
  const until =
    length === undefined ? 'resumed' : length === 'tomorrow' ? length : minutesOf(length, 'pause');
  const connection = await context.connect();
  await connection.pause({ for: until });
  return tell(context, (await connection.state()).conditions);
}

/** `resume [--anyway LENGTH]`. */
export async function resume(
  context: CommandContext,
  options: { anyway?: string | true },
): Promise<ExitStatus> {
  const { anyway } = options;
  const forMinutes = anyway === undefined ? null : minutesOf(anyway === true ? '1h' : anyway, 'run');
  const connection = await context.connect();
  await connection.resume({ forMinutes });
  return tell(context, (await connection.state()).conditions);
}

/** `finish`: what runs is let end. */
export async function finish(context: CommandContext): Promise<ExitStatus> {
  const connection = await context.connect();
  await connection.finish();
  return tell(context, (await connection.state()).conditions);
}

/** `conditions`. */
export async function conditions(context: CommandContext): Promise<ExitStatus> {
  const connection = await context.connect();
  const [state, preview] = [await connection.state(), await connection.preview({ days: 1 })];
  const view = state.conditions;
  const words = [
    conditionsText(view, context.now()),
    '',
    ruleTable(view),
    '',
    ownText(view),
    preview.sentence,
  ];
  answer(context, { ...view, preview: preview.sentence }, words.join('\n'));
  return EXIT.done;
}

/** `conditions set RULE WORDS…`. */
export async function setCondition(
  context: CommandContext,
  options: { rule: string; words: readonly string[] },
): Promise<ExitStatus> {
  const connection = await context.connect();
  const before = (await connection.state()).conditions.rules;
  await connection.setRules(rulesWith(before, options.rule, options.words));
  const { conditions: view } = await connection.state();
  const preview = await connection.preview({ days: 1 });
  const words = [ruleTable(view), '', ownText(view), preview.sentence];
  answer(context, { rules: view.rules, preview: preview.sentence }, words.join('\n'));
  return EXIT.done;
}

/** `why`: all reasons of a pause, and what was refused. */
export async function why(context: CommandContext): Promise<ExitStatus> {
  const connection = await context.connect();
  const { conditions: view } = await connection.state();
  const entries = await connection.audit(REFUSALS_LOOKED_AT);
  const refused = entries.filter(({ kind }) => kind === 'refused').slice(0, REFUSALS_SHOWN);
  const { state, since, until, reasons, said } = view;
  answer(context, { state, since, until, reasons, said, refused }, whyText(view, refused, context.now()));
  return EXIT.done;
}

/** The longest that can be said, in minutes. */
const LONGEST = { pause: 31 * 24 * 60, run: 24 * 60 } as const;

function minutesOf(length: string, what: keyof typeof LONGEST): number {
  const [, amount = '', unit = 'm'] = /^(\d{1,5})([mhd])?$/.exec(length) ?? [];
  const minutes = Number(amount) * (UNITS[unit] ?? 1);
  if (amount === '' || minutes === 0) throw new CommandError(EXIT.usage, 'length-not-understood', { length });
  if (minutes > LONGEST[what]) throw new CommandError(EXIT.usage, 'length-too-long', { length, most: what });
  return minutes;
}

function tell(context: CommandContext, view: ConditionsView): ExitStatus {
  const { state, until, reasons, said } = view;
  answer(context, { state, until, reasons, said }, conditionsText(view, context.now()));
  return EXIT.done;
}

function ruleTable({ rules, facts }: ConditionsView): string {
  const heading = ['rule', 'when', 'now'].map((key) => text(`cli.conditions.column.${key}`));
  const rows = conditionNameSchema.options.map((condition) => {
    const fact = facts.find((each) => each.condition === condition);
    return [condition, ruleText(rules, condition), fact === undefined ? '' : factText(fact)];
  });
  return table([heading, ...rows]);
}

function factText({ sentence, source, pauses }: Fact): string {
  return text('cli.conditions.fact', {
    sentence,
    told: source === '' ? 'no' : 'yes',
    source,
    pauses: pauses ? 'yes' : 'no',
  });
}

function ownText({ rules: { own }, ownPaused }: ConditionsView): string {
  return text('cli.conditions.own', {
    amount: own.length,
    rules: own.join(', '),
    paused: ownPaused ? 'yes' : 'no',
  });
}

function whyText(view: ConditionsView, refused: readonly AuditEntry[], now: number): string {
  const lines = refused.map(({ at, sentence }) => `  ${timeText(Date.parse(at), now)}  ${sentence}`);
  return [
    conditionsText(view, now),
    '',
    ...(lines.length === 0 ? [text('cli.why.none-refused')] : [text('cli.why.refused'), ...lines]),
  ].join('\n');
}
