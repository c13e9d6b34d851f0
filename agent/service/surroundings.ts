/**
 * What this process can know of the systemd it runs under.
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import process from 'node:process';
import { promisify } from 'node:util';
import { findProgram } from '../setup/system-packages.ts';

const SYSTEMCTL_MILLISECONDS = 5000;

/** Whether a process is in the control group of a service: then systemd looks after it. */
export async function isInService(name: string, groupFile = '/proc/self/cgroup'): Promise<boolean> {
  const groups = await readFile(groupFile, 'utf8').catch(() => '');
  return groups.split('\n').some((line) => line.endsWith(`/${name}.service`));
}

/**
 * Whether the systemd that started this process is ending, and everything with it: the computer is shut down, or a user who does not
 * linger has logged out.
 */
export async function isManagerEnding(environment: NodeJS.ProcessEnv = process.env): Promise<boolean> {
  // Everything that systemd starts has one (systemd.exec(5)).
  if (environment['INVOCATION_ID'] === undefined) return false;
  const systemctl = await findProgram('systemctl', environment['PATH']);
  if (systemctl === undefined) return false;
  const words = [...(process.getuid?.() === 0 ? [] : ['--user']), 'is-system-running'];
  try {
    await promisify(execFile)(systemctl, words, { timeout: SYSTEMCTL_MILLISECONDS, env: environment });
    return false;
  } catch (error) {
    // Any other state than `running` is an exit status of its own.
    return error instanceof Error && 'stdout' in error && String(error.stdout).trim() === 'stopping';
  }
}
