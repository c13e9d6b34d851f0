/**
 * A link to join holds a token, which is for the form alone. It is kept here, under a name that means nothing, until the page asks for
 * it: so it stands in no address, no history, and no message about a page that could not be loaded.
 */
import { randomUUID } from 'node:crypto';

/** Whoever agreed to look at it is looking by then. */
const KEPT_MILLISECONDS = 60_000;

export class Invitations {
  #kept: { name: string; link: string; timer: NodeJS.Timeout } | null = null;

  /** The one that was kept before is forgotten. @returns its name. */
  keep(link: string): string {
    this.#forget();
    const timer = setTimeout(() => this.#forget(), KEPT_MILLISECONDS);
    timer.unref();
    const name = randomUUID();
    this.#kept = { name, link, timer };
    return name;
  }

  /** @returns null for one that is not there, or was taken before. */
  take(name: string): string | null {
    if (this.#kept?.name !== name) return null;
    const { link } = this.#kept;
    this.#forget();
    return link;
  }

  #forget(): void {
    clearTimeout(this.#kept?.timer);
    this.#kept = null;
  }
}
