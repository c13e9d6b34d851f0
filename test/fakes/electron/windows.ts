/**
 * The windows there are, for all that asks for them.
 */
import type { BrowserWindow } from './window.ts';

export const windows = new Set<BrowserWindow>();
