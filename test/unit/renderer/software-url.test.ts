import { describe, expect, it } from 'vitest';
import { softwareUrlProblem } from '../../../renderer/form/software-url.ts';

describe('the URL of a software release', () => {
  it.each([
    ['', 'The URL is needed.'],
    ['-----BEGIN PRIVATE KEY----- MIIE', 'This looks like a private key, not like a URL. It was not sent.'],
    [`https://a.example/${'a'.repeat(2000)}`, 'The URL must have at most 2,000 characters.'],
    [
      'https://a.example/\u202etxt',
      'The URL holds characters that cannot be seen. Type it instead of pasting it.',
    ],
    [
      'https://a.example/\u0000',
      'The URL holds characters that cannot be seen. Type it instead of pasting it.',
    ],
  ])('may not be %j', (url, words) => {
    expect(softwareUrlProblem(url)).toBe(words);
  });

  it.each(['https://a.example/software.cfg', '/home/ana/my software/software.yaml', 'redis', 'חנות'])(
    'may be %s',
    (url) => {
      expect(softwareUrlProblem(url)).toBe('');
    },
  );
});
