/**
 * What this computer is lent for: `lend`, `limits`, `egress`, `audit`.
 */
import type { Egress, LendingLimits, LendingView, LimitName, Sharing } from '../../api/contract-lending.ts';
import { LIMIT_NAMES } from '../../lending/defaults.ts';
import { text } from '../../messages.ts';
import { isIPv4 } from 'node:net';
import { answer, type CommandContext } from '../context.ts';
import { CommandError, EXIT, type ExitStatus } from '../exit-status.ts';
import {
  auditText,
  doorsText,
  kindOf,
  lendingSentence,
  lendingText,
  limitsText,
  parsedAmount,
  withLimit,
} from '../lending-words.ts';

/** `lend [WHOM]`: without a word, the verdict and what is missing. */
export async function lend(
  context: CommandContext,
  { sharing }: { sharing: Sharing | undefined },
): Promise<ExitStatus> {
  const connection = await context.connect();
  if (sharing !== undefined) {
    await connection.setSharing(sharing);
    // The page would begin by saying that only its owner can start something here; where this cannot be kept, it does.
    await connection.finishFirstRun().catch(() => undefined);
  }
  const { lending } = await connection.state();
  answer(context, lending, sharing === undefined ? lendingText(lending) : lendingSentence(lending));
  return EXIT.done;
}

/** `limits`. */
export async function limits(context: CommandContext): Promise<ExitStatus> {
  const { lending } = await (await context.connect()).state();
  answer(context, limitsDocument(lending), limitsText(lending));
  return EXIT.done;
}

/** `doors [ADDRESS...]`: `local` is this computer only. */
export async function doors(
  context: CommandContext,
  { addresses }: { addresses: readonly string[] },
): Promise<ExitStatus> {
  const connection = await context.connect();
  const isLocal = addresses.length === 1 && addresses[0] === 'local';
  if (addresses.length > 0) {
    const wrong = addresses.find((address) => !isIPv4(address));
    if (!isLocal && wrong !== undefined)
      throw new CommandError(EXIT.usage, 'door-address-invalid', { address: wrong });
    await connection.setDoorAddresses(isLocal ? [] : addresses);
  }
  const { lending } = await connection.state();
  const { doorAddresses, ownAddresses } = lending;
  answer(context, { doorAddresses, ownAddresses }, doorsText(lending));
  return EXIT.done;
}

/** `limits set together.cpus 1`; `limits set partitions 3`. */
export async function setLimit(
  context: CommandContext,
  { limit, value }: { limit: string; value: string },
): Promise<ExitStatus> {
  if (limit === 'partitions') return setMostPartitions(context, value);
  const { group, name } = limitCalled(limit);
  const amount = parsedAmount(name, value);
  if (amount === undefined) throw noAmount(value, name);
  const connection = await context.connect();
  const before = (await connection.state()).lending;
  await connection.setLimits(withLimit(before.limits, group, name, amount));
  const { lending } = await connection.state();
  answer(context, limitsDocument(lending), limitsText(lending));
  return EXIT.done;
}

async function setMostPartitions(context: CommandContext, value: string): Promise<ExitStatus> {
  const most = parsedAmount('partitions', value);
  if (most === undefined) throw noAmount(value, 'partitions');
  const connection = await context.connect();
  await connection.setMostPartitions(most);
  const { lending } = await connection.state();
  answer(context, limitsDocument(lending), limitsText(lending));
  return EXIT.done;
}

/** `egress [RULE]`. */
export async function egress(
  context: CommandContext,
  { rule }: { rule: Egress | undefined },
): Promise<ExitStatus> {
  const connection = await context.connect();
  if (rule !== undefined) await connection.setEgress(rule);
  const { lending } = await connection.state();
  const protection = lending.protections.find(({ name }) => name === 'egress');
  const lines = [
    text('cli.lend.egress', { egress: lending.egress }),
    ...(protection === undefined || protection.held === 'kernel'
      ? []
      : [protection.detail, ...protection.fixes]),
  ];
  answer(context, { egress: lending.egress, held: protection?.held ?? 'none' }, lines.join('\n'));
  return EXIT.done;
}

/** `audit`: what was decided about others. */
export async function audit(context: CommandContext, { lines }: { lines: number }): Promise<ExitStatus> {
  const entries = await (await context.connect()).audit(lines);
  answer(context, entries, auditText(entries));
  return EXIT.done;
}

function limitCalled(word: string): { group: keyof LendingLimits; name: LimitName } {
  const [group, called] = word.split('.');
  const name = LIMIT_NAMES.find((each) => each === called);
  if ((group !== 'together' && group !== 'each') || name === undefined)
    throw new CommandError(EXIT.usage, 'lending-limit-unknown', {
      limit: word,
      names: ['partitions', ...LIMIT_NAMES].join(', '),
    });
  return { group, name };
}

function noAmount(value: string, name: LimitName | 'partitions'): CommandError {
  return new CommandError(EXIT.usage, 'lending-limit-value', { value, kind: kindOf(name) });
}

function limitsDocument(view: LendingView): unknown {
  const { limits: chosen, mostPartitions, limitsHeld, used, room, backend } = view;
  return { limits: chosen, mostPartitions, limitsHeld, used, room, backend };
}
