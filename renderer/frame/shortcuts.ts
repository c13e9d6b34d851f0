/**
 * The keys that work on every screen. In the application's window they are held with Ctrl (Cmd on macOS). A browser has those
 * for itself, so there a single key does, unless the person switched single keys off (WCAG 2.2, 2.1.4); never one that changes
 * or destroys something.
 */
import { useEffect, useRef, useSyncExternalStore } from 'react';
import type { MessageKey } from '../messages.ts';
import { MAIN_SCREENS } from '../state/route.ts';

export type ShortcutName = `screen-${number}` | 'search' | 'pause' | 'request' | 'check' | 'keys' | 'back';

export type Shortcut = {
  name: ShortcutName;
  key: string;
  /** Works with Ctrl everywhere, a browser included. */
  always: boolean;
  /** Never by itself: it changes something. */
  heldOnly?: boolean;
  what: MessageKey;
};

export const SHORTCUTS: readonly Shortcut[] = [
  ...MAIN_SCREENS.map((screen, index) => ({
    name: `screen-${index + 1}` as const,
    key: String(index + 1),
    always: false,
    what: `page.frame.nav.${screen}` as const,
  })),
  { name: 'search', key: 'k', always: true, what: 'page.frame.keys.search' },
  { name: 'search', key: '/', always: false, what: 'page.frame.keys.search' },
  { name: 'pause', key: 'p', always: true, heldOnly: true, what: 'page.frame.keys.pause' },
  { name: 'request', key: 'n', always: false, what: 'page.frame.keys.request' },
  { name: 'check', key: 'r', always: false, what: 'page.frame.keys.check' },
  { name: 'keys', key: '?', always: false, what: 'page.frame.keys.list' },
  { name: 'back', key: 'escape', always: false, what: 'page.frame.keys.close' },
];

const STORED = 'slapgrid.single-keys';
const listeners = new Set<() => void>();
/** The last one registered comes first: a screen's own meaning before the frame's. */
const handlers: { name: ShortcutName; act: () => void }[] = [];

/** Whether this page is in the application's own window, which leaves Ctrl to it. */
export function inOwnWindow(): boolean {
  return location.protocol === 'app:';
}

export function singleKeys(): boolean {
  return localStorage.getItem(STORED) !== 'off';
}

export function setSingleKeys(on: boolean): void {
  localStorage.setItem(STORED, on ? 'on' : 'off');
  for (const listener of listeners) listener();
}

export function useSingleKeys(): boolean {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, singleKeys);
}

/** Does `act` when the keys of `name` are pressed, as long as the caller is shown. */
export function useShortcut(name: ShortcutName, act: () => void): void {
  const latest = useRef(act);
  useEffect(() => {
    latest.current = act;
  });
  useEffect(() => {
    const handler = { name, act: () => latest.current() };
    handlers.unshift(handler);
    return () => void handlers.splice(handlers.indexOf(handler), 1);
  }, [name]);
}

/** Listens from now on. @returns how to stop. */
export function listenForShortcuts(): () => void {
  const onKey = (event: KeyboardEvent): void => {
    const name = shortcutOf(event);
    if (name === null || event.defaultPrevented || dialogIsOpen()) return;
    const handler = handlers.find((candidate) => candidate.name === name);
    if (handler === undefined) return;
    event.preventDefault();
    handler.act();
  };
  document.addEventListener('keydown', onKey);
  return () => document.removeEventListener('keydown', onKey);
}

function shortcutOf(event: KeyboardEvent): ShortcutName | null {
  if (event.altKey || event.repeat) return null;
  const key = event.key.toLowerCase();
  const held = event.ctrlKey || event.metaKey;
  const shortcut = SHORTCUTS.find((candidate) => candidate.key === key);
  if (shortcut === undefined) return null;
  if (held) return shortcut.always || inOwnWindow() ? shortcut.name : null;
  if (isTyping(event.target)) return null;
  if (shortcut.name === 'back') return listIsOpen() ? null : 'back';
  return singleKeys() && shortcut.heldOnly !== true ? shortcut.name : null;
}

function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input, textarea, select, [contenteditable]');
}

/** A menu or a list of choices, which Escape closes. */
function listIsOpen(): boolean {
  return document.querySelector('[role=menu], [role=listbox]') !== null;
}

function dialogIsOpen(): boolean {
  return document.querySelector('[role=dialog][aria-modal=true]') !== null;
}
