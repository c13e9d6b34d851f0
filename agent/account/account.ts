import { SlapgridError } from '../errors.ts';
import type { Account } from './types.ts';

export function createAccount(): Account {
  const refused = (): never => {
    throw new SlapgridError('not-found');
  };
  return {
    inspectMaster: async () => refused(),
    registerNode: async () => refused(),
    leaveMaster: async () => refused(),
    askMaster: async () => refused(),
    setMode: async () => refused(),
  };
}
