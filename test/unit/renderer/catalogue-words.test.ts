import { describe, expect, it } from 'vitest';
import { categoriesOf, effortText, foundIn } from '../../../renderer/words/catalogue.ts';
import { standInCatalogue } from '../../fakes/agent-service.ts';

const names = (search: string): string[] => foundIn(standInCatalogue, search, null).map(({ name }) => name);

describe('the search', () => {
  it.each([
    ['', ['memcached', 'redis', 'postgresql', 'nginx']],
    ['  REDIS ', ['redis']],
    ['dâta relátional', ['postgresql']],
    ['caches', ['memcached', 'redis']],
    ['http files', ['nginx']],
    ['minecraft', []],
  ])('of %j finds %j', (search, found) => {
    expect(names(search)).toEqual(found);
  });

  it('stays in the category that was chosen', () => {
    expect(foundIn(standInCatalogue, 'a', 'database').map(({ name }) => name)).toEqual(['postgresql']);
  });
});

describe('the categories', () => {
  it('are those that have something, in one order, the unknown ones last', () => {
    const odd = standInCatalogue.slice(0, 1).map((entry) => ({ ...entry, category: 'x' }));
    expect(categoriesOf([...odd, ...standInCatalogue])).toEqual(['database', 'cache', 'web-server', 'other']);
  });
});

describe('the effort', () => {
  it.each([
    [true, 0, 'Ready, starts at once'],
    [false, 58_400_000, '58\u00a0MB to download'],
    [false, null, 'Downloads once'],
  ])('here %j, %j bytes: %s', (here, bytesToDownload, words) => {
    const [entry] = standInCatalogue;
    if (entry === undefined) throw new Error('the catalogue is empty');
    expect(effortText({ ...entry, here, bytesToDownload })).toBe(words);
  });
});
