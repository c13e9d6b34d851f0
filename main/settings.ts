/**
 * What the application itself remembers: where its window was, what it has explained. Everything else is the agent's.
 */
import { existsSync, renameSync } from 'node:fs';
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
  /** Whether it was explained where the application is when its window is closed and the desktop shows no tray. */
  trayExplained: z.boolean().default(false),
});

export type Settings = z.infer<typeof settingsSchema>;

/** Why settings hold only until the application ends. */
export type Unkept = 'disk-full' | 'read-only' | 'unreadable';

export type SettingsStore = {
  read(): Settings;
  write(change: Partial<Settings>): void;
  /** Why what was written last is not on the disk; null when it is. */
  readonly unkept: Unkept | null;
  /** Writes what is not kept yet, if that can be done now. */
  keep(): void;
  /** Where a file is that could not be read; null when there was none. */
  setAside: string | null;
};

export type SettingsOptions = {
  folder: string;
  /** Milliseconds since the epoch, for the name of a file that is set aside. */
  now: () => number;
  /** Told why something could not be read or written. */
  onFault: (error: unknown) => void;
  /** Called when {@link SettingsStore.unkept} is another. */
  onUnkept: () => void;
};

const NAME = 'settings';

/**
 * Opens the settings. A file that cannot be understood is kept beside, and the defaults hold. What cannot be written holds until the
 * application ends, unless it can be written before: the file that is there stays as it was.
 */
export function openSettings(options: SettingsOptions): SettingsStore {
  const { folder, now, onFault } = options;
  const file = path.join(folder, `${NAME}.json`);
  const defaults = settingsSchema.parse({});
  try {
    const opened = existsSync(file) ? read(folder) : defaults;
    if (opened !== null) return new KeptSettings(options, opened, null);
    const setAside = path.join(folder, `${NAME}-damaged-${now()}.json`);
    renameSync(file, setAside);
    return new KeptSettings(options, defaults, setAside);
  } catch (error) {
    onFault(error);
    // What could not be read is not written over.
    return new KeptSettings({ ...options, folder: null }, defaults, null);
  }
}

function newStore(folder: string): Store {
  return new Store({ cwd: folder, name: NAME, configFileMode: 0o600, clearInvalidConfig: false });
}

/** null for a file that cannot be understood. */
function read(folder: string): Settings | null {
  try {
    return settingsSchema.parse(newStore(folder).store);
  } catch (error) {
    // What the disk says is no reason to set anything aside.
    if (error instanceof SyntaxError || error instanceof z.ZodError) return null;
    throw error;
  }
}

class KeptSettings implements SettingsStore {
  readonly #folder: string | null;
  readonly #onFault: SettingsOptions['onFault'];
  readonly #onUnkept: () => void;
  readonly setAside: string | null;
  #settings: Settings;
  #unkept: Unkept | null = null;

  constructor(
    { folder, onFault, onUnkept }: Omit<SettingsOptions, 'folder'> & { folder: string | null },
    first: Settings,
    setAside: string | null,
  ) {
    this.#folder = folder;
    this.#onFault = onFault;
    this.#onUnkept = onUnkept;
    this.#settings = first;
    this.setAside = setAside;
  }

  get unkept(): Unkept | null {
    return this.#unkept;
  }

  read(): Settings {
    return this.#settings;
  }

  write(change: Partial<Settings>): void {
    this.#settings = { ...this.#settings, ...change };
    this.#write();
  }

  keep(): void {
    if (this.#unkept !== null) this.#write();
  }

  #write(): void {
    const before = this.#unkept;
    this.#unkept = this.#refusal();
    if (this.#unkept !== before) this.#onUnkept();
  }

  #refusal(): Unkept | null {
    if (this.#folder === null) return 'unreadable';
    try {
      // Made anew each time: a store looks after its folder when it is made, and that may not have been possible before.
      newStore(this.#folder).store = this.#settings;
      return null;
    } catch (error) {
      // Told once, and not each time it is tried again.
      if (this.#unkept === null) this.#onFault(error);
      return unkeptBy(error);
    }
  }
}

function unkeptBy(error: unknown): Unkept {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return code === 'ENOSPC' || code === 'EDQUOT' ? 'disk-full' : 'read-only';
}
