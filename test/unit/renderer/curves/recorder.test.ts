import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { UsageRecorder, withSample, type UsageSample } from '../../../../renderer/curves/recorder.ts';
import { perMinute } from '../../../../renderer/curves/table.ts';

const at = (seconds: number, cpu = 0): UsageSample => ({
  at: seconds * 1000,
  cpu,
  memoryBytes: 0,
  diskBytes: null,
});
const seconds = (samples: readonly UsageSample[] | null): number[] =>
  (samples ?? []).map((sample) => sample.at / 1000);

describe('a new figure', () => {
  it('becomes a sample once in ten seconds', () => {
    const before = [at(0)];
    expect(withSample(before, at(9), true)).toBe(before);
    expect(seconds(withSample(before, at(10), true))).toEqual([0, 10]);
  });

  it('after a silence says that until then it was as before', () => {
    const samples = withSample([at(0, 0.5)], at(35, 1), true);
    expect(samples.map(({ cpu }) => cpu)).toEqual([0.5, 0.5, 0.5, 0.5, 1]);
    expect(seconds(samples)).toEqual([0, 10, 20, 30, 35]);
  });

  it('leaves a gap where nothing ran', () => {
    expect(seconds(withSample([at(0)], at(35), false))).toEqual([0, 35]);
  });

  it('pushes out what is older than half an hour', () => {
    expect(seconds(withSample([at(0), at(1000)], at(1801), false))).toEqual([1000, 1801]);
    expect(withSample([at(0)], at(100_000), true)).toHaveLength(180);
  });

  it('begins anew when the clock was set back', () => {
    expect(seconds(withSample([at(5000)], at(1000), true))).toEqual([1000]);
  });
});

describe('the recorder', () => {
  const usage = (cpu: number) => ({ cpu, memoryBytes: 1, diskBytes: 2, processes: 3 });
  let now = 0;
  let asked: string[];
  let answers: Map<string, PromiseWithResolvers<UsageSample[]>>;
  let recorder: UsageRecorder;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    now = 100_000;
    asked = [];
    answers = new Map();
    recorder = new UsageRecorder({
      now: () => now,
      history: (partition) => {
        asked.push(partition);
        const answer = Promise.withResolvers<UsageSample[]>();
        answers.set(partition, answer);
        return answer.promise;
      },
    });
  });
  afterEach(() => vi.useRealTimers());
  const answer = async (partition: string, samples: UsageSample[]): Promise<void> => {
    answers.get(partition)?.resolve(samples);
    await Promise.resolve();
  };

  it('asks once for what is followed, however many follow it', async () => {
    recorder.follow('slappart0', () => undefined);
    recorder.follow('slappart0', () => undefined);
    expect(recorder.samples('slappart0')).toBeNull();
    vi.runAllTimers();
    expect(asked).toEqual(['slappart0']);
    await answer('slappart0', [at(90)]);
    expect(seconds(recorder.samples('slappart0'))).toEqual([90]);
  });

  it('asks nothing for what is gone at once', () => {
    const leave = recorder.follow('slappart0', () => undefined);
    leave();
    vi.runAllTimers();
    expect(asked).toEqual([]);
    expect(recorder.samples('slappart0')).toBeNull();
  });

  it('goes on from the figures that come, and tells who follows', async () => {
    const told = vi.fn<() => void>();
    recorder.follow('slappart0', told);
    vi.runAllTimers();
    await answer('slappart0', [at(90)]);
    recorder.take({ slappart0: usage(0.5), slappart1: usage(1) });
    expect(seconds(recorder.samples('slappart0'))).toEqual([90, 100]);
    now += 1000;
    recorder.take({ slappart0: usage(0.6) });
    expect(told).toHaveBeenCalledTimes(2);
    expect(recorder.samples('slappart1')).toBeNull();
  });

  it('begins with now when the agent has no past to tell', async () => {
    recorder.follow('slappart0', () => undefined);
    vi.runAllTimers();
    answers.get('slappart0')?.reject(new Error('gone'));
    await Promise.resolve();
    await Promise.resolve();
    expect(recorder.samples('slappart0')).toEqual([]);
    recorder.take({ slappart0: usage(0.5) });
    expect(seconds(recorder.samples('slappart0'))).toEqual([100]);
  });

  it('asks again after a break, and believes the last answer only', async () => {
    recorder.follow('slappart0', () => undefined);
    vi.runAllTimers();
    const late = answers.get('slappart0');
    recorder.catchUp();
    expect(asked).toEqual(['slappart0', 'slappart0']);
    await answer('slappart0', [at(95)]);
    late?.resolve([at(50)]);
    await Promise.resolve();
    expect(seconds(recorder.samples('slappart0'))).toEqual([95]);
  });
});

describe('a curve as a table', () => {
  it('has one row per minute, the newest first', () => {
    const points = [0, 10, 59, 60, 130].map((second) => ({ at: second * 1000, value: second }));
    expect(perMinute(points)).toEqual([
      { at: 120_000, value: 130 },
      { at: 60_000, value: 60 },
      { at: 0, value: 59 },
    ]);
  });
});
