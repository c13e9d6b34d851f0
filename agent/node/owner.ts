/** Whose the agent is, as its interfaces call them. */
import { userInfo } from 'node:os';
import process from 'node:process';
import type { Owner } from '../api/contract.ts';

/** A user without an account (in a container) has a number only. */
export function agentOwner(): Owner {
  try {
    return { kind: 'me', name: userInfo().username };
  } catch {
    return { kind: 'me', name: String(process.getuid?.() ?? '') };
  }
}
