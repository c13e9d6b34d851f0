/**
 * The entry that has a desktop start Slapgrid at login (Desktop Application Autostart Specification).
 */
import { LAUNCH, type AgentCommand } from '../service/unit.ts';

export type LoginApplication = {
  /** The program and its arguments. */
  command: readonly string[];
  /** Whether it must be told which data folder is meant. */
  ownHome: boolean;
};

/** The application has the agent running. Where it is gone, or was never there, the agent is started alone. */
const LAUNCH_EITHER = [
  'home=$1 node=$2 agent=$3 log=$4 own=$5; shift 5',
  'if [ "$#" -gt 0 ] && [ -x "$1" ]; then [ -z "$own" ] || export SLAPGRID_HOME="$home"; exec "$@" --hidden; fi',
  'set -- "$home" "$node" "$agent" "$log"',
  LAUNCH,
].join('; ');

export function desktopEntry(
  { home, node, agent, log }: AgentCommand,
  application: LoginApplication | null,
  comment: string,
): string {
  const words = ['/bin/sh', '-c', LAUNCH_EITHER, 'slapgrid', home, node, agent, log];
  words.push(application?.ownHome === true ? 'own' : '', ...(application?.command ?? []));
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Name=Slapgrid',
    `Comment=${comment}`,
    `Exec=${words.map(desktopWord).join(' ')}`,
    'NoDisplay=true',
    'Terminal=false',
    'X-GNOME-Autostart-enabled=true',
    '',
  ].join('\n');
}

/**
 * A word of an `Exec` line: quoted, then escaped once more as every value of a key is, and `%` doubled because it begins a field
 * code (Desktop Entry Specification, "The Exec key").
 */
function desktopWord(word: string): string {
  const quoted = `"${word.replaceAll(/["`$\\]/gu, String.raw`\$&`)}"`;
  return quoted.replaceAll('\\', '\\\\').replaceAll('%', '%%');
}
