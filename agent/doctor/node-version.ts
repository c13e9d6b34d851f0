/** Whether the Node that runs us is one we know to work. */
import process from 'node:process';
import { always, needsYou, well, type Checker } from './checker.ts';

const OLDEST = [24, 15] as const;

export const nodeVersion: Checker = {
  id: 'node-version',
  applicable: always,
  async check() {
    const version = process.versions.node;
    const [major = 0, minor = 0] = version.split('.').map(Number);
    const good = major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
    return good
      ? well('doctor.node-version.well', { version })
      : needsYou('doctor.node-version.old', { version, oldest: OLDEST.join('.') });
  },
};
