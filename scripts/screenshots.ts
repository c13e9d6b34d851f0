/**
 * `npm run screenshots`: every screen, in both schemes and three sizes, as PNG files in `docs/screenshots`.
 * `npm run screenshots -- some/folder doctor settings` writes these scenes only, and elsewhere; `--whole` as high as the screen is.
 */
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { takePictures } from '../test/screenshots/pictures.ts';
import { scenes } from '../test/screenshots/scenes.ts';

const { values, positionals } = parseArgs({
  options: { whole: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const [folder = path.join(import.meta.dirname, '..', 'docs', 'screenshots'), ...names] = positionals;

const unknown = names.filter((name) => !scenes.some((scene) => scene.name === name));
if (unknown.length > 0) {
  console.error(
    `No scene is called ${unknown.join(', ')}. There are: ${scenes.map(({ name }) => name).join(', ')}.`,
  );
  process.exit(2);
}

await takePictures({
  folder,
  scenes: names.length === 0 ? scenes : scenes.filter(({ name }) => names.includes(name)),
  whole: values.whole,
  onPicture: (name) => console.log(path.join(folder, name)),
});
