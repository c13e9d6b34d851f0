import { expect, it } from 'vitest';
import { countedOf } from '../../../agent/limits/counted-use.ts';

it('is nothing where nothing is hosted', () => {
  expect(countedOf([])).toEqual({ files: 0, ports: 0, most: { files: 0, ports: 0 } });
});

it('is the sum of all, and the most of one', () => {
  expect(
    countedOf([
      { files: 100, ports: 2 },
      { files: 30, ports: 3 },
    ]),
  ).toEqual({ files: 130, ports: 5, most: { files: 100, ports: 3 } });
});

it('knows no files before any were counted, and leaves out those of whom none were', () => {
  expect(countedOf([{ files: null, ports: 1 }])).toMatchObject({ files: null, most: { files: null } });
  expect(
    countedOf([
      { files: null, ports: 1 },
      { files: 7, ports: 0 },
    ]),
  ).toMatchObject({ files: 7, ports: 1 });
});
