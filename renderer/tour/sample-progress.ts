/**
 * How far an installation of the tour is: a few seconds for what takes a minute in earnest.
 */
import type { Progress } from '../../agent/api/contract.ts';

const DOWNLOAD_SECONDS = 3;
const PACKAGES = 11;

/** The steps after each other, each with its seconds. */
const STEPS: readonly [step: Progress['step'], seconds: number][] = [
  ['resolving', 0.8],
  ['downloading', DOWNLOAD_SECONDS],
  ['verifying', 0.5],
  ['unpacking', 1],
  ['preparing', 0.5],
  ['starting', 0.8],
  ['checking', 0.8],
];

/**
 * @param here whether the software is installed, so that it only has to be started.
 * @returns null when it is ready.
 */
export function progressAt(bytes: number, here: boolean, seconds: number): Progress | null {
  let began = 0;
  for (const [step, lasts] of here ? STEPS.slice(4) : STEPS) {
    if (seconds < began + lasts) return progressOf(step, (seconds - began) / lasts, bytes);
    began += lasts;
  }
  return null;
}

function progressOf(step: Progress['step'], share: number, bytes: number): Progress {
  switch (step) {
    case 'downloading':
      return { step, done: share * bytes, total: bytes, bytesPerSecond: bytes / DOWNLOAD_SECONDS };
    case 'verifying':
    case 'unpacking':
      return { step, done: Math.floor(share * PACKAGES), total: PACKAGES };
    default:
      return { step, done: 0, total: 0 };
  }
}
