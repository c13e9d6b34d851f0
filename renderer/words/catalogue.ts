/**
 * What the catalogue says of a service, in words.
 */
import type { CatalogueEntry } from '../../agent/api/contract.ts';
import { text } from '../messages.ts';
import { bytesText } from './amounts.ts';

/** How far away a service is: `Ready, starts at once`, `58 MB to download`; said without an amount when that is not known. */
export function effortText({ here, bytesToDownload }: CatalogueEntry): string {
  if (here) return text('page.services.here');
  if (bytesToDownload === null) return text('page.services.fetched');
  return text('page.services.download', { amount: bytesText(bytesToDownload) });
}

/** The categories of the catalogue's own pictures, in the order of the chips. */
const CATEGORIES = [
  'database',
  'cache',
  'web-server',
  'web-application',
  'proxy',
  'mail',
  'storage',
  'virtual-machine',
  'office-conversion',
  'language-stack',
] as const;

export type Category = (typeof CATEGORIES)[number] | 'other';

export function categoryOfEntry({ category }: CatalogueEntry): Category {
  return CATEGORIES.find((known) => known === category) ?? 'other';
}

/** Those that have at least one entry, in order. */
export function categoriesOf(entries: readonly CatalogueEntry[]): Category[] {
  const present = new Set(entries.map(categoryOfEntry));
  return [...CATEGORIES, 'other' as const].filter((category) => present.has(category));
}

export function categoryText(category: Category): string {
  return text(`page.services.category.${category}`);
}

/**
 * The entries that have every word of `search` in their name, title, description or category; accents and case do not count.
 * @param category null for all.
 */
export function foundIn(
  entries: readonly CatalogueEntry[],
  search: string,
  category: Category | null,
): CatalogueEntry[] {
  const words = folded(search)
    .split(/\s+/u)
    .filter((word) => word !== '');
  return entries.filter((entry) => {
    if (category !== null && categoryOfEntry(entry) !== category) return false;
    const { name, title, description } = entry;
    const all = folded([name, title, description, categoryText(categoryOfEntry(entry))].join(' '));
    return words.every((word) => all.includes(word));
  });
}

function folded(words: string): string {
  return words
    .normalize('NFD')
    .replaceAll(/\p{Mark}/gu, '')
    .toLowerCase();
}
