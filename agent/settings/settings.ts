/** What a person sees and changes under “Settings”. */
import type {
  DataSize as DataSizeView,
  Lingering as LingeringView,
  SetNotificationInput,
  Settings as View,
  StartAtLogin as StartAtLoginView,
} from '../api/contract.ts';
import { text } from '../messages.ts';
import type { Lingering } from '../service/lingering.ts';
import type { SecretKinds, SecretStore } from '../secrets/secret-store.ts';
import type { DataSize } from './data-size.ts';
import type { Preferences } from './preferences.ts';
import type { StartAtLogin } from './start-at-login.ts';

export type SettingsParts = {
  home: string;
  version: string;
  partitionAmount: number;
  /** The installed Node and agent: what a login starts. */
  runtime: { node: string; agent: string };
  preferences: Preferences;
  startAtLogin: StartAtLogin;
  lingering: Lingering;
  secrets: Pick<SecretStore, 'kind'>;
  dataSize: DataSize;
  /** Changes when other software is here. */
  softwareKey: () => string;
  /** Of the data of all instances. */
  instanceBytes: () => number;
};

function secretsText({ kind, reason }: SecretKinds): string {
  const why = reason === null ? '' : text(`settings.keyring.${reason}`);
  return text(`settings.secrets.${kind}`, { reason: why });
}

export class Settings {
  readonly #parts: SettingsParts;

  constructor(parts: SettingsParts) {
    this.#parts = parts;
  }

  async view(): Promise<View> {
    const { home, version, partitionAmount, preferences, startAtLogin, secrets, dataSize } = this.#parts;
    const [freeBytes, login, lingering, { kind, reason }] = await Promise.all([
      dataSize.freeBytes(),
      startAtLogin.view(),
      this.#lingering(),
      secrets.kind(),
    ]);
    return {
      dataFolder: home,
      freeBytes,
      startAtLogin: login,
      lingering,
      secrets: { kind, detail: secretsText({ kind, reason }) },
      version,
      firstRunDone: preferences.firstRunDone,
      partitionAmount,
    };
  }

  async dataSize(): Promise<DataSizeView> {
    const { dataSize, softwareKey, instanceBytes } = this.#parts;
    return { bytes: (await dataSize.withoutInstances(softwareKey())) + instanceBytes() };
  }

  /** @throws SlapgridError `start-at-login-unsupported`, `disk-full`, `read-only`. */
  async setStartAtLogin(enabled: boolean): Promise<StartAtLoginView> {
    const { startAtLogin, runtime } = this.#parts;
    if (enabled) await startAtLogin.enable(runtime);
    else await startAtLogin.disable();
    return startAtLogin.view();
  }

  /** @throws SlapgridError `lingering-refused`, `disk-full`, `read-only`. */
  async setLingering(enabled: boolean): Promise<LingeringView> {
    const { lingering, preferences } = this.#parts;
    await lingering.set(enabled);
    await preferences.decideLingering();
    return this.#lingering();
  }

  async #lingering(): Promise<LingeringView> {
    const { lingering, preferences } = this.#parts;
    return { ...(await lingering.view()), decided: preferences.lingeringDecided };
  }

  /** @throws SlapgridError `disk-full`, `read-only`. */
  setNotification(input: SetNotificationInput): Promise<void> {
    return this.#parts.preferences.setNotification(input);
  }

  finishFirstRun(): Promise<void> {
    return this.#parts.preferences.finishFirstRun();
  }
}
