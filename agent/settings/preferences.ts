/**
 * What a person decided about the interface, kept in `private/preferences.json`. A file that is absent or unreadable means that
 * nothing was decided yet.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import {
  modeSchema,
  notificationKindSchema,
  wantedNotificationsSchema,
  type Mode,
  type SetNotificationInput,
  type WantedNotifications,
} from '../api/contract.ts';
import { writeAtomically } from '../disk.ts';
import type { Paths } from '../paths.ts';

const preferencesSchema = z.object({
  schema: z.literal(1),
  /** Whether what comes first was seen to its end. */
  firstRunDone: z.boolean().default(false),
  /** Whether they said what is to go on when they log out. */
  lingeringDecided: z.boolean().default(false),
  mode: modeSchema.default('shared'),
  /** What they do not want to be told. */
  silenced: z.array(notificationKindSchema).default([]),
});

type Known = z.infer<typeof preferencesSchema>;

export class Preferences {
  readonly #file: string;
  #known: Known;

  private constructor(file: string, known: Known) {
    this.#file = file;
    this.#known = known;
  }

  static async open(paths: Paths): Promise<Preferences> {
    const file = path.join(paths.private, 'preferences.json');
    return new Preferences(file, await read(file));
  }

  get firstRunDone(): boolean {
    return this.#known.firstRunDone;
  }

  get lingeringDecided(): boolean {
    return this.#known.lingeringDecided;
  }

  get mode(): Mode {
    return this.#known.mode;
  }

  get notifications(): WantedNotifications {
    const kinds = notificationKindSchema.options.map((kind) => [kind, !this.#known.silenced.includes(kind)]);
    return wantedNotificationsSchema.parse(Object.fromEntries(kinds));
  }

  /** @throws SlapgridError `disk-full`, `read-only`. */
  setNotification({ kind, wanted }: SetNotificationInput): Promise<void> {
    const others = this.#known.silenced.filter((each) => each !== kind);
    return this.#keep({ silenced: wanted ? others : [...others, kind] });
  }

  /** @throws SlapgridError `disk-full`, `read-only`. */
  setMode(mode: Mode): Promise<void> {
    return this.#keep({ mode });
  }

  /** @throws SlapgridError `disk-full`, `read-only`. */
  finishFirstRun(): Promise<void> {
    return this.#keep({ firstRunDone: true });
  }

  /** @throws SlapgridError `disk-full`, `read-only`. */
  decideLingering(): Promise<void> {
    return this.#keep({ lingeringDecided: true });
  }

  async #keep(decision: Partial<Known>): Promise<void> {
    const known: Known = { ...this.#known, ...decision };
    await writeAtomically(this.#file, `${JSON.stringify(known)}\n`);
    this.#known = known;
  }
}

async function read(file: string): Promise<Known> {
  try {
    return preferencesSchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return preferencesSchema.parse({ schema: 1 });
  }
}
