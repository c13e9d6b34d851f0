import { describe, expect, it } from 'vitest';
import { looksLikeLink, parseLink } from '../../../main/links/link.ts';
import { questionAbout } from '../../../main/links/question.ts';

const FULL =
  'slapgrid://join?master=https%3A%2F%2Fslap.example.org&web=https%3A%2F%2Fpanel.example.org&name=attic&token=7Q4K';

describe('a link', () => {
  it.each([
    ['slapgrid://request/postgresql', { kind: 'request', software: 'postgresql' }],
    [
      'slapgrid://request?url=https%3A%2F%2Fexample.org%2Fsoftware.yaml',
      { kind: 'request-url', url: 'https://example.org/software.yaml' },
    ],
    [
      'slapgrid://join?master=https%3A%2F%2Fmaster.example.org',
      {
        kind: 'join',
        master: 'https://master.example.org/',
        link: 'slapgrid://join?master=https%3A%2F%2Fmaster.example.org',
      },
    ],
    [FULL, { kind: 'join', master: 'https://slap.example.org/', link: FULL }],
  ])('%s is understood', (link, meaning) => {
    expect(parseLink(link)).toEqual(meaning);
  });

  it.each([
    'slapgrid://destroy/cache',
    'slapgrid://request/',
    'slapgrid://request/../../settings',
    'slapgrid://request/postgresql/more',
    'slapgrid://request/postgresql#/settings',
    'slapgrid://request/Post%20gres',
    'slapgrid://request?url=file%3A%2F%2F%2Fetc%2Fpasswd',
    'slapgrid://request?url=http%3A%2F%2Fexample.org%2F',
    'slapgrid://request?url=javascript%3Aalert(1)',
    'slapgrid://request?url=https%3A%2F%2Fbank.example%40evil.example%2F',
    'slapgrid://request?url=https%3A%2F%2Fexample.org&name=x',
    'slapgrid://request/redis?url=https%3A%2F%2Fexample.org',
    'slapgrid://user:password@join?master=https%3A%2F%2Fexample.org',
    'slapgrid://join?token=7Q4K',
    'slapgrid://join?master=http%3A%2F%2Fslap.example.org',
    'slapgrid://join?master=https%3A%2F%2Fslap.example.org&web=javascript%3Aalert(1)',
    'slapgrid://join?master=https%3A%2F%2Fslap.example.org&master=https%3A%2F%2Fevil.example',
    'slapgrid://join?master=https%3A%2F%2Fslap.example.org&run=rm',
    'slapgrid://join/7Q4K?master=https%3A%2F%2Fslap.example.org',
    'slapgrid:request/redis',
    'https://request/redis',
    '--help',
    '',
  ])('%s is refused', (link) => {
    expect(parseLink(link)).toBeNull();
  });

  it('is refused when it is longer than any that somebody means', () => {
    expect(parseLink(`slapgrid://request?url=https%3A%2F%2Fexample.org%2F${'x'.repeat(2000)}`)).toBeNull();
  });

  it('is recognised however it is written', () => {
    expect(['SLAPGRID://x', 'slapgrid:x', '--hidden', 'slapgrid.yaml'].map(looksLikeLink)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});

describe('a person is asked', () => {
  it('about software by name, and is led to its form', () => {
    expect(questionAbout({ kind: 'request', software: 'redis' })).toMatchObject({
      message: 'A link asks for the software “redis”.',
      agree: { label: 'Look at it', action: { do: 'open', screen: '#/request/redis' } },
    });
  });

  it('about software from elsewhere, with its whole address before anything is read from there', () => {
    // A letter that looks like another one is shown as what it is.
    const link = parseLink('slapgrid://request?url=https%3A%2F%2F%D0%B5xample.org%2Fa');
    expect(questionAbout(link)).toMatchObject({
      message: 'A link asks for software from xn--xample-2of.org.',
      detail: expect.stringContaining('https://xn--xample-2of.org/a'),
      agree: { action: { do: 'open', screen: '#/request-url/https%3A%2F%2Fxn--xample-2of.org%2Fa' } },
    });
  });

  it('about a master by its host alone: what else the link says is for the form', () => {
    const question = questionAbout(parseLink(FULL));
    expect(question).toMatchObject({
      message: 'A link asks you to join the master at slap.example.org.',
      agree: { label: 'Look at it', action: { do: 'join', link: FULL } },
    });
    expect(question.message + question.detail).not.toContain('7Q4K');
  });

  it('nothing about a link that was not understood', () => {
    expect(questionAbout(null)).toMatchObject({
      message: 'A link to Slapgrid was not understood.',
      agree: null,
    });
  });
});
