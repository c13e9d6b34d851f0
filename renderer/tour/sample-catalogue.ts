/**
 * The catalogue of the tour: the software that the program comes with, with fewer parameters.
 */
import type { CatalogueEntry } from '../../agent/api/contract.ts';
import { text, type MessageKey } from '../messages.ts';

type Name = 'memcached' | 'nginx' | 'postgresql' | 'redis';

const TITLES: Readonly<Record<Name, string>> = {
  memcached: 'Memcached',
  nginx: 'nginx',
  postgresql: 'PostgreSQL',
  redis: 'Redis',
};

export function sampleCatalogue(): CatalogueEntry[] {
  return [
    entry('memcached', 'cache', 2_100_000, {
      memory: {
        type: 'integer',
        title: text('page.tour.parameter.memory'),
        'x-unit': 'MB',
        default: 64,
        minimum: 16,
        maximum: 2048,
      },
      connections: {
        type: 'integer',
        title: text('page.tour.parameter.connections'),
        default: 256,
        minimum: 16,
        maximum: 4096,
      },
    }),
    entry('nginx', 'web-server', 4_300_000, {
      page: { type: 'string', title: text('page.tour.parameter.page'), contentMediaType: 'text/html' },
    }),
    entry('postgresql', 'database', 58_400_000, {
      database: {
        type: 'string',
        title: text('page.tour.parameter.database'),
        pattern: '^[a-z_][a-z0-9_]{0,62}$',
        default: 'data',
      },
      connections: {
        type: 'integer',
        title: text('page.tour.parameter.connections'),
        default: 50,
        minimum: 10,
        maximum: 1000,
      },
    }),
    entry('redis', 'cache', 5_200_000, {
      memory: {
        type: 'integer',
        title: text('page.tour.parameter.memory'),
        'x-unit': 'MB',
        default: 128,
        minimum: 16,
        maximum: 4096,
      },
    }),
  ];
}

function entry(
  name: Name,
  category: string,
  bytesToDownload: number,
  properties: Record<string, unknown>,
): CatalogueEntry {
  const description: MessageKey = `page.tour.software.${name}`;
  return {
    url: `slapgrid:${name}`,
    name,
    title: TITLES[name],
    description: text(description),
    category,
    here: false,
    bytesToDownload,
    types: [{ name: 'default', title: TITLES[name], parameters: { type: 'object', properties } }],
  };
}
