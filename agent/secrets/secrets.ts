/**
 * The secrets of a person, and the list of where each is. A secret moves from the file to a keyring in that order which loses nothing:
 * it is read back from there before the file forgets it. Where both may have it, the file's is the newer one.
 */
import { SlapgridError } from '../errors.ts';
import { text } from '../messages.ts';
import { KeyringFailure, type Keyring } from './keyring.ts';
import type { KeyringProblem, SecretKinds, SecretStore } from './secret-store.ts';
import { SecretList, type Place } from './secret-list.ts';

export type AnyKeyring = Pick<Keyring, 'look' | 'get' | 'set' | 'delete'>;

export class Secrets implements SecretStore {
  readonly #list: SecretList;
  readonly #keyring: AnyKeyring;
  /** One thing at a time: what is read is what was written last. */
  #queue: Promise<unknown> = Promise.resolve();
  /** It answers, and was not given what was moved to it: nobody is asked for a password again for that. */
  #refused = false;

  constructor(list: SecretList, keyring: AnyKeyring) {
    this.#list = list;
    this.#keyring = keyring;
  }

  get(name: string): Promise<string | null> {
    return this.#inTurn(async () => {
      const { places, complete } = await this.#list.read();
      const place = places.get(name);
      if (place?.in === 'file') return place.value;
      if (place?.in === 'forgotten' || (place === undefined && complete)) return null;
      const value = await this.#ask((keyring) => keyring.get(name));
      // Somebody removed it there; or it was there all the time, while the list was lost.
      await this.#list.put(name, value === null ? null : { in: 'keyring' });
      return value;
    });
  }

  set(name: string, value: string): Promise<void> {
    return this.#inTurn(async () => {
      const before = (await this.#list.read()).places.get(name);
      const problem = await this.#try((keyring) => keyring.set(name, value));
      if (problem === null) await this.#list.put(name, { in: 'keyring' });
      else {
        const mayHaveIt = problem === 'silent' || problem === 'locked';
        await this.#list.put(name, { in: 'file', value, over: mayHaveIt || mayBeInKeyring(before) });
      }
    });
  }

  delete(name: string): Promise<void> {
    return this.#inTurn(async () => {
      const { places, complete } = await this.#list.read();
      const before = places.get(name);
      if (before === undefined && complete) return;
      const asked = before === undefined || mayBeInKeyring(before);
      const left = asked && (await this.#try((keyring) => keyring.delete(name))) !== null;
      await this.#list.put(name, left ? { in: 'forgotten' } : null);
    });
  }

  kind(): Promise<SecretKinds> {
    return this.#inTurn(async () => {
      const { places } = await this.#list.read();
      const kept = [...places.values()].filter((place) => place.in !== 'forgotten');
      if (kept.length > 0 && kept.every((place) => place.in === 'keyring'))
        return { kind: 'keyring', reason: null };
      const problem = await this.#try((keyring) => keyring.look());
      if (kept.length === 0 && problem === null) return { kind: 'keyring', reason: null };
      // One that answers and has not got it was locked then.
      return { kind: 'file', reason: problem ?? 'locked' };
    });
  }

  /** Where a keyring answers by now, takes what waits for it there. Nobody is asked anything when nothing waits. */
  settle(): Promise<void> {
    return this.#inTurn(async () => {
      const waiting = [...(await this.#list.read()).places].filter(([, place]) => place.in !== 'keyring');
      if (waiting.length === 0 || this.#refused) return;
      if ((await this.#try((keyring) => keyring.look())) !== null) return;
      for (const [name, place] of waiting) {
        const problem = await this.#try((keyring) =>
          place.in === 'file' ? keyring.set(name, place.value) : keyring.delete(name),
        );
        this.#refused = problem !== null;
        if (this.#refused) return;
        await this.#list.put(name, place.in === 'file' ? { in: 'keyring' } : null);
      }
    });
  }

  /** Forgets all of them, when nothing of Slapgrid is to stay. @returns whether the keyring could be asked where it had to be. */
  clear(): Promise<boolean> {
    return this.#inTurn(async () => {
      let asked = true;
      for (const [name, place] of (await this.#list.read()).places) {
        if (!mayBeInKeyring(place)) continue;
        if ((await this.#try((keyring) => keyring.delete(name))) !== null) asked = false;
      }
      await this.#list.remove();
      return asked;
    });
  }

  /** @throws SlapgridError `keyring-unavailable` */
  async #ask<Result>(work: (keyring: AnyKeyring) => Promise<Result>): Promise<Result> {
    try {
      return await work(this.#keyring);
    } catch (error) {
      if (!(error instanceof KeyringFailure)) throw error;
      throw new SlapgridError(
        'keyring-unavailable',
        { reason: text(`settings.keyring.${error.problem}`) },
        { cause: error },
      );
    }
  }

  async #try(work: (keyring: AnyKeyring) => Promise<unknown>): Promise<KeyringProblem | null> {
    try {
      await work(this.#keyring);
      return null;
    } catch (error) {
      if (error instanceof KeyringFailure) return error.problem;
      throw error;
    }
  }

  #inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#queue.then(work);
    this.#queue = result.catch(() => undefined);
    return result;
  }
}

function mayBeInKeyring(place: Place | undefined): boolean {
  if (place === undefined) return false;
  return place.in !== 'file' || place.over;
}
