import { describe, expect, it } from 'vitest';
import type { AgentState } from '../../../agent/api/contract.ts';
import { diagnosticsText, withoutSecrets } from '../../../renderer/screens/doctor/diagnostics.ts';
import { readyInstance, StandInAgentService } from '../../fakes/agent-service.ts';
import { needyChecks } from '../../fakes/checks.ts';

const NOW = Date.parse('2026-11-22T14:00:00.000Z');

function written(agent: AgentState, over: Partial<Parameters<typeof diagnosticsText>[0]> = {}): string {
  return diagnosticsText({
    agent,
    usage: {},
    settings: null,
    checks: [],
    now: NOW,
    browser: 'Chromium',
    ...over,
  });
}

describe('the diagnostics', () => {
  it('say when they were written, by which agent, for which browser', () => {
    const lines = written(new StandInAgentService().state()).split('\n');
    expect(lines).toEqual([
      'Slapgrid diagnostics, 2026-11-22T14:00:00.000Z',
      '',
      'Agent',
      '  Slapgrid 0.1.0, computer local_computer',
      '  Started: 2026-11-22T14:00:00.000Z',
      '  Data folder: /var/lib/slapgrid',
      '  Browser: Chromium',
      '',
    ]);
  });

  it('have each check with what it found, and its fix below it', () => {
    const text = written(new StandInAgentService().state(), { checks: needyChecks });
    expect(text).toContain('\n  Node: fine, version 24.21.0\n');
    expect(text).toMatch(/\n {2}Clock: Needs you, it is 42 minutes behind.*\n {4}Set the clock/u);
  });

  it('have each instance with its state, its promises and what it takes', () => {
    const service = new StandInAgentService();
    service.show(
      0,
      readyInstance({
        promises: [{ name: 'port', state: 'failed', message: '', checkedAt: null }],
        services: [
          {
            name: 'memcached',
            state: 'running',
            pid: 1,
            restarts: 2,
            nextStartAt: null,
            lastExitStatus: 71,
          },
        ],
      }),
    );
    const usage = { slappart0: { cpu: 0.25, memoryBytes: 20e6, diskBytes: null, processes: 3 } };
    const text = written(service.state(), { usage });
    expect(text).toMatch(
      /\n {2}slappart0, cache, Memcached, Started, 0 of 1 kept: port, CPU 0\.25, 20\sMB, unknown\n/u,
    );
    expect(text).toContain('\n    memcached: running, restarted 2 times, last exit status 71\n');
  });

  it('have nothing that an instance published or was asked for', () => {
    const service = new StandInAgentService();
    service.show(
      0,
      readyInstance({
        parameters: { key: 'hunter1' },
        connection: [{ key: 'password', value: 'hunter2', secret: true }],
      }),
    );
    expect(written(service.state())).not.toContain('hunter');
  });
});

describe('what looks like a secret inside a sentence', () => {
  it.each([
    ['http://127.0.0.1:5000/slapcap_a-B_9/x', 'http://127.0.0.1:5000/slapcap_…/x'],
    ['Authorization: Bearer abc.def-ghi=', 'Authorization: Bearer …'],
    ['postgresql://ana:hunter2@127.64.0.1/x', 'postgresql://ana:…@127.64.0.1/x'],
    ['redis://:hunter2@127.64.0.1', 'redis://:…@127.64.0.1'],
    ['password=hunter2, user=ana', 'password=…, user=ana'],
    ['"api_token": "hun ter2"', '"api_token": …'],
    ["DB_PASSWORD: 'hunter2'", 'DB_PASSWORD: …'],
    ['-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----', '-----BEGIN PRIVATE KEY-----…'],
    ['-----BEGIN RSA PRIVATE KEY----- hunter2', '-----BEGIN RSA PRIVATE KEY-----…'],
    ['?token=hunter2&x=1', '?token=…&x=1'],
  ])('%s', (words, clean) => {
    expect(withoutSecrets(words)).toBe(clean);
  });

  it('is all that is taken away', () => {
    const words = 'The password is asked for. 3 tokens, at http://127.0.0.1:5000/ and ana@example.org.';
    expect(withoutSecrets(words)).toBe(words);
  });
});
