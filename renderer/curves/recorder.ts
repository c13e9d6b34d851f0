/**
 * The last half hour of what partitions use: its beginning asked of the agent once, its end written down here from the figures
 * that the agent sends anyway. Only partitions whose curve is on the screen are recorded.
 */
import type { Usage } from '../../agent/api/contract.ts';

export type UsageSample = Pick<Usage, 'cpu' | 'memoryBytes' | 'diskBytes'> & {
  /** Milliseconds since the epoch. */
  at: number;
};

/** null: the agent has not answered yet. */
export type UsageCurve = readonly UsageSample[] | null;

export const HISTORY_MINUTES = 30;
export const SAMPLE_MILLISECONDS = 10_000;
const HISTORY_MILLISECONDS = HISTORY_MINUTES * 60_000;
/** A row that flies by while somebody scrolls is not worth a question. */
const PATIENCE_MILLISECONDS = 120;

export type RecorderNeeds = {
  /** What the agent wrote down of a partition. */
  history: (partition: string) => Promise<readonly UsageSample[]>;
  /** Milliseconds since the epoch, by the clock of this computer, which is the agent's too. */
  now: () => number;
};

type Recording = {
  samples: UsageCurve;
  /** Whether there were figures the last time: the agent says nothing of what does not run. */
  running: boolean;
  listeners: Set<() => void>;
  /** Grows with each question: only the last answer counts. */
  asked: number;
};

export class UsageRecorder {
  readonly #needs: RecorderNeeds;
  readonly #recordings = new Map<string, Recording>();
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(needs: RecorderNeeds) {
    this.#needs = needs;
  }

  /** Records a partition as long as somebody follows it. `listener` is told of each new sample. Returns the end of it. */
  follow(partition: string, listener: () => void): () => void {
    const recording = this.#recordings.get(partition) ?? this.#begin(partition);
    recording.listeners.add(listener);
    return () => {
      recording.listeners.delete(listener);
      if (recording.listeners.size > 0) return;
      this.#recordings.delete(partition);
    };
  }

  samples(partition: string): UsageCurve {
    return this.#recordings.get(partition)?.samples ?? null;
  }

  /** The figures of now: at most one sample in ten seconds comes of them. */
  take(usage: Readonly<Record<string, Usage>>): void {
    const at = this.#needs.now();
    for (const [partition, recording] of this.#recordings) {
      const figures = usage[partition];
      const wasRunning = recording.running;
      recording.running = figures !== undefined;
      if (figures === undefined || recording.samples === null) continue;
      const { cpu, memoryBytes, diskBytes } = figures;
      const samples = withSample(recording.samples, { at, cpu, memoryBytes, diskBytes }, wasRunning);
      if (samples !== recording.samples) this.#tell(recording, samples);
    }
  }

  /** Asks again for everything that is followed: the agent was away, or this page was. */
  catchUp(): void {
    for (const [partition, recording] of this.#recordings) this.#ask(partition, recording);
  }

  #begin(partition: string): Recording {
    const recording: Recording = {
      samples: null,
      running: false,
      listeners: new Set(),
      asked: 0,
    };
    this.#recordings.set(partition, recording);
    // Rows that come together are asked for together.
    if (this.#timer === null) this.#timer = setTimeout(() => this.#askNew(), PATIENCE_MILLISECONDS);
    return recording;
  }

  #askNew(): void {
    this.#timer = null;
    for (const [partition, recording] of this.#recordings) {
      if (recording.asked === 0) this.#ask(partition, recording);
    }
  }

  #ask(partition: string, recording: Recording): void {
    recording.asked += 1;
    const { asked } = recording;
    const answer = (samples: readonly UsageSample[]): void => {
      if (recording.asked === asked) this.#tell(recording, recent(samples, this.#needs.now()));
    };
    // Without its past the curve begins now. What keeps the agent from answering is said where it concerns everything.
    void this.#needs.history(partition).then(answer, () => answer(recording.samples ?? []));
  }

  #tell(recording: Recording, samples: readonly UsageSample[]): void {
    recording.samples = samples;
    for (const listener of recording.listeners) listener();
  }
}

/**
 * `samples` with one more; the same when the last one is not ten seconds old.
 * @param ran all the time since the last one. The agent is silent while nothing changes: then it was as before.
 */
export function withSample(
  samples: readonly UsageSample[],
  sample: UsageSample,
  ran: boolean,
): readonly UsageSample[] {
  const last = samples.at(-1);
  if (last === undefined) return [sample];
  // The clock was set back: what was written under its former time would lie in the future.
  if (last.at > sample.at + SAMPLE_MILLISECONDS) return [sample];
  if (sample.at - last.at < SAMPLE_MILLISECONDS) return samples;
  return recent([...samples, ...(ran ? held(last, sample.at) : []), sample], sample.at);
}

/** What `last` said, every ten seconds until `end`. */
function held(last: UsageSample, end: number): UsageSample[] {
  const samples: UsageSample[] = [];
  const oldest = Math.max(last.at, end - HISTORY_MILLISECONDS);
  for (let at = oldest + SAMPLE_MILLISECONDS; at < end; at += SAMPLE_MILLISECONDS)
    samples.push({ ...last, at });
  return samples;
}

function recent(samples: readonly UsageSample[], now: number): readonly UsageSample[] {
  return samples.filter(({ at }) => at >= now - HISTORY_MILLISECONDS);
}
