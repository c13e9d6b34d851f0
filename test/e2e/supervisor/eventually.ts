import { setTimeout as pause } from 'node:timers/promises';

const DEADLINE_MILLISECONDS = 20_000;

type Nothing = false | null | undefined;

/** Waits for a condition by asking again and again; the first answer that is neither false nor nothing is the result. */
export async function eventually<Answer>(
  ask: () => Answer | Nothing | Promise<Answer | Nothing>,
  deadlineMilliseconds = DEADLINE_MILLISECONDS,
): Promise<Answer> {
  const deadline = performance.now() + deadlineMilliseconds;
  for (;;) {
    const answer = await ask();
    if (answer !== false && answer !== null && answer !== undefined) return answer;
    if (performance.now() > deadline) throw new Error(`never came true: ${ask.toString()}`);
    await pause(5);
  }
}
