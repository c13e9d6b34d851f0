/**
 * The one door to SQLite (`node:sqlite`), so that its still moving API is named in a single file.
 */
import { chmodSync, closeSync, openSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';

export type Row = Record<string, unknown>;

/** A SQLite file with WAL, foreign keys and a cache of prepared statements. All calls are synchronous. */
export class Database {
  readonly #connection: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  #changes = 0;

  /** Opens or creates `file` with mode 0600 (`:memory:` for none). Throws what SQLite throws when it is not a database. */
  constructor(file: string) {
    if (file !== ':memory:') {
      closeSync(openSync(file, 'a', 0o600));
      chmodSync(file, 0o600);
    }
    this.#connection = new DatabaseSync(file);
    try {
      this.#connection.exec(
        'PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=5000; PRAGMA foreign_keys=ON;',
      );
    } catch (error) {
      this.#connection.close();
      throw error;
    }
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#connection.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }

  /** Runs statements that take no values: a schema, a PRAGMA. */
  execute(sql: string): void {
    this.#changes += 1;
    this.#connection.exec(sql);
  }

  /** Runs one statement; returns the number of changed rows. */
  run(sql: string, ...values: SQLInputValue[]): number {
    const changed = Number(this.#prepare(sql).run(...values).changes);
    if (changed > 0) this.#changes += 1;
    return changed;
  }

  /** Grows with every change through this connection. There is no other that writes: one agent has a data folder at a time. */
  get changes(): number {
    return this.#changes;
  }

  one(sql: string, ...values: SQLInputValue[]): Row | undefined {
    return this.#prepare(sql).get(...values);
  }

  all(sql: string, ...values: SQLInputValue[]): Row[] {
    return this.#prepare(sql).all(...values);
  }

  /** Runs `work` in one transaction: all of it or nothing. Not re-entrant; `work` must be synchronous. */
  transaction<Result>(work: () => Result): Result {
    this.#connection.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#connection.exec('COMMIT');
      return result;
    } catch (error) {
      // A full disk ends a transaction by itself (sqlite.org/lang_transaction.html §3).
      if (this.#connection.isTransaction) this.#connection.exec('ROLLBACK');
      throw error;
    }
  }

  /** SQLite's own verdict on the file: empty when it is sound. */
  integrityProblems(): string[] {
    return this.all('PRAGMA quick_check')
      .map((row) => String(Object.values(row)[0]))
      .filter((line) => line !== 'ok');
  }

  close(): void {
    this.#statements.clear();
    this.#connection.close();
  }
}
