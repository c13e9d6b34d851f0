/**
 * `request NAME SOFTWARE`: asks for an instance and follows it until it is what was asked for.
 */
import process from 'node:process';
import type { InstanceView, RequestResult } from '../../api/contract.ts';
import { text } from '../../messages.ts';
import { answer, type CommandContext } from '../context.ts';
import { connectionOf, requestDocument } from '../documents.ts';
import { CommandError, EXIT, type ExitStatus } from '../exit-status.ts';
import { parsePairs, readParameters, softwareReference, type InstanceParameters } from '../parameters.ts';
import { instanceNamed } from '../state-tree.ts';
import { waitForInstance, type Target } from '../waiting.ts';
import { table } from '../words.ts';

export type RequestOptions = {
  name: string;
  software: string | undefined;
  type?: string;
  parameters?: readonly string[];
  parametersFile?: string;
  state?: Target;
  cancel?: boolean;
  detach?: boolean;
};

export async function request(context: CommandContext, options: RequestOptions): Promise<ExitStatus> {
  const { name, software } = options;
  if (options.cancel === true) return cancel(context, name);
  if (software === undefined) {
    throw new CommandError(EXIT.usage, 'usage-missing-argument', { what: 'SOFTWARE' });
  }
  const parameters = await givenParameters(options);
  const target = options.state ?? 'started';
  const connection = await context.connect();
  const before = instanceNamed(await connection.state(), name);
  const result = await connection.request({
    name,
    software: softwareReference(software, process.cwd()),
    softwareType: options.type ?? 'default',
    ...(parameters === undefined ? {} : { parameters }),
    ...(options.state === undefined ? {} : { state: options.state }),
  });
  const present = instanceNamed(await connection.state(), name);
  if (result.softwareReplaced && !context.json) {
    context.terminal.note(
      text('cli.request.replaced', {
        name,
        before: before?.softwareTitle ?? '',
        now: present?.softwareTitle ?? software,
      }),
    );
  }
  if (options.detach === true) {
    const reached = present === undefined ? target === 'destroyed' : present.state === target;
    if (reached) return finished(context, name, result, present);
    answer(context, requestDocument(name, result, present), text('cli.request.accepted', { name }));
    return EXIT.notReady;
  }
  const ending = await waitForInstance(context, connection, {
    name,
    guid: result.guid,
    target,
    interruption: context.interruption(),
  });
  if (ending.kind === 'detached') {
    context.terminal.note(text('cli.request.detached', { name }));
    return EXIT.notReady;
  }
  return finished(context, name, result, ending.view);
}

async function givenParameters(options: RequestOptions): Promise<InstanceParameters | undefined> {
  const { parameters, parametersFile } = options;
  if (parameters !== undefined && parametersFile !== undefined) {
    throw new CommandError(EXIT.usage, 'parameters-given-twice');
  }
  if (parametersFile !== undefined) return readParameters(parametersFile);
  return parameters === undefined ? undefined : parsePairs(parameters);
}

/** The result as upstream's: the state, then the connection parameters. */
function finished(
  context: CommandContext,
  name: string,
  result: RequestResult,
  instance: InstanceView | undefined,
): ExitStatus {
  answer(context, requestDocument(name, result, instance), resultText(name, instance));
  return EXIT.done;
}

function resultText(name: string, instance: InstanceView | undefined): string {
  if (instance === undefined) return text('cli.request.destroyed', { name });
  const rows = Object.entries(connectionOf(instance)).map(([key, value]) => [`  ${key}`, value]);
  return [
    text('cli.request.ready', { name, state: instance.state }),
    ...(rows.length === 0 ? [] : [text('cli.request.connection'), table(rows)]),
  ].join('\n');
}

async function cancel(context: CommandContext, name: string): Promise<ExitStatus> {
  const connection = await context.connect();
  await connection.cancel(name);
  answer(context, { name, cancelled: true }, text('cli.request.cancelled', { name }));
  return EXIT.done;
}
