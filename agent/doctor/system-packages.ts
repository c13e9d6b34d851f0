/** Whether the system has the programs the agent runs. */
import process from 'node:process';
import { readDistribution } from '../setup/distribution.ts';
import { aptListsMissing } from '../setup/package-installation.ts';
import { decide, findProgram, missingPrograms } from '../setup/system-packages.ts';
import { text } from '../messages.ts';
import { always, well, type Checker } from './checker.ts';

export const systemPackages: Checker = {
  id: 'system-packages',
  applicable: always,
  async check() {
    const missing = await missingPrograms();
    if (missing.length === 0) return well('doctor.system-packages.well');
    const { family } = await readDistribution();
    const decision = decide({
      missing,
      family,
      root: process.getuid?.() === 0,
      sudo: (await findProgram('sudo')) !== undefined,
      terminal: true,
      listsMissing: await aptListsMissing(),
    });
    return {
      passed: false,
      detail: text('doctor.system-packages.missing', { programs: missing.join(', ') }),
      fixes: [
        'command' in decision
          ? text('doctor.system-packages.command', { command: decision.command })
          : text('doctor.system-packages.name', {
              packages: 'packages' in decision ? decision.packages.join(', ') : '',
            }),
      ],
    };
  },
};
