import { describe, expect, it } from 'vitest';
import { redactSecrets } from '../../../agent/gate/redact.ts';

describe('taking secrets out of text', () => {
  it.each([
    ['http://127.0.0.1:5000/slapcap_Zm9vYmFy-_1/getFullComputerInformation', 'Zm9vYmFy'],
    ['authorization: Bearer k3Zq8wXbTn.abc', 'k3Zq8wXbTn'],
    ['cannot connect to redis://default:k3Zq8wXbTn@127.64.0.1:6379', 'k3Zq8wXbTn'],
    ['{"password": "k3 Zq8wXbTn", "port": 1}', 'Zq8wXbTn'],
    ['requirepass_password=k3Zq8wXbTn', 'k3Zq8wXbTn'],
    ['PGPASSWORD=k3Zq8wXbTn psql', 'k3Zq8wXbTn'],
  ])('hides it in: %s', (line, secret) => {
    expect(redactSecrets(line)).not.toContain(secret);
  });

  it('leaves the rest as it is', () => {
    const line =
      'Error: connect ECONNREFUSED 127.64.0.1:6379 (http://127.0.0.1:80/path) at listen (net.ts:1:2)';
    expect(redactSecrets(line)).toBe(line);
    expect(redactSecrets('{"password": "x", "port": 1}')).toContain('"port": 1');
  });
});
