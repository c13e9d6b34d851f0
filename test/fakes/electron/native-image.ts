/**
 * `nativeImage`: the pictures of an image, as they were given.
 */
import { existsSync, readFileSync } from 'node:fs';
import type Electron from 'electron';

export class NativeImage {
  readonly representations: { scaleFactor: number; bytes: Buffer }[] = [];
  #template = false;

  constructor(first: Buffer | null) {
    if (first !== null) this.representations.push({ scaleFactor: 1, bytes: first });
  }

  addRepresentation({ scaleFactor = 1, buffer }: Electron.AddRepresentationOptions): void {
    if (buffer !== undefined) this.representations.push({ scaleFactor, bytes: buffer });
  }

  isEmpty(): boolean {
    return this.representations.length === 0;
  }

  setTemplateImage(template: boolean): void {
    this.#template = template;
  }

  isTemplateImage(): boolean {
    return this.#template;
  }
}

export const nativeImage = {
  createEmpty: (): NativeImage => new NativeImage(null),
  createFromPath: (file: string): NativeImage =>
    new NativeImage(existsSync(file) ? readFileSync(file) : null),
};
