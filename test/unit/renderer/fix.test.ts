import { describe, expect, it } from 'vitest';
import { text } from '../../../agent/messages.ts';
import { fixWords } from '../../../renderer/words/fix.ts';

const commandsIn = (fix: string): string[] => fixWords(fix).commands;

describe('the commands in a fix', () => {
  it('are what a person has to run, in its order', () => {
    expect(
      commandsIn(text('doctor.system-packages.command', { command: 'sudo apt-get install -y bubblewrap' })),
    ).toEqual(['sudo apt-get install -y bubblewrap']);
    expect(commandsIn(text('doctor.clock.behind.fix'))).toEqual(['timedatectl set-ntp true']);
    expect(commandsIn(text('doctor.database.damaged.fix'))).toEqual([
      './slapgrid stop --all',
      './slapgrid start',
    ]);
  });

  it('are not said twice', () => {
    expect(fixWords('Run: sudo true').words).toBe('Run:');
    expect(fixWords('Free some space.').words).toBe('Free some space.');
  });

  it('are none where something is done by hand', () => {
    expect(commandsIn(text('doctor.ports.taken.fix'))).toEqual([]);
    expect(commandsIn(text('doctor.disk-space.little.fix', { home: '/data' }))).toEqual([]);
    expect(commandsIn(text('doctor.package-mirror.none.fix', { config: '/data/config.json' }))).toEqual([]);
  });
});
