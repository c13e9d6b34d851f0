/** Time, injected: `now` is wall-clock milliseconds; `after` calls once and returns its canceller. */
export type Clock = {
  now(): number;
  after(milliseconds: number, call: () => void): () => void;
};

/** The computer's own time. Its timers never keep the process alive. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after: (milliseconds, call) => {
    const timer = setTimeout(call, milliseconds);
    timer.unref();
    return () => clearTimeout(timer);
  },
};
