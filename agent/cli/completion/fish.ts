/**
 * Completion for fish: one line for each thing that can be offered, with the condition under which it is.
 */
import type { Candidates, DescribedCommand, DescribedOption, Description } from './description.ts';
import { quoted } from './quoting.ts';

export function fishScript({ name, commands, globalOptions }: Description): string {
  const lines = commands.flatMap((command) => {
    const parent = command.words.slice(0, -1);
    const siblings = commands
      .filter((each) => each.words.slice(0, -1).join(' ') === parent.join(' '))
      .map((each) => each.words.at(-1) ?? '');
    const here = within(command.words);
    const at =
      parent.length === 0
        ? '__fish_use_subcommand'
        : `${within(parent)}; and not __fish_seen_subcommand_from ${siblings.join(' ')}`;
    return [
      `complete -c ${name} -n ${quoted(at)} -a ${command.words.at(-1) ?? ''} -d ${quoted(command.description)}`,
      ...command.options.map((option) => optionLine(name, option, here)),
      ...argumentLines(name, command, here),
    ];
  });
  return [
    `# ${name} completion for fish. Once:  ${name} completion fish > ~/.config/fish/completions/${name}.fish`,
    `function __${name}_names`,
    '    set -l words (commandline -opc)',
    '    $words[1] completion names $argv 2>/dev/null',
    'end',
    `complete -c ${name} -f`,
    ...globalOptions.map((option) => optionLine(name, option, null)),
    ...lines,
  ].join('\n');
}

function within(words: readonly string[]): string {
  return words.map((word) => `__fish_seen_subcommand_from ${word}`).join('; and ');
}

function optionLine(
  name: string,
  { names, description, value }: DescribedOption,
  here: string | null,
): string {
  const spelled = names.map((each) =>
    each.startsWith('--') ? `-l ${each.slice(2)}` : `-s ${each.slice(1)}`,
  );
  return [
    `complete -c ${name}`,
    ...(here === null ? [] : [`-n ${quoted(here)}`]),
    ...spelled,
    ...(value === null ? [] : [value.kind === 'files' ? '-r' : '-x', ...offered(name, value)]),
    `-d ${quoted(description)}`,
  ].join(' ');
}

function argumentLines(name: string, command: DescribedCommand, here: string): string[] {
  return command.arguments
    .map((candidates) => offered(name, candidates))
    .filter((words) => words.length > 0)
    .map((words) => `complete -c ${name} -n ${quoted(here)} ${words.join(' ')}`);
}

function offered(name: string, candidates: Candidates): string[] {
  switch (candidates.kind) {
    case 'instances':
    case 'software':
    case 'masters':
      return [`-a ${quoted(`(__${name}_names ${candidates.kind})`)}`];
    case 'files':
      return ['-F'];
    case 'folders':
      return [`-a ${quoted('(__fish_complete_directories)')}`];
    case 'choices':
      return [`-a ${quoted(candidates.choices.join(' '))}`];
    default:
      return [];
  }
}
