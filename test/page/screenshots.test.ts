import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { takePictures } from '../screenshots/pictures.ts';
import { scenes } from '../screenshots/scenes.ts';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'slapgrid-pictures-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Takes the pictures of one screen into a folder of their own. @returns what was said to be written. */
async function take(name: string, into: string): Promise<string[]> {
  const written: string[] = [];
  await takePictures({
    folder: path.join(folder, into),
    scenes: scenes.filter((scene) => scene.name === name),
    onPicture: (picture) => written.push(picture),
  });
  return written;
}

/** Width and height, from the head of a PNG file (its specification, 11.2.2). */
async function sizeOf(picture: string): Promise<string> {
  const bytes = await readFile(picture);
  expect(bytes.subarray(1, 4).toString()).toBe('PNG');
  return `${bytes.readUInt32BE(16)}x${bytes.readUInt32BE(20)}`;
}

it('writes a screen in both schemes and three sizes, says each, and writes the same when asked again', async () => {
  const written = await take('partition', 'one');
  expect(written).toEqual(
    ['light', 'dark'].flatMap((scheme) =>
      ['360x640', '1080x720', '1600x1000'].map((size) => `partition-${scheme}-${size}.png`),
    ),
  );
  expect((await readdir(path.join(folder, 'one'))).toSorted()).toEqual(written.toSorted());
  await take('partition', 'other');
  for (const picture of written) {
    const file = path.join(folder, 'one', picture);
    expect(picture).toContain(await sizeOf(file));
    expect((await readFile(file)).equals(await readFile(path.join(folder, 'other', picture)))).toBe(true);
  }
});

it('has a name of its own for each scene', () => {
  const names = scenes.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});
