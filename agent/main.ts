/**
 * The agent's process. Started detached by the command line or the application; everything it needs is beside this file in
 * `<data>/runtime/<version>/` and in the data folder that `SLAPGRID_HOME` names. What it prints goes to the agent's log.
 */
import { flushCompileCache } from 'node:module';
import process from 'node:process';
import { systemClock } from './clock.ts';
import { text } from './messages.ts';
import { SlapgridError } from './errors.ts';
import { defaultHome } from './paths.ts';
import { redactSecrets } from './gate/redact.ts';
import { isManagerEnding } from './service/surroundings.ts';
import { startAgent, type RunningAgent } from './start-agent.ts';
import { ALREADY_RUNNING_STATUS } from './setup/agent-process.ts';

const KEEP_COMPILED_MILLISECONDS = 5000;

function log(line: string): void {
  process.stdout.write(`${new Date().toISOString()} ${redactSecrets(line)}\n`);
}

function tell(error: unknown): void {
  if (!(error instanceof SlapgridError)) {
    log(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return;
  }
  log(error.message);
  if (error.nextStep !== '') log(error.nextStep);
}

/**
 * An agent that ends leaves everything running, unless the systemd that started it ends as well: that would kill what is left, and a
 * database wants to be asked.
 */
async function leave(agent: RunningAgent): Promise<void> {
  if (await isManagerEnding()) await agent.stopInstances();
  await agent.shutdown();
}

async function main(): Promise<void> {
  const started = await startAgent({ home: defaultHome(), folder: import.meta.dirname, log });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void leave(started));
  // The terminal it was started from is no concern of the agent.
  process.on('SIGHUP', () => undefined);
  log(text('agent.started', { pid: String(process.pid) }));
  // What a start needs, whichever way this agent ends; when those who waited for it have their answers.
  systemClock.after(KEEP_COMPILED_MILLISECONDS, flushCompileCache);
  await started.ended;
  log(text('agent.ended'));
}

// What cannot be written, on a full disk or to nobody, is no reason to end.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
process.on('unhandledRejection', tell);
main().then(
  () => process.exit(0),
  (error: unknown) => {
    tell(error);
    process.exit(
      error instanceof SlapgridError && error.code === 'agent-already-running' ? ALREADY_RUNNING_STATUS : 1,
    );
  },
);
