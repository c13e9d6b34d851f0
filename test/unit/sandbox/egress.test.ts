import { describe, expect, it } from 'vitest';
import { resolverFile, wayFor } from '../../../agent/sandbox/egress.ts';

const HOME = { networks: ['192.168.1.20/24'], resolvers: ['192.168.1.1'] };

describe('the way out', () => {
  it('is none where none is wanted', () => {
    expect(wayFor('none', HOME)).toBeNull();
  });

  it('to the internet is closed for every private network and for the metadata of clouds', () => {
    const closed = wayFor('internet', HOME)?.closed ?? [];
    for (const network of [
      '10.0.0.0/8',
      '172.16.0.0/12',
      '192.168.0.0/16',
      '169.254.0.0/16',
      '100.64.0.0/10',
    ])
      expect(closed).toContain(network);
  });

  it('to the internet is closed for the home’s own network where that has public addresses', () => {
    const home = { networks: ['203.0.113.77/26', '10.1.2.3/8'], resolvers: [] };
    expect(wayFor('internet', home)?.closed).toContain('203.0.113.64/26');
  });

  it('to everything is closed for the metadata of clouds all the same', () => {
    expect(wayFor('everything', HOME)?.closed).toEqual(['169.254.0.0/16']);
  });

  it('asks the host’s resolvers that are outside of the home, else public ones', () => {
    expect(wayFor('internet', HOME)?.resolvers).toEqual(['9.9.9.9', '1.1.1.1']);
    const resolvers = ['127.0.0.53', '192.168.1.1', '198.51.100.1'];
    expect(wayFor('internet', { ...HOME, resolvers })?.resolvers).toEqual(['198.51.100.1']);
    expect(wayFor('internet', { networks: ['198.51.100.9/24'], resolvers })?.resolvers).toEqual([
      '9.9.9.9',
      '1.1.1.1',
    ]);
    expect(resolverFile({ closed: [], resolvers: ['198.51.100.1'] })).toBe('nameserver 198.51.100.1\n');
  });
});
