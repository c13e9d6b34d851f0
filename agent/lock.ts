/**
 * One agent per data folder. The lock is SQLite's own file lock (fcntl) on `private/agent.lock`: the kernel drops it when the
 * process ends, however it ends, and no pid has to be believed.
 */
import { closeSync, openSync, readFileSync, renameSync, truncateSync, writeFileSync } from 'node:fs';
import process from 'node:process';
import { DatabaseSync } from 'node:sqlite';
import { SlapgridError } from './errors.ts';
import { isDamage } from './proxy/storage-errors.ts';

export type AgentLock = { release(): void };

/** Held until released or until the process ends, whoever still knows of it: SQLite closes what nobody refers to. */
const held = new Set<DatabaseSync>();

/** @throws SlapgridError `agent-already-running` with the other's pid. */
export function lockDataFolder(file: string): AgentLock {
  closeSync(openSync(file, 'a', 0o600));
  let database: DatabaseSync;
  try {
    database = hold(file);
  } catch (error) {
    if (!isDamage(error))
      throw new SlapgridError('agent-already-running', { pid: holderOf(file) }, { cause: error });
    // Something else wrote there. SQLite asks for the lock before it reads, so nobody has it.
    truncateSync(file);
    database = hold(file);
  }
  // Renamed into place: who reads it finds a pid or none, never half of one.
  writeFileSync(`${file}.pid.new`, `${process.pid}\n`, { mode: 0o600 });
  renameSync(`${file}.pid.new`, `${file}.pid`);
  held.add(database);
  return {
    release: () => {
      held.delete(database);
      database.close();
    },
  };
}

function hold(file: string): DatabaseSync {
  const database = new DatabaseSync(file, { timeout: 0 });
  try {
    database.exec('PRAGMA journal_mode=DELETE; PRAGMA locking_mode=EXCLUSIVE; BEGIN EXCLUSIVE;');
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function holderOf(file: string): string {
  try {
    return readFileSync(`${file}.pid`, 'utf8').trim();
  } catch {
    // The holder has not written its pid yet: the sentence reads well with a question mark.
    return '?';
  }
}
