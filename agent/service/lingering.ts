/**
 * Lingering (loginctl(1)): whether a user's systemd, and with it the agent and all that it started, goes on when they log out. It
 * is theirs to decide: it is for all of their services.
 */
import { execFile } from 'node:child_process';
import { access } from 'node:fs/promises';
import { userInfo } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Lingering as View } from '../api/contract.ts';
import { SlapgridError } from '../errors.ts';
import { text } from '../messages.ts';
import { findProgram } from '../setup/system-packages.ts';

const LOGINCTL_MILLISECONDS = 30_000;

export type LingeringSurroundings = {
  /** Whether the user's systemd looks after the agent. */
  held: boolean;
  userName: string;
  /** A file for each user who lingers. */
  folder: string;
  searchPath: string | undefined;
};

export function lingeringSurroundings(held: boolean): LingeringSurroundings {
  return { held, userName: userInfo().username, folder: '/var/lib/systemd/linger', searchPath: undefined };
}

export class Lingering {
  readonly #surroundings: LingeringSurroundings;

  constructor(surroundings: LingeringSurroundings) {
    this.#surroundings = surroundings;
  }

  async view(): Promise<Omit<View, 'decided'>> {
    const { held } = this.#surroundings;
    if (!held) return { supported: false, enabled: false, detail: text('settings.lingering.none') };
    const enabled = await this.enabled();
    return { supported: true, enabled, detail: text(`settings.lingering.${enabled ? 'on' : 'off'}`) };
  }

  async enabled(): Promise<boolean> {
    const { folder, userName } = this.#surroundings;
    return access(path.join(folder, userName)).then(
      () => true,
      () => false,
    );
  }

  /** Does nothing where it is so already. @throws SlapgridError `lingering-refused`. */
  async set(enabled: boolean): Promise<void> {
    if ((await this.enabled()) === enabled) return;
    const { held, userName, searchPath } = this.#surroundings;
    const word = enabled ? 'enable-linger' : 'disable-linger';
    const refused = (detail: string, cause?: unknown): SlapgridError =>
      new SlapgridError('lingering-refused', { detail, word, user: userName }, { cause });
    if (!held) throw refused(text('settings.lingering.none'));
    const loginctl = await findProgram('loginctl', searchPath);
    if (loginctl === undefined) throw refused('loginctl: not found');
    try {
      await promisify(execFile)(loginctl, ['--no-ask-password', word, userName], {
        timeout: LOGINCTL_MILLISECONDS,
      });
    } catch (error) {
      const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : '';
      throw refused(said === '' ? String(error) : said, error);
    }
  }
}
