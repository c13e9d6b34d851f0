/** The shell and its catalogue agree. That a key exists, the type checker says. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const root = path.join(import.meta.dirname, '..', '..', '..');
const folder = path.join(root, 'main');
const source = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => readFileSync(path.join(folder, name), 'utf8'))
  .join('\n');
const catalogue = path.join(root, 'assets', 'messages', 'en', 'shell.json');
const keys = Object.keys(JSON.parse(readFileSync(catalogue, 'utf8')) as Record<string, string>);

it('has no sentence that nobody says', () => {
  const written = [...source.matchAll(/['`](shell\.[\w.${}-]+)['`]/gu)].map(([, key = '']) => {
    const parts = key.split(/\$\{[^}]*\}/u).map((part) => part.replaceAll('.', String.raw`\.`));
    return new RegExp(`^${parts.join(String.raw`[\w-]+`)}$`, 'u');
  });
  expect(keys.filter((key) => !written.some((pattern) => pattern.test(key)))).toEqual([]);
});

it('is sorted, so that a sentence has one place', () => {
  expect(keys).toEqual(keys.toSorted());
});
