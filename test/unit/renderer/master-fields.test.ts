/** What the form takes for the address of a master is what the agent takes: no more, no less. */
import { expect, it } from 'vitest';
import { masterAddress } from '../../../agent/account/addresses.ts';
import { joinProblem, understoodUrl, type JoinValues } from '../../../renderer/form/master-fields.ts';

const VALUES: JoinValues = { token: 'T', name: 'attic', master: '', web: '', partitions: 10 };

function isTakenByAgent(url: string): boolean {
  try {
    masterAddress(url);
    return true;
  } catch {
    return false;
  }
}

it.each([
  ['https://slap.example.org', true],
  ['https://slap.example.org:8443/a/b', true],
  ['http://127.0.0.1:5000/slapcap_a', true],
  ['http://127.64.0.1', true],
  ['http://127.1:5000', true],
  ['http://localhost:5000', true],
  ['http://LOCALHOST/', true],
  ['http://[::1]:5000/', true],
  ['http://slap.example.org', false],
  ['http://localhost.example.org', false],
  ['http://127.0.0.1.example.org', false],
  ['http://128.0.0.1', false],
  ['http://0.0.0.0', false],
  ['http://[::2]', false],
  ['http://[::ffff:127.0.0.1]', false],
  ['http://user:password@127.0.0.1', false],
  ['https://user@slap.example.org', false],
  ['ftp://127.0.0.1', false],
  ['file:///etc/passwd', false],
])('%s: %s', (url, taken) => {
  expect([joinProblem('master', { ...VALUES, master: url }) === '', isTakenByAgent(url)]).toEqual([
    taken,
    taken,
  ]);
  expect(joinProblem('web', { ...VALUES, web: url }) === '').toBe(taken);
  if (taken) expect(masterAddress(understoodUrl(url)).href).toBe(masterAddress(url).href);
});
