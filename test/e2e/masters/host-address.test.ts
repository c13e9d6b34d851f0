/** The address of a computer as the real kernel tells it, in a network namespace of the test. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { expect, it } from 'vitest';

const source = path.resolve(import.meta.dirname, '../../../agent/node/host-address.ts');

/** @param commands what the network is made with. */
function addressIn(...commands: string[]): unknown {
  const look = `import { globalAddress } from ${JSON.stringify(source)};
    console.log(JSON.stringify(globalAddress()));`;
  const script = [...commands, 'exec "$@"'].join(' && ');
  const node = [process.execPath, '--input-type=module-typescript', '--eval', look];
  const done = spawnSync(
    'unshare',
    ['--user', '--map-root-user', '--net', 'sh', '-c', script, 'sh', ...node],
    { encoding: 'utf8' },
  );
  if (done.status !== 0) throw new Error(done.stderr);
  return JSON.parse(done.stdout);
}

it('has none without a network', () => {
  expect(addressIn('ip link set lo up')).toBeNull();
});

// A kernel may be without IPv6.
if (existsSync('/proc/net/if_inet6'))
  it('has the global one of its interface, and not the one of its home', () => {
    expect(
      addressIn(
        'ip link set lo up',
        'ip -6 addr add fd00:7::1/64 dev lo nodad',
        'ip -6 addr add 2001:db8:7::1/64 dev lo nodad',
      ),
    ).toEqual({ address: '2001:db8:7::1', netmask: 'ffff:ffff:ffff:ffff::' });
  });
