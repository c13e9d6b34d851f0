/**
 * Starts the agent as a service of the user's systemd.
 */
import { readFile, stat } from 'node:fs/promises';
import type { Paths } from '../paths.ts';
import type { Runtime } from '../runtime/install.ts';
import { isRunning } from '../runtime/processes.ts';
import { agentEnvironment, type StartedAgent } from '../setup/agent-process.ts';
import { serviceName } from './name.ts';
import { serviceUnit } from './unit.ts';
import type { UserManager } from './user-manager.ts';

/** @throws what systemctl says; nothing of the agent is started then, and nothing will be. */
export async function startService(
  manager: UserManager,
  paths: Paths,
  { node, agent }: Pick<Runtime, 'node' | 'agent'>,
): Promise<StartedAgent> {
  const name = serviceName(paths.home);
  const before = await stat(paths.agentLog).then(
    ({ size }) => size,
    () => 0,
  );
  const unit = serviceUnit(
    { node, agent, home: paths.home, log: paths.agentLog },
    { target: null, environment: agentEnvironment(paths.home) },
  );
  await manager.define(name, unit);
  try {
    await manager.start(name);
  } catch (error) {
    await manager.stop(name).catch(() => undefined);
    throw error;
  }
  const { pid } = await manager.state(name);
  return {
    pid,
    status: async () => {
      if (await isRunning(pid)) return null;
      const { active, exitStatus } = await manager.state(name);
      // Started anew by the manager: the first one is what counts, and it failed.
      return active === 'active' ? 1 : exitStatus;
    },
    release: () => undefined,
    giveUp: () => manager.stop(name).catch(() => undefined),
    log: async () => (await readFile(paths.agentLog)).subarray(before).toString('utf8'),
  };
}
