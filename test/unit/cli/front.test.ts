import { describe, expect, test } from 'vitest';
import { changeLines } from '../../../agent/cli/front.ts';
import { readyInstance, StandInAgentService } from '../../fakes/agent-service.ts';

describe('the front', () => {
  test('has a line for each step, and none for amounts within it', () => {
    const service = new StandInAgentService();
    const lines: string[] = [];
    let before = service.state();
    const see = (): void => {
      lines.push(...changeLines(before, service.state()));
      before = service.state();
    };
    service.show(0, readyInstance({ state: 'waiting', progress: null }));
    see();
    service.progress('cache', { step: 'downloading', done: 1, total: 9 });
    see();
    service.progress('cache', { step: 'downloading', done: 2, total: 9 });
    see();
    service.change('cache', { state: 'started', progress: null });
    see();
    service.show(0, null);
    see();
    expect(lines).toEqual(['cache: waiting', 'cache: downloading', 'cache: started', 'cache: gone']);
  });

  test('tells a failure with what to do, and a notice once', () => {
    const service = new StandInAgentService();
    const before = service.state();
    service.show(0, readyInstance());
    service.fail('cache', { code: 'x', sentence: 'It failed.', nextStep: 'Try again.' });
    service.store.notice('clock', { code: 'y', sentence: 'The clock moved.', nextStep: '' });
    const after = service.state();
    expect(changeLines(before, after)).toEqual(['cache: It failed. Try again.', 'The clock moved.']);
    expect(changeLines(after, after)).toEqual([]);
  });
});
