import { beforeEach, describe, expect, test } from 'vitest';
import { askAboutLingering } from '../../../agent/cli/lingering.ts';
import type { Terminal } from '../../../agent/cli/terminal.ts';
import { SlapgridError } from '../../../agent/errors.ts';
import { StandInAgentService } from '../../fakes/agent-service.ts';
import { connectionTo } from './command-line.ts';

let service: StandInAgentService;
let said: string[];

beforeEach(() => {
  service = new StandInAgentService();
  said = [];
});

function lingers(more: Partial<StandInAgentService['shownSettings']['lingering']> = {}): void {
  const lingering = { supported: true, enabled: false, decided: false, detail: '', ...more };
  service.shownSettings = { ...service.shownSettings, lingering };
}

async function ask(reply: string | null, interactive = true): Promise<void> {
  const terminal: Terminal = {
    interactive,
    result: () => undefined,
    note: (line) => void said.push(line),
    draw: () => undefined,
    settle: () => undefined,
    ask: async (question) => {
      said.push(question);
      return reply;
    },
  };
  await askAboutLingering({ terminal }, connectionTo(service));
}

const decisions = (): unknown[] => service.calls.filter(([called]) => called === 'setLingering');

describe('what happens when somebody logs out', () => {
  test.each([
    ['y', true, 'They go on when you log out.'],
    ['', false, 'They are stopped cleanly when you log out.'],
    ['no', false, 'They are stopped cleanly when you log out.'],
  ])('is asked once, and “%s” decides it', async (reply, enabled, words) => {
    lingers();
    await ask(reply);
    expect(said).toEqual([expect.stringContaining('when you log out?'), expect.stringContaining(words)]);
    expect(decisions()).toEqual([['setLingering', enabled]]);
    await ask(reply);
    expect(said).toHaveLength(2);
  });

  test('is not decided by nobody', async () => {
    lingers();
    await ask(null);
    await ask('y', false);
    expect(decisions()).toEqual([]);
  });

  test.each([{ supported: false }, { enabled: true }, { decided: true }])(
    'is not asked with %j',
    async (more) => {
      lingers(more);
      await ask('y');
      expect(said).toEqual([]);
    },
  );

  test('that this computer refuses to change is told', async () => {
    lingers();
    service.failures.set(
      'setLingering',
      new SlapgridError('lingering-refused', { detail: 'Access denied', word: 'enable-linger', user: 'me' }),
    );
    await ask('y');
    expect(said.at(-1)).toContain('It said: Access denied');
    expect(said.at(-1)).toContain('loginctl enable-linger me');
  });
});
