/**
 * The way to the agent: its Unix socket, and the token it wants. Both are looked at each time, because a new agent has a new
 * token, and what belongs to somebody else is not spoken to.
 */
import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import process from 'node:process';

export type AgentAddress = { socket: string; tokenFile: string };

const TOKEN = /^[\w-]{43}$/u;

/**
 * The token for the agent that listens at `address`.
 * @throws Error when there is none, or when anybody else could have made the socket or the file, or read the file.
 */
export async function readToken({ socket, tokenFile }: AgentAddress): Promise<string> {
  const listening = await lstat(socket);
  if (!listening.isSocket() || !isOurs(listening)) throw new Error(`${socket} is not the agent's`);
  const file = await open(tokenFile, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const status = await file.stat();
    if (!status.isFile() || !isOurs(status) || (status.mode & 0o077) !== 0) {
      throw new Error(`${tokenFile} is not secret`);
    }
    const token = (await file.readFile('utf8')).trim();
    if (!TOKEN.test(token)) throw new Error(`${tokenFile} holds no token`);
    return token;
  } finally {
    await file.close();
  }
}

function isOurs({ uid }: { uid: number }): boolean {
  return process.getuid === undefined || uid === process.getuid();
}
