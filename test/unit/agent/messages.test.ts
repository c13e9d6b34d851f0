/** The catalogue and the code agree: no sentence is missing, none is left over, each can be formatted. */
import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { IntlMessageFormat } from 'intl-messageformat';
import { describe, expect, it } from 'vitest';
import { hasText } from '../../../agent/messages.ts';

const root = path.join(import.meta.dirname, '..', '..', '..');
const folder = path.join(root, 'assets', 'messages', 'en');
const areas = readdirSync(folder).map((name) => ({
  name,
  messages: JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as Record<string, string>,
}));

const sources = readdirSync(path.join(root, 'agent'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => ({ name, content: readFileSync(path.join(root, 'agent', name), 'utf8') }));

function used(pattern: RegExp): { key: string; file: string }[] {
  return sources.flatMap(({ name, content }) =>
    [...content.matchAll(pattern)].map((match) => ({ key: match[1] ?? '', file: name })),
  );
}

it('has a sentence and a next step for every error that the code can make', () => {
  const codes = used(/new SlapgridError\(\s*'([\w-]+)'/gu);
  expect(codes.length).toBeGreaterThan(60);
  const missing = codes.filter(({ key }) => !hasText(`error.${key}`) || !hasText(`error.${key}.next`));
  expect(missing).toEqual([]);
});

it('has every text that the code asks for by name', () => {
  const missing = used(/\btext\(\s*'([\w.-]+)'/gu).filter(({ key }) => !hasText(key));
  expect(missing).toEqual([]);
});

it('gives each key once, whatever its area', () => {
  const keys = areas
    .filter(({ name }) => name !== 'page.json')
    .flatMap(({ messages }) => Object.keys(messages));
  expect(keys.filter((key, index) => keys.indexOf(key) !== index)).toEqual([]);
});

describe.each(areas)('$name', ({ messages }) => {
  it('holds messages that can be formatted', () => {
    for (const message of Object.values(messages))
      expect(() => new IntlMessageFormat(message, 'en', undefined, { ignoreTag: true })).not.toThrow();
  });
});
