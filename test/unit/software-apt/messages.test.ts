/** Every error of the provider has its sentence and its next step, and both can be made from what it is given. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { hasText } from '../../../agent/messages.ts';
import { SlapgridError } from '../../../agent/errors.ts';

test('every code has a sentence and a next step', async () => {
  const codes = new Set<string>();
  for (const folder of ['agent/software/apt', 'agent/software/trees']) {
    for (const name of await readdir(folder)) {
      const source = await readFile(path.join(folder, name), 'utf8');
      for (const [, code] of source.matchAll(/(?:SlapgridError\(\s*|code: )'([a-z-]+)'/g))
        if (code !== undefined) codes.add(code);
    }
  }
  expect(codes.size).toBeGreaterThan(15);
  for (const code of codes) {
    expect(hasText(`error.${code}`), code).toBe(true);
    expect(hasText(`error.${code}.next`), code).toBe(true);
  }
});

test.each([
  ['no-space', { known: 'yes', needed: 1200, free: 3 }, '1,200 MB are needed, 3 MB are free'],
  ['no-space', { known: 'no', needed: 0, free: 0 }, 'became full'],
  ['unknown-package', { name: 'x', near: 'none' }, 'No package is named “x” in this system’s release.'],
  ['unknown-package', { name: 'x', near: 'y, z' }, 'Near it: y, z.'],
  ['unsupported-system', { missing: 'debian' }, 'neither'],
  ['unsupported-system', { missing: 'apt-get' }, 'apt-get is missing'],
  ['package-refused', { name: 'x', reason: 'hardlink', entry: './a' }, '“./a” is a link'],
  ['package-refused', { name: 'x', reason: 'damaged', entry: '' }, 'it is damaged'],
])('%s is said in words', (code, parameters, words) => {
  const error = new SlapgridError(code, parameters);
  expect(error.message).toContain(words);
  expect(error.nextStep).not.toContain('{');
});
