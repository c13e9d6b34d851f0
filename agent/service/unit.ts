/**
 * The agent as a service of systemd (systemd.service(5)).
 */
import { ALREADY_RUNNING_STATUS, NODE_ARGUMENTS } from '../setup/agent-process.ts';

export type AgentCommand = {
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
export const LAUNCH = `cd /; SLAPGRID_HOME="$1" exec "$2" ${NODE_ARGUMENTS.join(' ')} "$3" >>"$4" 2>&1`;

export type UnitOptions = {
  /** What wants it when that is reached; null: it is started by hand. */
  target: 'default.target' | 'multi-user.target' | null;
  /** Beside what the manager gives to everything it starts. */
  environment?: Readonly<Record<string, string>>;
};

/** Instances are given the time that a database needs to end well; so is an agent that ends them with the session. */
const STOP_SECONDS = 120;

/**
 * `KillMode=process`: what the agent has started outlives it, as without systemd. `OOMPolicy=continue`: an instance that takes too
 * much memory is no reason to end the agent. An agent that finds another one running leaves, and all is well.
 */
export function serviceUnit(command: AgentCommand, { target, environment = {} }: UnitOptions): string {
  const { home, node, agent, log } = command;
  const words = ['/bin/sh', '-c', LAUNCH, 'slapgrid', home, node, agent, log];
  return [
    '[Unit]',
    'Description=Slapgrid',
    '',
    '[Service]',
    'Type=exec',
    ...Object.entries(environment).map(([name, value]) => `Environment=${quoted(`${name}=${value}`)}`),
    `ExecStart=${words.map((word) => quoted(word).replaceAll('$', '$$$$')).join(' ')}`,
    'KillMode=process',
    'OOMPolicy=continue',
    'Restart=on-failure',
    'RestartSec=1',
    `SuccessExitStatus=${ALREADY_RUNNING_STATUS}`,
    'TasksMax=infinity',
    `TimeoutStopSec=${STOP_SECONDS}`,
    'UMask=0077',
    ...(target === null ? [] : ['', '[Install]', `WantedBy=${target}`]),
    '',
  ].join('\n');
}

/** A quoted word; `%` begins a specifier (systemd.syntax(7), systemd.unit(5)). In a command line `$` begins a variable as well. */
function quoted(word: string): string {
  const escaped = word
    .replaceAll('\\', '\\\\')
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`);
  return `"${escaped.replaceAll('%', '%%')}"`;
}
