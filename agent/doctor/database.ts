/** Whether the list of instances is sound, by SQLite's own verdict. */
import { access } from 'node:fs/promises';
import { Database } from '../database.ts';
import { needsYou, well, type Checker } from './checker.ts';

export const database: Checker = {
  id: 'database',
  async applicable({ paths }) {
    try {
      await access(paths.database);
      return true;
    } catch {
      return false;
    }
  },
  async check({ paths }) {
    const problems = problemsOf(paths.database);
    return problems.length === 0
      ? well('doctor.database.well')
      : needsYou('doctor.database.damaged', { problem: problems[0] ?? '' });
  },
};

function problemsOf(file: string): string[] {
  try {
    const opened = new Database(file);
    try {
      return opened.integrityProblems();
    } finally {
      opened.close();
    }
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}
