/** An instance that is hosted for a joined master requests another one of it: through its door, and over TLS. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { StandInMaster } from '../../fakes/slap-master/master.ts';
import { ASKING_SOFTWARE } from '../sandbox/asking-software.ts';
import { RealNode } from './node.ts';

const { default: type } = ASKING_SOFTWARE.types;
const test = (name: string, ...command: string[]): object => ({
  name,
  kind: 'command',
  command: ['/usr/bin/test', ...command],
});
/** It is well only when it can read its certificate and its key, and write neither. */
const SOFTWARE = {
  ...ASKING_SOFTWARE,
  types: {
    default: {
      ...type,
      promises: [
        ...type.promises,
        test('certificate', '-r', '{{ slap.certificate }}'),
        test('key', '-r', '{{ slap.key }}'),
        test('kept', '!', '-w', '{{ slap.key }}'),
      ],
    },
  },
};

let node: RealNode;
let master: StandInMaster;
beforeEach(async () => {
  node = await RealNode.start(SOFTWARE);
  master = await StandInMaster.start();
});
afterEach(async () => {
  await node.stop();
  await master.close();
  expect([...node.faults, ...master.faults]).toEqual([]);
});

it('has its child requested with the certificate of the computer, which it never sees', async () => {
  const joined = node.join(master);
  await node.masters.add(joined);
  await expect.poll(() => master.proxy.listComputers().length, { timeout: 20_000 }).toBe(1);
  master.proxy.requestComputerPartition({
    softwareUrl: node.release,
    softwareType: 'default',
    name: 'parent',
    state: 'started',
    parameters: {},
    filter: { computer_guid: node.computerId },
    shared: false,
    requester: null,
  });
  node.masters.ask(joined.id);
  await expect.poll(() => node.instance('parent')?.state, { timeout: 60_000 }).toBe('started');

  const place = node.folderOf('slappart10');
  expect(await readFile(path.join(place, 'data', 'answer'), 'utf8')).toMatch(/^HTTP\/1\.1 200 /);
  expect(node.instance('parent')?.promises.map(({ state }) => state)).toEqual([
    'kept',
    'kept',
    'kept',
    'kept',
  ]);
  const [asked] = master.calls('/requestComputerPartition');
  expect(asked?.caller).toBe(node.computerId);
  expect(master.proxy.instanceByName('child', 'parent')).toBeDefined();
  const [conf = ''] = await readdir(path.join(place, 'conf'));
  const seen = await readFile(path.join(place, 'conf', conf, 'master'), 'utf8');
  expect(seen).toMatch(/^master http:\/\/127\.0\.0\.1:61999\/slapcap_[\w-]+\/ COMP-1234 slappart10$/);
  await expect(readFile(path.join(place, 'conf', conf, 'request.pl'), 'utf8')).resolves.not.toContain(
    'slapcap_',
  );
});
