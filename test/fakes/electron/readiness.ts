/**
 * Whether the application is ready: what Electron refuses before and after, the stand-in refuses too.
 */
export class Readiness {
  #ready = false;

  get ready(): boolean {
    return this.#ready;
  }

  begin(): void {
    this.#ready = true;
  }

  refuseBeforeReady(what: string): void {
    if (!this.#ready) throw new Error(`${what} cannot be used before the app is ready`);
  }

  refuseWhenReady(what: string): void {
    if (this.#ready) throw new Error(`${what} should be called before the app is ready`);
  }
}

export const readiness = new Readiness();
