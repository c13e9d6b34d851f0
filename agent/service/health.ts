/**
 * How the user's systemd sees the agent: for the doctor.
 */
import { Lingering, lingeringSurroundings } from './lingering.ts';
import { serviceName } from './name.ts';
import { UserManager } from './user-manager.ts';

export type ServiceHealth = {
  name: string;
  /** Whether it looks after the agent. */
  held: boolean;
  /** Whether its user has forbidden to start it. */
  masked: boolean;
  lingering: boolean;
};

/** null where the user has no systemd. @throws what systemctl says. */
export async function serviceHealth(home: string): Promise<ServiceHealth | null> {
  const manager = await UserManager.find();
  if (manager === null) return null;
  const name = serviceName(home);
  const { load, active } = await manager.state(name);
  const lingering = new Lingering(lingeringSurroundings(true));
  return {
    name,
    held: active === 'active',
    masked: load === 'masked',
    lingering: await lingering.enabled(),
  };
}
