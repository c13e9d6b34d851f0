/**
 * The command line as a completion script needs it: words, options, and what their values are.
 */
import path from 'node:path';
import type { Argument, Command, Option } from 'commander';

/** What can stand at a place. `none`: anything, nothing to offer. */
export type Candidates =
  | { kind: 'instances' | 'software' | 'masters' | 'files' | 'folders' | 'none' }
  | { kind: 'choices'; choices: readonly string[] };

export type DescribedOption = {
  /** `--type`, `-n`. */
  names: string[];
  description: string;
  /** null: a switch. */
  value: Candidates | null;
};

export type DescribedCommand = {
  /** Words that lead to it: `['service', 'info']`. */
  words: string[];
  description: string;
  options: DescribedOption[];
  arguments: Candidates[];
};

export type Description = {
  name: string;
  /** Commands that do something and groups of them; groups have no arguments. */
  commands: DescribedCommand[];
  globalOptions: DescribedOption[];
};

export function describeProgram(program: Command): Description {
  return {
    name: path.basename(program.name()),
    commands: describeCommands(program, []),
    globalOptions: program.options.map(describeOption),
  };
}

function describeCommands(parent: Command, words: readonly string[]): DescribedCommand[] {
  return parent.commands.flatMap((command) => {
    const own = [...words, command.name()];
    return [
      {
        words: own,
        description: command.summary() || command.description(),
        options: command.options.map(describeOption),
        arguments: command.registeredArguments.map(candidatesOf),
      },
      ...describeCommands(command, own),
    ];
  });
}

function describeOption(option: Option): DescribedOption {
  const names = [option.short, option.long].filter((name) => name !== undefined && name !== null);
  return {
    names,
    description: option.description,
    value: option.required || option.optional ? optionCandidates(option) : null,
  };
}

function optionCandidates(option: Option): Candidates {
  if (option.argChoices !== undefined) return { kind: 'choices', choices: option.argChoices };
  return byPlaceholder(/[<[]([\w-]+)/.exec(option.flags)?.[1] ?? '');
}

function candidatesOf(argument: Argument): Candidates {
  if (argument.argChoices !== undefined) return { kind: 'choices', choices: argument.argChoices };
  return byPlaceholder(argument.name());
}

/** Places are named by what they hold. */
function byPlaceholder(name: string): Candidates {
  switch (name.toLowerCase()) {
    case 'name':
      return { kind: 'instances' };
    case 'software':
      return { kind: 'software' };
    case 'master':
      return { kind: 'masters' };
    case 'file':
      return { kind: 'files' };
    case 'folder':
      return { kind: 'folders' };
    default:
      return { kind: 'none' };
  }
}
