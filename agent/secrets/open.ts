/** The secrets of a data folder. */
import path from 'node:path';
import { digestOfHome } from '../configuration.ts';
import type { Paths } from '../paths.ts';
import { Keyring } from './keyring.ts';
import { SecretList } from './secret-list.ts';
import { Secrets } from './secrets.ts';

/** @param agentFolder where the build put `keyring.mjs` and `keytar.node`. */
export function openSecrets(paths: Paths, agentFolder: string): Secrets {
  const keyring = new Keyring({
    program: path.join(agentFolder, 'keyring.mjs'),
    addon: path.join(agentFolder, 'keytar.node'),
    service: `slapgrid-${digestOfHome(paths.home).slice(0, 12)}`,
  });
  return new Secrets(new SecretList(paths.secrets, () => Date.now()), keyring);
}
