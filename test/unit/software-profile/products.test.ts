import path from 'node:path';
import { expect, it } from 'vitest';
import { productsOf } from '../../../agent/software/products.ts';
import { createProfileSource } from '../../../agent/software/profile/source.ts';

const products = productsOf(
  createProfileSource({ catalogueFolder: path.join(import.meta.dirname, '../../../assets/software') }),
);

it.each([
  ['redis', ['slapgrid:redis']],
  ['nothing', []],
  ['', []],
  ['../redis', []],
  ['/etc/passwd', []],
  ['http://example.org/software.yaml', []],
  ['slapgrid:redis', []],
])('the product %j is %j', (product, urls) => {
  expect(products(product)).toEqual(urls);
});
