import { describe, expect, test } from 'vitest';
import type { Dialogue } from '../../../agent/setup/dialogue.ts';
import { ensurePackages } from '../../../agent/setup/ensure-packages.ts';
import type { Situation } from '../../../agent/setup/system-packages.ts';

const user: Omit<Situation, 'missing'> = {
  family: 'debian',
  root: false,
  sudo: true,
  terminal: true,
  listsMissing: false,
};

function attempt(replies: (string | null)[], over: Partial<Situation> = {}) {
  const said: string[] = [];
  const installed: { packages: readonly string[]; sudo: boolean }[] = [];
  let missing = ['bwrap'];
  const dialogue: Dialogue = {
    interactive: false,
    note: (line) => void said.push(line),
    draw: () => undefined,
    settle: () => undefined,
    ask: async (question) => {
      said.push(question);
      return replies.shift() ?? null;
    },
  };
  const result = ensurePackages(
    dialogue,
    { ...user, ...over },
    {
      missing: async () => missing,
      install: async (packages, { sudo }) => {
        installed.push({ packages, sudo });
        missing = [];
      },
    },
  );
  return { result, said, installed };
}

describe('set-up', () => {
  test.each(['', 'y', 'Yes'])(
    'installs through sudo after “%s”, having said which and why',
    async (reply) => {
      const { result, said, installed } = attempt([reply]);
      await result;
      expect(installed).toEqual([{ packages: ['bubblewrap'], sudo: true }]);
      expect(said).toContain('  bubblewrap: isolates every service from the rest of the computer');
      expect(said.join('\n')).toContain('sudo apt-get install -y --no-install-recommends bubblewrap');
    },
  );

  test.each(['n', null])('leaves with the command after %j, and installs nothing', async (reply) => {
    const { result, installed } = attempt([reply]);
    await expect(result).rejects.toMatchObject({
      code: 'packages-needed',
      nextStep: expect.stringContaining('sudo apt-get install -y --no-install-recommends bubblewrap'),
    });
    expect(installed).toEqual([]);
  });

  test('as root installs at once, saying what', async () => {
    const { result, said, installed } = attempt([], { root: true, terminal: false });
    await result;
    expect(installed).toEqual([{ packages: ['bubblewrap'], sudo: false }]);
    expect(said[0]).toBe('Installing system packages: bubblewrap.');
  });

  test('with neither root nor somebody to ask leaves with the command', async () => {
    const { result, said, installed } = attempt([], { terminal: false });
    await expect(result).rejects.toMatchObject({ code: 'packages-needed' });
    expect(installed).toEqual([]);
    expect(said).toEqual([]);
  });

  test('on an unknown system leaves with the names', async () => {
    const { result } = attempt([], { family: 'other' });
    await expect(result).rejects.toMatchObject({
      code: 'packages-needed-by-name',
      message: expect.stringContaining('bubblewrap'),
    });
  });
});
