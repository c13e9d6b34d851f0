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
      master: z.boolean().default(true),
      update: z.boolean().default(true),
    })
    .prefault({}),
  /** Whether it was explained where the application is when its window is closed and the desktop shows no tray. */
  trayExplained: z.boolean().default(false),
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
 * Opens the settings below `folder`. A file that cannot be understood is kept beside, and the defaults hold; where nothing can be
 * written they hold until the application ends.
 * @param now milliseconds since the epoch, for the name of a file that is set aside.
 * @param onFault told why something could not be read or written.
 */
export function openSettings(
  folder: string,
  now: () => number,
  onFault: (error: unknown) => void,
): SettingsStore {
  const defaults = settingsSchema.parse({});
  try {
    const opened = read(folder);
    if (opened !== null) return { ...storeOn(opened.store, opened.settings, onFault), setAside: null };
    const setAside = path.join(folder, `${NAME}-damaged-${now()}.json`);
    renameSync(path.join(folder, `${NAME}.json`), setAside);
    return { ...storeOn(newStore(folder), defaults, onFault), setAside };
  } catch (error) {
    onFault(error);
    return { ...storeOn(null, defaults, onFault), setAside: null };
  }
}

function newStore(folder: string): Store {
  return new Store({ cwd: folder, name: NAME, configFileMode: 0o600, clearInvalidConfig: false });
}

/** null for a file that cannot be understood. */
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

function storeOn(
  store: Store | null,
  first: Settings,
  onFault: (error: unknown) => void,
): Omit<SettingsStore, 'setAside'> {
  let settings = first;
  return {
    read: () => settings,
    write: (change) => {
      settings = { ...settings, ...change };
      try {
        if (store !== null) store.store = settings;
      } catch (error) {
        onFault(error);
      }
    },
  };
}
