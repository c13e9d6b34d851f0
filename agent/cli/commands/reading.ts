/**
 * Commands that only look: `status`, `service list`, `service info`, `logs`, `link`, `proxy url`.
 */
import type { AgentState, MasterUrlScope } from '../../api/contract.ts';
import { text } from '../../messages.ts';
import { answer, errorText, jsonText, type CommandContext } from '../context.ts';
import { conditionsText } from '../conditions-words.ts';
import { serviceInfoDocument, serviceListDocument, statusDocument } from '../documents.ts';
import { CommandError, EXIT, type ExitStatus } from '../exit-status.ts';
import { lendingSentence } from '../lending-words.ts';
import { instanceNamed, instancesOf } from '../state-tree.ts';
import { activityText, masterTable, modeSentence, stateSentence, table } from '../words.ts';

/** `status`. */
export async function status(context: CommandContext): Promise<ExitStatus> {
  const state = await (await context.connect()).state();
  answer(context, statusDocument(state), statusText(state, context.now()));
  return EXIT.done;
}

function statusText(state: AgentState, now: number): string {
  // Whom each partition serves is a question only where there are several.
  const titles = new Map(state.masters.map(({ id, title }) => [id, title]));
  const serves = (master: string): string[] =>
    titles.size === 0 ? [] : [titles.get(master) ?? text('cli.master.local')];
  const rows = state.partitions.flatMap(({ id, address, master, instance }) =>
    instance === null
      ? []
      : [[instance.name, instance.softwareTitle, id, address, ...serves(master), activityText(instance)]],
  );
  const columns = [
    'name',
    'software',
    'partition',
    'address',
    ...(titles.size === 0 ? [] : ['master']),
    'state',
  ];
  const heading = columns.map((key) => text(`cli.column.${key}`));
  return [
    stateSentence(state),
    ...haltText(state, now),
    ...(rows.length === 0 ? [] : ['', table([heading, ...rows]), '']),
    text('cli.status.partitions', {
      total: state.partitions.length,
      free: state.partitions.length - rows.length,
    }),
    modeSentence(state),
    lendingSentence(state.lending),
    ...(titles.size === 0 ? [] : ['', masterTable(state)]),
    ...state.agent.notices.map((notice) => `\n${errorText(notice)}`),
  ].join('\n');
}

/** Why what could run does not. What nobody uses, and nobody spoke of, is no news. */
function haltText({ conditions, partitions }: AgentState, now: number): string[] {
  const { state, said, ownPaused } = conditions;
  const isNews =
    said !== null || ownPaused || partitions.some(({ instance }) => instance?.owner.kind === 'other');
  return state !== 'running' && isNews ? [conditionsText(conditions, now)] : [];
}

/** `service list`: upstream's document in any case. */
export async function serviceList(context: CommandContext): Promise<ExitStatus> {
  const state = await (await context.connect()).state();
  context.terminal.result(jsonText(serviceListDocument(instancesOf(state))));
  return EXIT.done;
}

/** `service info NAME`: upstream's document in any case; an unknown name is {@link EXIT.usage}, as upstream's. */
export async function serviceInfo(
  context: CommandContext,
  options: { name: string; news?: boolean },
): Promise<ExitStatus> {
  const state = await (await context.connect()).state();
  const instance = instanceNamed(state, options.name);
  if (instance === undefined) throw new CommandError(EXIT.usage, 'unknown-instance', { name: options.name });
  context.terminal.result(jsonText(serviceInfoDocument(instance, options.news === true)));
  return EXIT.done;
}

export type LogsOptions = { name: string; follow?: boolean; lines: number; service?: string };

/** `logs NAME`. With `--json` one document a line. Ctrl-C ends following, and that is no failure. */
export async function logs(context: CommandContext, options: LogsOptions): Promise<ExitStatus> {
  const connection = await context.connect();
  const signal = options.follow === true ? context.interruption() : new AbortController().signal;
  const lines = connection.logs({
    name: options.name,
    service: options.service ?? null,
    lines: options.lines,
    follow: options.follow === true,
    signal,
  });
  for await (const { service, line } of lines) {
    if (context.json) context.terminal.result(JSON.stringify({ service, line }));
    else context.terminal.result(options.service === undefined ? `${service} | ${line}` : line);
  }
  return EXIT.done;
}

/** `link`: a new one-time link to the page. */
export async function link(context: CommandContext, options: { open?: boolean }): Promise<ExitStatus> {
  const created = await (await context.connect()).createLink();
  if (options.open === true) {
    const { openInBrowser } = await import('../../setup/browser.ts');
    await openInBrowser(context.home, created.url, context);
    answer(context, { opened: true, expiresAt: created.expiresAt }, text('cli.link.opened'));
    return EXIT.done;
  }
  answer(context, created, created.url);
  if (!context.json) context.terminal.note(text('cli.link.once'));
  return EXIT.done;
}

/** `proxy url`: the address for SLAP clients of this computer. It is a secret. */
export async function proxyUrl(
  context: CommandContext,
  options: { computer?: string | true; rotate?: boolean },
): Promise<ExitStatus> {
  const connection = await context.connect();
  if (options.rotate === true) await connection.rotateMasterUrl();
  const { url } = await connection.masterUrl(scopeOf(options.computer));
  answer(context, { url }, url);
  if (!context.json) context.terminal.note(text('cli.proxy.secret'));
  return EXIT.done;
}

function scopeOf(computer: string | true | undefined): MasterUrlScope {
  if (computer === undefined) return 'person';
  return computer === true ? 'computer' : { computer };
}
