/**
 * Completion for zsh, by its own description functions (`_arguments`, `_describe`).
 */
import type { Candidates, DescribedCommand, DescribedOption, Description } from './description.ts';
import { quoted } from './quoting.ts';

export function zshScript({ name, commands, globalOptions }: Description): string {
  const functionOf = (words: readonly string[]): string => ['', name, ...words].join('_');
  const childrenOf = (words: readonly string[]): DescribedCommand[] =>
    commands.filter((each) => each.words.slice(0, -1).join(' ') === words.join(' '));
  const bodies = [{ words: [], options: [], arguments: [], description: '' }, ...commands].map((command) => {
    const children = childrenOf(command.words);
    const options = [...command.options, ...globalOptions].map((option) => optionSpecification(option, name));
    // A group that does something by itself, too, has words of its own.
    const own = command.arguments.flatMap((each) => (each.kind === 'choices' ? each.choices : []));
    return children.length > 0
      ? group(functionOf(command.words), { children, own }, options, functionOf, name)
      : leaf(functionOf(command.words), command, options, name);
  });
  return `#compdef ${name}
# ${name} completion for zsh. In ~/.zshrc, after compinit:  source <(${name} completion zsh)

# _arguments puts what compadd needs before the arguments of an action.
_${name}_names() {
  local -a found
  found=("\${(@f)$("$_${name}_program" completion names \${@[-1]} 2>/dev/null)}")
  [[ -n $found ]] && compadd "\${@[1,-2]}" -a found
}

${bodies.join('\n\n')}

if [[ $funcstack[1] == _${name} ]]; then
  _${name} "$@"
else
  compdef _${name} ${name}
fi`;
}

function group(
  functionName: string,
  { children, own }: { children: readonly DescribedCommand[]; own: readonly string[] },
  options: readonly string[],
  functionOf: (words: readonly string[]) => string,
  name: string,
): string {
  const listed = [
    ...own.map(quoted),
    ...children.map((child) => quoted(`${child.words.at(-1) ?? ''}:${child.description}`)),
  ];
  const cases = children.map((child) => `      ${child.words.at(-1) ?? ''}) ${functionOf(child.words)} ;;`);
  // The words are shifted on the way down; only the outermost function sees what was typed as the command.
  return `${functionName}() {
  local state line context
  local _${name}_program=\${_${name}_program:-$words[1]}
  typeset -A opt_args
  local -a commands=(
    ${listed.join('\n    ')}
  )
  _arguments -C ${options.map(quoted).join(' ')} '1:command:->command' '*::argument:->arguments'
  case $state in
    command) _describe -t commands command commands ;;
    arguments)
      case $line[1] in
${cases.join('\n')}
      esac ;;
  esac
}`;
}

function leaf(
  functionName: string,
  command: DescribedCommand,
  options: readonly string[],
  name: string,
): string {
  const places = command.arguments.map((candidates, index) => `${index + 1}: :${action(candidates, name)}`);
  return `${functionName}() {\n  _arguments ${[...options, ...places].map(quoted).join(' ')}\n}`;
}

/** `(-t --type)` excludes the other spelling; a description must not hold unescaped brackets. */
function optionSpecification({ names, description, value }: DescribedOption, name: string): string {
  const long = names.find((each) => each.startsWith('--')) ?? names[0] ?? '';
  const words = description.replaceAll('\\', '\\\\').replaceAll('[', '\\[').replaceAll(']', '\\]');
  return `${long}[${words}]${value === null ? '' : `: :${action(value, name)}`}`;
}

function action(candidates: Candidates, name: string): string {
  switch (candidates.kind) {
    case 'instances':
    case 'software':
    case 'masters':
      return `_${name}_names ${candidates.kind}`;
    case 'files':
      return '_files';
    case 'folders':
      return '_files -/';
    case 'choices':
      return `(${candidates.choices.join(' ')})`;
    default:
      return ' ';
  }
}
