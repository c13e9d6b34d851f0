/**
 * The texts that have a program started at login: an autostart entry of the desktop (Desktop Application Autostart Specification) or
 * a service of systemd (systemd.service(5)).
 */
import { ALREADY_RUNNING_STATUS } from '../setup/agent-process.ts';

export type LoginCommand = {
  /** The installed Node, and the agent it runs. */
  node: string;
  agent: string;
  home: string;
  /** Where its output is appended. */
  log: string;
};

/**
 * A shell that gives the agent its data folder and its log, and becomes it. Nothing else has to be able to say a path that holds
 * whatever a path may hold.
 */
const LAUNCH = 'cd /; SLAPGRID_HOME="$1" exec "$2" "$3" >>"$4" 2>&1';

function launchWords({ node, agent, home, log }: LoginCommand): string[] {
  return ['/bin/sh', '-c', LAUNCH, 'slapgrid', home, node, agent, log];
}

export function desktopEntry(command: LoginCommand, comment: string): string {
  return [
    '[Desktop Entry]',
    'Type=Application',
    'Name=Slapgrid',
    `Comment=${comment}`,
    `Exec=${launchWords(command).map(desktopWord).join(' ')}`,
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

/**
 * `KillMode=process`: what the agent has started outlives it, as without systemd. An agent that finds another one running leaves,
 * and all is well.
 */
export function serviceUnit(command: LoginCommand, target: 'default.target' | 'multi-user.target'): string {
  return [
    '[Unit]',
    'Description=Slapgrid',
    '',
    '[Service]',
    `ExecStart=${launchWords(command).map(unitWord).join(' ')}`,
    'KillMode=process',
    'Restart=on-failure',
    `SuccessExitStatus=${ALREADY_RUNNING_STATUS}`,
    'UMask=0077',
    '',
    '[Install]',
    `WantedBy=${target}`,
    '',
  ].join('\n');
}

/** A quoted word; `%` begins a specifier and `$` a variable (systemd.syntax(7), systemd.service(5), "Command lines"). */
function unitWord(word: string): string {
  const escaped = word.replaceAll('\\', '\\\\').replaceAll('"', String.raw`\"`);
  return `"${escaped.replaceAll('%', '%%').replaceAll('$', '$$$$')}"`;
}
