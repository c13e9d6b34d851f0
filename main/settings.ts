/**
 * What the application itself remembers: where its window was, what it may tell. Everything else is the agent's.
 */
import { renameSync } from 'node:fs';
import path from 'node:path';
import Store from 'electron-store';
import { z } from 'zod';

const settingsSchema = z.object({
  place: z
    .object({
      x: z.int(),
      y: z.int(),
      width: z.int(),
      height: z.int(),
      maximized: z.boolean(),
    })
    .nullable()
    .default(null),
  /** What a person wants to be told. */
  notifications: z
    .object({
      ready: z.boolean().default(true),
      failed: z.boolean().default(true),
      dying: z.boolean().default(true),
      problem: z.boolean().default(true),
    })
    .prefault({}),
});

export type Settings = z.infer<typeof settingsSchema>;

export type SettingsStore = {
  read(): Settings;
  write(change: Partial<Settings>): void;
  /** Where a file is that could not be read; null when there was none. */
  setAside: string | null;
};

const NAME = 'settings';

/**
 * Opens the settings below `folder`. A file that cannot be understood is kept beside, and the defaults hold.
 * @param now milliseconds since the epoch, for the name of a file that is set aside.
 */
export function openSettings(folder: string, now: () => number): SettingsStore {
  const file = path.join(folder, `${NAME}.json`);
  const opened = read(folder);
  if (opened !== null) return { ...storeOn(opened.store, opened.settings), setAside: null };
  const setAside = path.join(folder, `${NAME}-damaged-${now()}.json`);
  renameSync(file, setAside);
  return { ...storeOn(newStore(folder), settingsSchema.parse({})), setAside };
}

function newStore(folder: string): Store {
  return new Store({ cwd: folder, name: NAME, configFileMode: 0o600, clearInvalidConfig: false });
}

function read(folder: string): { store: Store; settings: Settings } | null {
  try {
    const store = newStore(folder);
    return { store, settings: settingsSchema.parse(store.store) };
  } catch (error) {
    // What the disk says is no reason to set anything aside.
    if (error instanceof SyntaxError || error instanceof z.ZodError) return null;
    throw error;
  }
}

function storeOn(store: Store, first: Settings): Omit<SettingsStore, 'setAside'> {
  let settings = first;
  return {
    read: () => settings,
    write: (change) => {
      settings = { ...settings, ...change };
      store.store = settings;
    },
  };
}
