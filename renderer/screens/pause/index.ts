/**
 * Pausing and resuming, and what is lent, for every screen. It comes after what is drawn first.
 */
export { Halted } from './halted.tsx';
export { Lent, LentTo } from './lent.tsx';
export { PauseButton } from './pause-button.tsx';
export { togglePause } from './acts.ts';
