/**
 * Speaks to the keyring, in a process of its own: `node keyring.mjs <keytar.node>`, one request as JSON on stdin, one answer on stdout.
 *
 * Apart from the agent, because the library behind it stays in memory for good, because a question to the person blocks a thread
 * that nobody can take back, and because what crashes there must not end the agent. Secrets pass through pipes, never through
 * arguments or the environment.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import process from 'node:process';
import { text as textOf } from 'node:stream/consumers';

export type KeyringRequest =
  /** Whether a keyring answers. Asks nobody for a password. */
  | { do: 'look' }
  | { do: 'get'; service: string; account: string }
  /** Keeps it and reads it back. */
  | { do: 'set'; service: string; account: string; value: string }
  | { do: 'delete'; service: string; account: string };

export type KeyringAnswer =
  | { ok: true; value: string | null }
  | { ok: false; problem: 'no-session' | 'no-library' | 'no-service' | 'locked'; detail: string };

/** What of keytar's addon is used; its JavaScript around it only looks for the file. */
type Keytar = {
  getPassword(service: string, account: string): Promise<string | null>;
  setPassword(service: string, account: string, value: string): Promise<void>;
  deletePassword(service: string, account: string): Promise<boolean>;
};

/** A name that nobody gives to a secret. */
const NOTHING = 'slapgrid-nothing';

async function answer(addon: string, request: KeyringRequest): Promise<KeyringAnswer> {
  // Without this, the library would start a bus of its own, which nobody would ever end.
  if (process.platform === 'linux' && !hasSessionBus()) {
    return { ok: false, problem: 'no-session', detail: '' };
  }
  let keytar: Keytar;
  try {
    keytar = createRequire(import.meta.url)(addon);
  } catch (error) {
    return { ok: false, problem: 'no-library', detail: messageOf(error) };
  }
  try {
    return { ok: true, value: await done(keytar, request) };
  } catch (error) {
    const detail = messageOf(error);
    // GDBus's words for a name that nobody has and nobody can be started for.
    const absent = /org\.freedesktop\.secrets|ServiceUnknown|Could not connect|Cannot spawn/u.test(detail);
    return { ok: false, problem: absent ? 'no-service' : 'locked', detail };
  }
}

async function done(keytar: Keytar, request: KeyringRequest): Promise<string | null> {
  switch (request.do) {
    case 'look':
      // Looking for what is not there unlocks nothing.
      await keytar.getPassword(NOTHING, NOTHING);
      return null;
    case 'get': {
      const { service, account } = request;
      const found = await keytar.getPassword(service, account);
      if (found !== null) return found;
      await insistOnUnlocked(keytar, service);
      return keytar.getPassword(service, account);
    }
    case 'set': {
      const { service, account, value } = request;
      await keytar.setPassword(service, account, value);
      if ((await keytar.getPassword(service, account)) !== value)
        throw new Error('it does not keep what it is given');
      return null;
    }
    default: {
      const { service, account } = request;
      if (await keytar.deletePassword(service, account)) return null;
      await insistOnUnlocked(keytar, service);
      await keytar.deletePassword(service, account);
      return null;
    }
  }
}

/** A locked keyring says that it has nothing, and that it has deleted what it has not. What it cannot do is keep something. */
async function insistOnUnlocked(keytar: Keytar, service: string): Promise<void> {
  await keytar.setPassword(service, NOTHING, NOTHING);
  await keytar.deletePassword(service, NOTHING);
}

function hasSessionBus(): boolean {
  const { DBUS_SESSION_BUS_ADDRESS: address = '', XDG_RUNTIME_DIR: runtime = '' } = process.env;
  return address !== '' || (runtime !== '' && existsSync(`${runtime}/bus`));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const [, , addon = ''] = process.argv;
// Written by the agent itself.
const request: KeyringRequest = JSON.parse(await textOf(process.stdin));
process.stdout.write(JSON.stringify(await answer(addon, request)), () => process.exit(0));
