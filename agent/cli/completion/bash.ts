/**
 * Completion for bash. The script is static; only names of instances and software are asked for when they are wanted.
 */
import type { Candidates, DescribedOption, Description } from './description.ts';
import { quoted } from './quoting.ts';

export function bashScript({ name, commands, globalOptions }: Description): string {
  const walk = commands.map(({ words }) => {
    const from = words.slice(0, -1).join(' ');
    return `      ${quoted(`${from}:${words.at(-1) ?? ''}`)}) command=${quoted(words.join(' '))} ;;`;
  });
  const values: string[] = [];
  const valueNames: string[] = [];
  for (const command of commands) {
    for (const option of command.options) {
      if (option.value === null) continue;
      const patterns = option.names.map((each) => quoted(`${command.words.join(' ')}:${each}`)).join('|');
      valueNames.push(patterns);
      values.push(`      ${patterns}) ${offer(option.value)} ;;`);
    }
  }
  const options = commands.map(
    ({ words, options: own }) =>
      `      ${quoted(words.join(' '))}) ${offerWords(optionNames([...own, ...globalOptions]))} ;;`,
  );
  const places = commands.flatMap((command) => {
    const subcommands = commands
      .filter(({ words }) => words.slice(0, -1).join(' ') === command.words.join(' '))
      .map(({ words }) => words.at(-1) ?? '');
    if (subcommands.length > 0) {
      // A group that does something by itself, too, has words of its own.
      const own = command.arguments.flatMap((each) => (each.kind === 'choices' ? each.choices : []));
      return [`      ${quoted(`${command.words.join(' ')}:0`)}) ${offerWords([...own, ...subcommands])} ;;`];
    }
    return command.arguments.map(
      (candidates, place) =>
        `      ${quoted(`${command.words.join(' ')}:${place}`)}) ${offer(candidates)} ;;`,
    );
  });
  const top = commands.filter(({ words }) => words.length === 1).map(({ words }) => words[0] ?? '');
  return `# ${name} completion for bash. In ~/.bashrc:  source <(${name} completion bash)

_${name}_offer() {
  local line
  while IFS= read -r line; do
    [[ $line == "$current"* ]] && COMPREPLY+=("$(printf '%q' "$line")")
  done
}

_${name}_files() {
  compopt -o filenames 2>/dev/null
  mapfile -t COMPREPLY < <(compgen "$1" -- "$current")
}

_${name}() {
  local current=\${COMP_WORDS[COMP_CWORD]} program=\${COMP_WORDS[0]}
  local command='' option='' word index places=0
  COMPREPLY=()
  for ((index = 1; index < COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    if [[ -n $option ]]; then
      option=''
      continue
    fi
    case $command:$word in
${walk.join('\n')}
      ${valueNames.join('|')}) option=$word ;;
      *:-*) ;;
      *) places=$((places + 1)) ;;
    esac
  done
  if [[ -n $option ]]; then
    case $command:$option in
${values.join('\n')}
    esac
  elif [[ $current == -* ]]; then
    case $command in
${options.join('\n')}
      '') ${offerWords(optionNames(globalOptions))} ;;
    esac
  else
    case $command:$places in
      ':0') ${offerWords(top)} ;;
${places.join('\n')}
    esac
  fi
}

complete -F _${name} ${name}`;

  function offer(candidates: Candidates): string {
    switch (candidates.kind) {
      case 'instances':
      case 'software':
      case 'masters':
        return `_${name}_offer < <("$program" completion names ${candidates.kind} 2>/dev/null)`;
      case 'files':
        return `_${name}_files -f`;
      case 'folders':
        return `_${name}_files -d`;
      case 'choices':
        return offerWords(candidates.choices);
      default:
        return ':';
    }
  }

  function offerWords(words: readonly string[]): string {
    return `_${name}_offer <<< ${quoted(words.join('\n'))}`;
  }
}

function optionNames(options: readonly DescribedOption[]): string[] {
  return options.flatMap(({ names }) => names.filter((each) => each.startsWith('--')));
}
