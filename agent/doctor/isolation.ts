/** Whether a real sandbox can be made. */
import { text } from '../messages.ts';
import { always, well, type Checker } from './checker.ts';

export const isolation: Checker = {
  id: 'isolation',
  applicable: always,
  async check({ sandbox }) {
    const probe = await sandbox.probe();
    if (probe.ok) return well('doctor.isolation.well', { program: probe.program, version: probe.version });
    const parameters = { detail: probe.detail };
    return {
      passed: false,
      detail: text(`sandbox.probe.${probe.cause}`, parameters),
      fixes: [text(`sandbox.probe.${probe.cause}.next`, parameters)],
    };
  },
};
