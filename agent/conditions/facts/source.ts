/** How a fact of the host is told: by the best who tells it here. */

export type Told<Value> = { value: Value; source: string };

/** Waits for nothing. null: it does not tell. */
export type Teller<Value> = () => Told<Value> | null;

/** The first that tells something, best first. */
export function firstTold<Value>(...tellers: readonly Teller<Value>[]): Told<Value> | null {
  for (const tell of tellers) {
    const told = tell();
    if (told !== null) return told;
  }
  return null;
}

/** What a file of the kernel says, as a number; null: it is not there, or says none. */
export function numberIn(text: string | null): number | null {
  const trimmed = text?.trim() ?? '';
  return /^-?\d+$/.test(trimmed) ? Number(trimmed) : null;
}
