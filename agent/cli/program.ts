/**
 * The command line: words, arguments and options, with their help. What a command does is loaded when it is used.
 */
import {
  Argument,
  Command as Program,
  CommanderError,
  InvalidArgumentError,
  Option,
  type OptionValues,
} from 'commander';
import { hasText, text } from '../messages.ts';
import type { UsageByInput } from '../api/contract-usage.ts';
import type { Mode } from '../api/contract.ts';
import type { Egress, Sharing } from '../api/contract-lending.ts';
import type { LeaveOptions, RegisterOptions } from './commands/node.ts';
import type { RequestOptions } from './commands/request.ts';
import type { UsageOptions } from './commands/usage.ts';
import type { CommandContext } from './context.ts';
import { CommandError, EXIT, type ExitStatus } from './exit-status.ts';

/** Thrown when help or a version was printed and there is nothing more to do. */
export class HelpShown extends Error {}

type Perform = (context: CommandContext) => Promise<ExitStatus>;

export type ParsedLine = {
  /** What is to be done. */
  perform: Perform;
  json: boolean;
};

/**
 * Reads a command line.
 * @param output receives help texts.
 * @throws CommandError for a wrong line, {@link HelpShown} after help.
 */
export function parseLine(argv: readonly string[], output: (help: string) => void): ParsedLine {
  let perform: Perform | undefined;
  const program = buildProgram((chosen) => {
    perform = chosen;
  });
  arrange(program, output);
  program.parse(argv.length === 0 ? ['--help'] : [...argv], { from: 'user' });
  if (perform === undefined) throw new HelpShown();
  return { perform, json: program.opts()['json'] === true };
}

/** The whole program; `choose` is told what the parsed line asks for. */
export function buildProgram(choose: (perform: Perform) => void): Program {
  const program = new Program('slapgrid')
    .description(text('cli.help.slapgrid'))
    .option('--json', text('cli.option.json'))
    .option('-V, --version', text('cli.option.version'))
    .helpOption('-h, --help', text('cli.option.help'))
    .helpCommand('help [command]', text('cli.help.help'));

  const command = (parent: Program, usage: string): Program => {
    const added = parent.command(usage);
    const key = [parent === program ? '' : parent.name(), added.name()].filter(Boolean).join('-');
    added.description(text(`cli.help.${key}`)).helpOption('-h, --help', text('cli.option.help'));
    const examples = `cli.examples.${key}`;
    if (hasText(examples)) added.addHelpText('after', `\n${text(examples)}`);
    return added;
  };
  const detach = (): Option => new Option('--detach', text('cli.option.detach'));

  command(program, 'start [NAME]')
    .option('--open', text('cli.option.open'))
    .addOption(new Option('--headless', text('cli.option.headless')).conflicts('open'))
    .addOption(detach())
    .action((name: string | undefined, options: OptionValues) =>
      choose(async (context) => {
        if (name === undefined) return (await import('./commands/start.ts')).start(context, options);
        return (await import('./commands/lifecycle.ts')).startInstance(context, { name, ...options });
      }),
    );

  command(program, 'status').action(() =>
    choose(async (context) => (await import('./commands/reading.ts')).status(context)),
  );

  command(program, 'request <NAME> [SOFTWARE]')
    .option('-t, --type <TYPE>', text('cli.option.type'))
    .option('-p, --parameters <KEY=VALUE...>', text('cli.option.parameters'))
    .option('--parameters-file <FILE>', text('cli.option.parameters-file'))
    .addOption(
      new Option('-s, --state <STATE>', text('cli.option.state')).choices([
        'started',
        'stopped',
        'destroyed',
      ]),
    )
    .option('--cancel', text('cli.option.cancel'))
    .addOption(detach())
    .action(
      (name: string, software: string | undefined, options: Omit<RequestOptions, 'name' | 'software'>) =>
        choose(async (context) =>
          (await import('./commands/request.ts')).request(context, { name, software, ...options }),
        ),
    );

  command(program, 'stop [NAME]')
    .option('--all', text('cli.option.all'))
    .addOption(detach())
    .action((name: string | undefined, options: OptionValues) =>
      choose(async (context) => {
        const { stopEverything, stopInstance } = await import('./commands/lifecycle.ts');
        if ((name === undefined) !== (options['all'] === true)) {
          throw new CommandError(EXIT.usage, 'usage-stop');
        }
        return name === undefined ? stopEverything(context) : stopInstance(context, { name, ...options });
      }),
    );

  command(program, 'destroy <NAME>')
    .option('-y, --yes', text('cli.option.yes'))
    .addOption(detach())
    .action((name: string, options: OptionValues) =>
      choose(async (context) =>
        (await import('./commands/lifecycle.ts')).destroy(context, { name, ...options }),
      ),
    );

  command(program, 'bang <NAME>').action((name: string) =>
    choose(async (context) => (await import('./commands/lifecycle.ts')).bang(context, { name })),
  );

  command(program, 'logs <NAME>')
    .option('-f, --follow', text('cli.option.follow'))
    .option('-n, --lines <N>', text('cli.option.lines'), wholeNumber, 100)
    .option('--service <SERVICE>', text('cli.option.service'))
    .action((name: string, options: { lines: number }) =>
      choose(async (context) => (await import('./commands/reading.ts')).logs(context, { name, ...options })),
    );

  command(program, 'export <NAME> <FILE>').action((name: string, file: string) =>
    choose(async (context) => (await import('./commands/export.ts')).exportData(context, { name, file })),
  );

  const service = command(program, 'service');
  command(service, 'list').action(() =>
    choose(async (context) => (await import('./commands/reading.ts')).serviceList(context)),
  );
  command(service, 'info <NAME>')
    .option('--news', text('cli.option.news'))
    .action((name: string, options: OptionValues) =>
      choose(async (context) =>
        (await import('./commands/reading.ts')).serviceInfo(context, { name, ...options }),
      ),
    );

  const software = command(program, 'software');
  command(software, 'list').action(() =>
    choose(async (context) => (await import('./commands/software.ts')).softwareList(context)),
  );

  command(program, 'supply <SOFTWARE> [NODE]')
    .addOption(detach())
    .action((reference: string, node: string | undefined, options: OptionValues) =>
      choose(async (context) =>
        (await import('./commands/software.ts')).supply(context, { software: reference, node, ...options }),
      ),
    );

  command(program, 'remove <SOFTWARE> [NODE]').action((reference: string, node: string | undefined) =>
    choose(async (context) =>
      (await import('./commands/software.ts')).remove(context, { software: reference, node }),
    ),
  );

  command(program, 'link')
    .option('--open', text('cli.option.open'))
    .action((options: OptionValues) =>
      choose(async (context) => (await import('./commands/reading.ts')).link(context, options)),
    );

  const proxy = command(program, 'proxy');
  command(proxy, 'url')
    .option('--computer [NAME]', text('cli.option.computer'))
    .option('--rotate', text('cli.option.rotate'))
    .action((options: OptionValues) =>
      choose(async (context) => (await import('./commands/reading.ts')).proxyUrl(context, options)),
    );

  command(proxy, 'import <FILE>')
    .option('--dry-run', text('cli.option.dry-run'))
    .option('--skip-refused', text('cli.option.skip-refused'))
    .action((file: string, options: OptionValues) =>
      choose(async (context) =>
        (await import('./commands/import.ts')).importProxy(context, { file, ...options }),
      ),
    );

  const node = command(program, 'node');
  command(node, 'register <COMPUTER>')
    .addOption(new Option('--token <TOKEN>', text('cli.option.token')).conflicts('tokenFile'))
    .option('--token-file <FILE>', text('cli.option.token-file'))
    .option('--master-url <URL>', text('cli.option.master-url'))
    .option('--master-url-web <URL>', text('cli.option.master-url-web'))
    .option('--partition-number <N>', text('cli.option.partition-number'), wholeNumber, 10)
    .option('--accept-fingerprint <SHA256>', text('cli.option.accept-fingerprint'), collected, [])
    .action((name: string, options: Omit<RegisterOptions, 'name'>) =>
      choose(async (context) => (await import('./commands/node.ts')).register(context, { name, ...options })),
    );
  command(node, 'list').action(() =>
    choose(async (context) => (await import('./commands/node.ts')).list(context)),
  );
  command(node, 'leave <MASTER>')
    .option('--force', text('cli.option.force'))
    .option('-y, --yes', text('cli.option.yes'))
    .addOption(detach())
    .action((master: string, options: Omit<LeaveOptions, 'master'>) =>
      choose(async (context) => (await import('./commands/node.ts')).leave(context, { master, ...options })),
    );
  command(node, 'stay <MASTER>').action((master: string) =>
    choose(async (context) => (await import('./commands/node.ts')).stay(context, { master })),
  );
  command(node, 'ask [MASTER]').action((master: string | undefined) =>
    choose(async (context) => (await import('./commands/node.ts')).ask(context, { master })),
  );
  command(node, 'mode')
    .addArgument(new Argument('[MODE]').choices(['shared', 'local'] satisfies Mode[]))
    .action((mode: Mode | undefined) =>
      choose(async (context) => (await import('./commands/node.ts')).mode(context, { mode })),
    );

  command(program, 'lend')
    .addArgument(new Argument('[WHOM]').choices(['nobody', 'me', 'people', 'everyone'] satisfies Sharing[]))
    .action((sharing: Sharing | undefined) =>
      choose(async (context) => (await import('./commands/lend.ts')).lend(context, { sharing })),
    );
  const limits = command(program, 'limits').action(() =>
    choose(async (context) => (await import('./commands/lend.ts')).limits(context)),
  );
  command(limits, 'set <LIMIT> <VALUE>').action((limit: string, value: string) =>
    choose(async (context) => (await import('./commands/lend.ts')).setLimit(context, { limit, value })),
  );
  command(program, 'egress')
    .addArgument(new Argument('[RULE]').choices(['none', 'internet', 'everything'] satisfies Egress[]))
    .action((rule: Egress | undefined) =>
      choose(async (context) => (await import('./commands/lend.ts')).egress(context, { rule })),
    );
  command(program, 'doors [ADDRESS...]').action((addresses: string[]) =>
    choose(async (context) => (await import('./commands/lend.ts')).doors(context, { addresses })),
  );
  command(program, 'audit')
    .option('-n, --lines <N>', text('cli.option.lines'), amountOfLines, 100)
    .action((options: { lines: number }) =>
      choose(async (context) => (await import('./commands/lend.ts')).audit(context, options)),
    );
  command(program, 'pause [LENGTH]').action((length: string | undefined) =>
    choose(async (context) => (await import('./commands/conditions.ts')).pause(context, { length })),
  );
  command(program, 'resume')
    .option('--anyway [LENGTH]', text('cli.option.anyway'))
    .action((options: OptionValues) =>
      choose(async (context) => (await import('./commands/conditions.ts')).resume(context, options)),
    );
  command(program, 'finish').action(() =>
    choose(async (context) => (await import('./commands/conditions.ts')).finish(context)),
  );
  const conditions = command(program, 'conditions').action(() =>
    choose(async (context) => (await import('./commands/conditions.ts')).conditions(context)),
  );
  command(conditions, 'set <RULE> [WORDS...]').action((rule: string, words: string[]) =>
    choose(async (context) =>
      (await import('./commands/conditions.ts')).setCondition(context, { rule, words }),
    ),
  );
  command(program, 'why').action(() =>
    choose(async (context) => (await import('./commands/conditions.ts')).why(context)),
  );
  const usage = command(program, 'usage')
    .addArgument(
      new Argument('[PERIOD]').choices(['day', 'week', 'month'] satisfies UsageByInput['period'][]),
    )
    .addOption(
      new Option('--by <WHOM>', text('cli.option.usage-by'))
        .choices(['person', 'partition'])
        .default('person'),
    )
    .option('--csv <FILE>', text('cli.option.usage-csv'))
    .action((period: UsageOptions['period'], options: Omit<UsageOptions, 'period'>) =>
      choose(async (context) => (await import('./commands/usage.ts')).usage(context, { period, ...options })),
    );
  command(usage, 'report <MASTER> <PERIOD>')
    .addOption(new Option('--again', text('cli.option.report-again')).conflicts('done'))
    .option('--done', text('cli.option.report-done'))
    .action((master: string, period: string, options: { again?: boolean; done?: boolean }) =>
      choose(async (context) =>
        (await import('./commands/usage.ts')).report(context, { master, period, ...options }),
      ),
    );

  const configure = command(program, 'configure');
  command(configure, 'client')
    .option('--file <FILE>', text('cli.option.configure-file'))
    .addOption(new Option('--stdout', text('cli.option.configure-stdout')).conflicts('file'))
    .action((options: OptionValues) =>
      choose(async (context) => (await import('./commands/configure.ts')).configureClient(context, options)),
    );

  command(program, 'doctor').action(() =>
    choose(async (context) => (await import('./commands/doctor.ts')).doctor(context)),
  );

  command(program, 'uninstall')
    .option('--keep-data', text('cli.option.keep-data'))
    .addOption(new Option('--export <FOLDER>', text('cli.option.export')).conflicts('keepData'))
    .option('-y, --yes', text('cli.option.uninstall-yes'))
    .action((options: OptionValues) =>
      choose(async (context) => (await import('./commands/uninstall.ts')).uninstall(context, options)),
    );

  command(program, 'completion <SHELL> [KIND]').action((shell: string, kind: string | undefined) =>
    choose(async (context) =>
      (await import('./commands/completion.ts')).completion(context, { shell, kind }, program),
    ),
  );

  return program;
}

/** An option that may be given several times. */
function collected(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

/** No line at all is no answer; more than these the agent does not read at once. */
function amountOfLines(value: string): number {
  const lines = wholeNumber(value);
  if (lines < 1 || lines > 10_000) throw new InvalidArgumentError('');
  return lines;
}

function wholeNumber(value: string): number {
  if (!/^\d{1,5}$/.test(value)) throw new InvalidArgumentError('');
  return Number(value);
}

/** Own sentences for what commander finds wrong, and upstream's numbers. */
function arrange(program: Program, output: (help: string) => void): void {
  const everywhere = (command: Program, unknownOption: ExitStatus): void => {
    command
      .exitOverride((error) => {
        throw translated(error, command, unknownOption);
      })
      .configureOutput({ writeOut: output, writeErr: () => {}, outputError: () => {} })
      .configureHelp({ showGlobalOptions: command !== program });
    for (const child of command.commands) everywhere(child, EXIT.usage);
  };
  everywhere(program, EXIT.unknownCommand);
  program.addHelpText('after', `\n${text('cli.examples.slapgrid')}`);
}

const SENTENCES: Readonly<Record<string, string>> = {
  'commander.unknownCommand': 'usage-unknown-command',
  'commander.unknownOption': 'usage-unknown-option',
  'commander.missingArgument': 'usage-missing-argument',
  'commander.optionMissingArgument': 'usage-option-without-value',
  'commander.conflictingOption': 'usage-conflict',
  'commander.invalidArgument': 'usage-bad-value',
  'commander.excessArguments': 'usage-too-much',
};

function translated(error: CommanderError, command: Program, unknownOption: ExitStatus): Error {
  if (error.code === 'commander.helpDisplayed' || error.code === 'commander.version') return new HelpShown();
  // `help` without a command, or a group without its second word.
  if (error.code === 'commander.help') {
    if (error.exitCode === 0) return new HelpShown();
    const what = command.commands.map((each) => each.name()).join(', ');
    return new CommandError(EXIT.usage, 'usage-incomplete', { what });
  }
  const code = SENTENCES[error.code];
  if (code === undefined) return error;
  const [what = '', other = ''] = [...error.message.matchAll(/'([^']*)'/g)].map((match) => match[1] ?? '');
  // Of a word the value stands first, of an option its name.
  const isWord = error.message.startsWith('error: command-argument');
  const suggestion = /\(Did you mean (?:one of )?([^?]+)\?\)/.exec(error.message)?.[1] ?? '';
  const status =
    error.code === 'commander.unknownCommand'
      ? EXIT.unknownCommand
      : error.code === 'commander.unknownOption'
        ? unknownOption
        : EXIT.usage;
  const allowed = /Allowed choices are (.+)\.$/.exec(error.message)?.[1] ?? 'none';
  return new CommandError(status, isWord ? 'usage-bad-word' : code, {
    what,
    other,
    allowed,
    suggestion,
    known: suggestion === '' ? 'no' : 'yes',
  });
}
