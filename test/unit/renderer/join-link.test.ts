import { describe, expect, it } from 'vitest';
import { parseJoinLink } from '../../../renderer/form/join-link.ts';

const MASTER = 'https%3A%2F%2Fslap.example.org';

describe('a link that invites to a master', () => {
  it('says where, and may say by which token, from which pages and under which name', () => {
    expect(
      parseJoinLink(
        `slapgrid://join?master=${MASTER}&web=https%3A%2F%2Fpanel.example.org&name=attic%20room&token=7Q4K%2B`,
      ),
    ).toEqual({
      master: 'https://slap.example.org',
      web: 'https://panel.example.org',
      name: 'attic room',
      token: '7Q4K+',
    });
    expect(parseJoinLink(`SLAPGRID://join/?master=${MASTER}`)).toEqual({
      master: 'https://slap.example.org',
      web: '',
      name: '',
      token: '',
    });
  });

  it.each([
    '',
    '7Q4K-P2MD',
    `https://join?master=${MASTER}`,
    'slapgrid://join',
    'slapgrid://join?token=7Q4K',
    `slapgrid://request?master=${MASTER}`,
    `slapgrid://join/more?master=${MASTER}`,
    `slapgrid://join?master=${MASTER}#more`,
    `slapgrid://ana@join?master=${MASTER}`,
    `slapgrid://join:1?master=${MASTER}`,
    `slapgrid://join?master=${MASTER}&master=${MASTER}`,
    `slapgrid://join?master=${MASTER}&run=rm`,
    `slapgrid://join?master=${MASTER}&token=${'x'.repeat(12_000)}`,
  ])('is not %j', (text) => {
    expect(parseJoinLink(text)).toBeNull();
  });
});
