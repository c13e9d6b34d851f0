/**
 * `node …`: the masters that this computer works for.
 */
import { readFile } from 'node:fs/promises';
import type { AgentState, MasterView, Mode, ServerCertificate } from '../../api/contract.ts';
import { SlapgridError, systemErrorCode } from '../../errors.ts';
import { includes } from '../../lending/order.ts';
import { text } from '../../messages.ts';
import type { AgentConnection } from '../connection.ts';
import { answer, type CommandContext } from '../context.ts';
import { masterDocument, mastersDocument } from '../documents.ts';
import { AgentAnswer, CommandError, EXIT, outcomeOf, type ExitStatus } from '../exit-status.ts';
import { waitForLeaving } from '../waiting.ts';
import { masterActivityText, mastersAsideText, masterTable, modeSentence } from '../words.ts';
import { isYes } from './lifecycle.ts';

export type RegisterOptions = {
  name: string;
  /** `-`: standard input. Left out, as the file: it is asked for. */
  token?: string;
  tokenFile?: string;
  masterUrl?: string;
  masterUrlWeb?: string;
  partitionNumber: number;
  acceptFingerprint: readonly string[];
};

/** `node register NAME`, with upstream's options: makes this computer a node of a master. */
export async function register(context: CommandContext, options: RegisterOptions): Promise<ExitStatus> {
  const masterUrl = required(options.masterUrl, '--master-url');
  const masterUrlWeb = required(options.masterUrlWeb, '--master-url-web');
  const connection = await context.connect();
  const { certificates } = await connection.inspectMaster({ masterUrl, masterUrlWeb });
  // Before the token is typed: it may be of no use yet.
  const acceptedFingerprints = await accepted(context, certificates, options.acceptFingerprint);
  const view = await connection.registerNode({
    name: options.name,
    token: await tokenOf(context, options),
    masterUrl,
    masterUrlWeb,
    partitions: options.partitionNumber,
    acceptedFingerprints,
  });
  // What the page would ask first is answered; where that cannot be kept, it asks.
  await connection.finishFirstRun().catch(() => undefined);
  const { title, computerName, computerId, partitionAmount } = view;
  const { lending } = await connection.state();
  const words = [
    text('cli.node.registered', { title, computerName, computerId, partitionAmount }),
    ...(includes(lending.sharing, 'people') ? [] : [text('cli.lend.next', { title })]),
  ];
  answer(context, masterDocument(view), words.join('\n'));
  return EXIT.done;
}

function required(value: string | undefined, what: string): string {
  if (value === undefined) throw new CommandError(EXIT.usage, 'usage-missing-argument', { what });
  return value;
}

/** The fingerprints that were given and those that a person accepts now; each is asked for once. */
async function accepted(
  context: CommandContext,
  certificates: readonly ServerCertificate[],
  given: readonly string[],
): Promise<string[]> {
  const fingerprints = [...given];
  for (const certificate of certificates) {
    const { host, subject, issuer, fingerprint, trust, problem } = certificate;
    if (trust !== 'unknown') continue;
    if (problem !== null) throw new AgentAnswer(problem);
    if (fingerprints.some((each) => digitsOf(each) === digitsOf(fingerprint))) continue;
    const reply = await context.terminal.ask(
      text('cli.node.accept-question', { host, subject, issuer, fingerprint }),
    );
    if (reply === null || !isYes(reply)) {
      if (reply === null) context.terminal.note(text('cli.node.accept-hint', { fingerprint }));
      throw new SlapgridError('certificate-unknown', { host, fingerprint });
    }
    fingerprints.push(fingerprint);
  }
  return fingerprints;
}

function digitsOf(fingerprint: string): string {
  return fingerprint.toLowerCase().replaceAll(/[^0-9a-f]/g, '');
}

async function tokenOf(
  context: CommandContext,
  { token, tokenFile }: Pick<RegisterOptions, 'token' | 'tokenFile'>,
): Promise<string> {
  const said =
    token === '-'
      ? await context.readInput()
      : (token ?? (tokenFile === undefined ? await askedToken(context) : await tokenIn(tokenFile)));
  if (said.trim() === '') throw new CommandError(EXIT.usage, 'token-missing');
  return said.trim();
}

async function askedToken({ terminal }: CommandContext): Promise<string> {
  return (await terminal.ask(text('cli.node.token-question'), { secret: true })) ?? '';
}

async function tokenIn(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const cause = systemErrorCode(error) ?? String(error);
    throw new CommandError(EXIT.usage, 'token-file-unreadable', { file, cause });
  }
}

/** `node list`. */
export async function list(context: CommandContext): Promise<ExitStatus> {
  const state = await (await context.connect()).state();
  const words = [
    modeSentence(state),
    ...(state.masters.length === 0 ? [] : ['', masterTable(state)]),
    ...mastersAsideText(state).map((each) => `\n${each}`),
  ];
  answer(context, mastersDocument(state), words.join('\n'));
  return EXIT.done;
}

export type LeaveOptions = { master: string; force?: boolean; yes?: boolean; detach?: boolean };

/** `node leave MASTER`: asks first, because what it hosts here is destroyed with its data. */
export async function leave(context: CommandContext, options: LeaveOptions): Promise<ExitStatus> {
  const connection = await context.connect();
  const state = await connection.state();
  const { id, title } = masterCalled(state, options.master);
  if (options.yes !== true) {
    const amount = state.partitions.filter(
      ({ master, instance }) => master === id && instance !== null,
    ).length;
    const reply = await context.terminal.ask(text('cli.node.leave-question', { title, amount }));
    if (reply === null) throw new CommandError(EXIT.usage, 'leave-needs-yes', { title });
    if (!isYes(reply)) {
      context.terminal.note(text('cli.node.kept', { title }));
      return EXIT.failed;
    }
  }
  await leaveOrHint(context, connection, { id, title, force: options.force === true });
  if (options.detach === true) {
    answer(context, { id, accepted: 'left' }, text('cli.node.leaving', { title }));
    return EXIT.done;
  }
  const ending = await waitForLeaving(context, connection, {
    id,
    title,
    interruption: context.interruption(),
  });
  if (ending.kind === 'detached') {
    context.terminal.note(text('cli.node.leave-detached', { title }));
    return EXIT.notReady;
  }
  answer(context, { id, left: true }, text('cli.node.left', { title }));
  return EXIT.done;
}

async function leaveOrHint(
  context: CommandContext,
  connection: Pick<AgentConnection, 'leaveMaster'>,
  { id, title, force }: { id: string; title: string; force: boolean },
): Promise<void> {
  try {
    await connection.leaveMaster({ id, force });
  } catch (error) {
    if (outcomeOf(error).view.code === 'master-unreachable')
      context.terminal.note(text('cli.node.force-hint', { title }));
    throw error;
  }
}

/** `node stay MASTER`: cancels leaving it. */
export async function stay(context: CommandContext, options: { master: string }): Promise<ExitStatus> {
  const connection = await context.connect();
  const { id, title } = masterCalled(await connection.state(), options.master);
  await connection.stayWithMaster(id);
  answer(context, { id, stays: true }, text('cli.node.stays', { title }));
  return EXIT.done;
}

/** `node ask [MASTER]`: now instead of at its next turn; without a word, all of them. */
export async function ask(
  context: CommandContext,
  options: { master: string | undefined },
): Promise<ExitStatus> {
  const connection = await context.connect();
  const state = await connection.state();
  const masters = options.master === undefined ? state.masters : [masterCalled(state, options.master)];
  for (const { id } of masters) await connection.askMaster(id);
  const titles = masters.map(({ title }) => title).join(', ');
  answer(
    context,
    { asked: masters.map(({ id }) => id) },
    text('cli.node.asked', { amount: masters.length, titles }),
  );
  return EXIT.done;
}

/** `node mode [MODE]`: without a word, tells it. */
export async function mode(
  context: CommandContext,
  options: { mode: Mode | undefined },
): Promise<ExitStatus> {
  const connection = await context.connect();
  if (options.mode !== undefined) await connection.setMode(options.mode);
  const state = await connection.state();
  answer(context, { mode: state.agent.mode }, modeSentence(state));
  return EXIT.done;
}

/** A master by its host, its URL, its id, or what this computer is called there. */
export function masterCalled(state: AgentState, word: string): MasterView {
  const found = state.masters.filter(({ id, title, url, computerId, computerName }) =>
    [id, title, url, url.replace(/\/$/, ''), computerId, computerName].includes(word),
  );
  const [first] = found;
  if (first === undefined) throw new CommandError(EXIT.failed, 'unknown-master', { id: word });
  if (found.length > 1) {
    const ids = found.map((each) => `${each.id} (${each.title}, ${masterActivityText(each)})`).join(', ');
    throw new CommandError(EXIT.usage, 'master-ambiguous', { word, ids });
  }
  return first;
}
