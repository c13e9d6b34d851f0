import { describe, expect, it } from 'vitest';
import { isThisComputer, webAddressOf } from '../../../../renderer/words/web-address.ts';

describe('what may be opened', () => {
  it.each([
    ['http://127.64.0.1:8080/', '127.64.0.1:8080'],
    ['https://example.org/a?b#c', 'example.org'],
    ['HTTPS://EXAMPLE.org', 'example.org'],
    ['https://аpple.com/', 'xn--pple-43d.com'],
  ])('%s leads to %s', (value, host) => {
    expect(webAddressOf(value)?.host).toBe(host);
  });

  it.each([
    'javascript:alert(1)',
    ' javascript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'postgresql://127.64.0.1/',
    'http://ana:pw@127.64.0.1/',
    'http://ana@127.64.0.1/',
    '127.64.0.1:11211',
    '//example.org',
    '',
  ])('%s is not', (value) => {
    expect(webAddressOf(value)).toBeNull();
  });

  it.each([
    ['http://127.64.0.1:8080/', true],
    ['http://localhost/', true],
    ['http://[::1]/', true],
    ['http://127.0.0.1.example.org/', false],
    ['http://10.0.0.1/', false],
  ])('%s is on this computer: %s', (value, here) => {
    const web = webAddressOf(value);
    expect(web !== null && isThisComputer(web)).toBe(here);
  });
});
