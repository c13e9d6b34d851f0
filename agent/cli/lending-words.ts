/** Lending in words and in columns. */
import type { AuditEntry, LendingLimits, LendingView, LimitName } from '../api/contract-lending.ts';
import { LIMIT_NAMES } from '../lending/defaults.ts';
import { figure } from '../limits/limit-problem.ts';
import { missingFor } from '../lending/protections.ts';
import { shownName } from '../lending/shown-name.ts';
import { text } from '../messages.ts';
import { table } from './words.ts';

/** To whom it is lent, and to whom it could be. */
export function lendingSentence({ sharing, verdict }: Pick<LendingView, 'sharing' | 'verdict'>): string {
  return text('cli.lend.sentence', { sharing, verdict });
}

/** The verdict, and what is missing with its danger and its fix. */
export function lendingText(view: LendingView): string {
  const missing = missingFor(view.protections, 'everyone').flatMap(
    ({ title, detail, refuses, danger, fixes }) => [
      '',
      text('cli.lend.missing', { title, refuses: refuses ?? '' }),
      ...[detail, danger, ...fixes].filter((line) => line !== '').map((line) => `  ${line}`),
    ],
  );
  const held = view.protections.filter(({ refuses }) => refuses === null).map(({ title }) => title);
  return [
    lendingSentence(view),
    text('cli.lend.egress', { egress: view.egress }),
    ...missing,
    ...(held.length === 0 ? [] : ['', text('cli.lend.held', { held: held.join(', ') })]),
  ].join('\n');
}

/** Where what is hosted is reached, and where it could be. */
export function doorsText({ doorAddresses, ownAddresses }: LendingView): string {
  const own = ownAddresses.map(({ address, interface: name }) => [
    address,
    name,
    doorAddresses.includes(address) ? text('cli.doors.open') : '',
  ]);
  const away = doorAddresses
    .filter((address) => !ownAddresses.some((one) => one.address === address))
    .map((address) => [address, '', text('cli.doors.away')]);
  const heading = ['address', 'interface', 'doors'].map((key) => text(`cli.doors.column.${key}`));
  const addresses = doorAddresses.join(', ') || 'none';
  return [text('cli.doors.sentence', { addresses }), '', table([heading, ...own, ...away])].join('\n');
}

export function limitsText({ limits, mostPartitions, limitsHeld, used, backend }: LendingView): string {
  const heading = ['limit', 'together', 'each', 'used', 'held'].map((key) => text(`cli.lend.column.${key}`));
  const taken: Readonly<Partial<Record<LimitName, number | null>>> = used;
  const rows = LIMIT_NAMES.map((name) => [
    name,
    amountText(name, limits.together[name]),
    amountText(name, limits.each[name]),
    typeof taken[name] === 'number' ? amountText(name, taken[name]) : '',
    text(`cli.lend.how.${limitsHeld[name].held}`),
  ]);
  rows.push([
    'partitions',
    mostPartitions?.toLocaleString('en') ?? text('lending.no-limit'),
    '',
    used.partitions.toLocaleString('en'),
    text('cli.lend.how.admitted'),
  ]);
  return [table([heading, ...rows]), '', text('cli.lend.backend', { backend })].join('\n');
}

/** `2 GB`, `0.5`, `none`. */
export function amountText(name: LimitName, value: number | null): string {
  if (value === null) return text('lending.no-limit');
  return figure(name, value);
}

type Kind = 'bytes' | 'cpus' | 'count';

/** What an amount of it is written as. */
export function kindOf(name: LimitName | 'partitions'): Kind {
  if (name === 'cpus') return name;
  return name.toLowerCase().includes('bytes') ? 'bytes' : 'count';
}

const UNITS: Readonly<Record<string, number>> = { '': 1, b: 1, kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12 };

/** @returns undefined: it is no amount of that. */
export function parsedAmount(name: LimitName | 'partitions', words: string): number | null | undefined {
  const said = words.trim().toLowerCase();
  if (said === 'none') return null;
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/.exec(said);
  if (match === null) return undefined;
  const [, amount, unit = ''] = match;
  const kind = kindOf(name);
  if (kind === 'bytes') {
    const factor = UNITS[unit];
    return factor === undefined ? undefined : Math.round(Number(amount) * factor);
  }
  const value = Number(amount);
  return unit !== '' || (kind === 'count' && !Number.isInteger(value)) ? undefined : value;
}

export function withLimit(
  limits: LendingLimits,
  group: keyof LendingLimits,
  name: LimitName,
  value: number | null,
): LendingLimits {
  return { ...limits, [group]: { ...limits[group], [name]: value } };
}

/** Oldest first, as a log is read. */
export function auditText(entries: readonly AuditEntry[]): string {
  if (entries.length === 0) return text('cli.lend.no-decisions');
  return entries
    .toReversed()
    .map(
      ({ at, kind, sentence }) =>
        `${localTime(at)}  ${kind.padEnd('accepted'.length)}  ${shownName(sentence)}`,
    )
    .join('\n');
}

/** `2026-11-22 14:30:05`, by the clock of who reads it. */
function localTime(at: string): string {
  const time = new Date(at);
  const two = (value: number): string => String(value).padStart(2, '0');
  const date = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join('-');
  return `${date} ${[time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':')}`;
}
