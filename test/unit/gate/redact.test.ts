import { describe, expect, it } from 'vitest';
import { redactSecrets } from '../../../agent/gate/redact.ts';
import { withoutSecrets } from '../../../renderer/screens/doctor/diagnostics.ts';

// The page may use nothing of the agent but its types: each has rules of its own, and both have to keep these.
describe.each([
  ['a log', redactSecrets],
  ['diagnostics', withoutSecrets],
])('taking secrets out of %s', (_, clean) => {
  it.each([
    ['http://127.0.0.1:5000/slapcap_Zm9vYmFy-_1/getFullComputerInformation', 'Zm9vYmFy'],
    ['authorization: Bearer k3Zq8wXbTn.abc', 'k3Zq8wXbTn'],
    ['cannot connect to redis://default:k3Zq8wXbTn@127.64.0.1:6379', 'k3Zq8wXbTn'],
    ['{"password": "k3 Zq8wXbTn", "port": 1}', 'Zq8wXbTn'],
    ['requirepass_password=k3Zq8wXbTn', 'k3Zq8wXbTn'],
    ['PGPASSWORD=k3Zq8wXbTn psql', 'k3Zq8wXbTn'],
  ])('hides it in: %s', (line, secret) => {
    expect(clean(line)).not.toContain(secret);
  });

  it('leaves the rest as it is', () => {
    const line =
      'Error: connect ECONNREFUSED 127.64.0.1:6379 (http://127.0.0.1:80/path) at listen (net.ts:1:2)';
    expect(clean(line)).toBe(line);
    expect(clean('{"password": "x", "port": 1}')).toContain('"port": 1');
  });
});
