/**
 * What a person sees of something that they change and the agent keeps.
 */
import { useState } from 'react';

/**
 * What they want is shown at once, until the agent says what is.
 * @param inForce as the agent says it; another object once it says something new.
 * @returns what to show, and what sets it; null gives it up.
 */
export function useWanted<Value extends object>(
  inForce: Value,
): [shown: Value, want: (value: Value | null) => void] {
  const [wanted, setWanted] = useState<{ value: Value; over: Value } | null>(null);
  const shown = wanted !== null && wanted.over === inForce ? wanted.value : inForce;
  return [shown, (value) => setWanted(value === null ? null : { value, over: inForce })];
}

/** The same object as long as what it says is the same: every change of the tree brings a new one. */
export function useSame<Value extends object>(value: Value): Value {
  const [same, setSame] = useState(value);
  if (same !== value && JSON.stringify(same) !== JSON.stringify(value)) {
    setSame(value);
    return value;
  }
  return same;
}
