/** The page and its catalogue agree: no sentence is missing, none is left over. That a key exists, the type checker says too. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';

const root = path.join(import.meta.dirname, '..', '..', '..');
const folder = path.join(root, 'renderer');
const source = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/u.test(name))
  .map((name) => readFileSync(path.join(folder, name), 'utf8'))
  .join('\n');
const AREAS = [
  'page',
  'page-conditions',
  'page-lending',
  'page-notifications',
  'page-pause',
  'page-tour',
  'page-usage',
  'masters',
];
const keysOf = (area: string): string[] => {
  const catalogue = path.join(root, 'assets', 'messages', 'en', `${area}.json`);
  return Object.keys(JSON.parse(readFileSync(catalogue, 'utf8')) as Record<string, string>);
};
const keys = AREAS.flatMap(keysOf);

/** Keys that stand in the code as they are. */
const written = new Set(
  [...source.matchAll(/['`]((?:page(?:-[a-z]+)?|masters)(?:\.[\w-]+)+)['`]/gu)].map(([, key = '']) => key),
);
/** Keys that are put together, `page.state.${state}`: one word may stand in the place of each part that is filled in. */
const composed = [...source.matchAll(/`((?:page(?:-[a-z]+)?|masters)\.[\w.-]*\$\{[^`]*)`/gu)].map(
  ([, template = '']) => {
    const words = template.split(/\$\{[^}]*\}/u).map((part) => part.replaceAll('.', String.raw`\.`));
    return { template, pattern: new RegExp(`^${words.join(String.raw`[\w-]+`)}$`, 'u') };
  },
);

it('has every sentence that the page says', () => {
  expect([...written].filter((key) => !keys.includes(key))).toEqual([]);
  expect(composed.length).toBeGreaterThan(10);
  const empty = composed.filter(({ pattern }) => !keys.some((key) => pattern.test(key)));
  expect(empty.map(({ template }) => template)).toEqual([]);
});

it('has no sentence that nobody says', () => {
  const said = (key: string): boolean =>
    written.has(key) || composed.some(({ pattern }) => pattern.test(key));
  expect(keys.filter((key) => !said(key))).toEqual([]);
});

it.each(AREAS)('is sorted, so that a sentence has one place: %s', (area) => {
  expect(keysOf(area)).toEqual(keysOf(area).toSorted());
});
