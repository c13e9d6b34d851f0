/**
 * An instance that requests another one: a profile whose service asks the master, in a real sandbox, through the door from inside.
 */
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { LOCAL_MASTER } from '../../../agent/api/contract.ts';
import { systemClock } from '../../../agent/clock.ts';
import { configurationSchema } from '../../../agent/configuration.ts';
import { InstallationLog } from '../../../agent/grid/installation-log.ts';
import { InstanceRecords } from '../../../agent/grid/instance-record.ts';
import { startInstance } from '../../../agent/grid/start-instance.ts';
import type { GridTools } from '../../../agent/grid/tools.ts';
import { INNER_DOOR, partitionOf, unitId } from '../../../agent/grid/units.ts';
import { formatPartition, partitionLayouts, prepareInstances } from '../../../agent/node/format.ts';
import { pathsOf } from '../../../agent/paths.ts';
import { INSIDE_PORT } from '../../../agent/proxy/door.ts';
import { parseProfile } from '../../../agent/software/profile/document.ts';
import { createProfileRenderer } from '../../../agent/software/profile/renderer.ts';
import { createSupervisor } from '../../../agent/supervisor/supervisor.ts';
import type { Supervisor } from '../../../agent/supervisor/types.ts';
import { type RunningProxy, startProxy } from '../../contract/running-proxy.ts';
import { ASKING_SOFTWARE } from './asking-software.ts';
import { isRoot, sandbox, until } from './partition.ts';

const COMPUTER = 'local_computer';
const SHIM = path.join(import.meta.dirname, '..', '..', '..', 'agent', 'supervisor', 'shim.sh');

let folder: string;
let running: RunningProxy;
let supervisor: Supervisor;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'slapgrid-inner-'));
  await chmod(folder, 0o711);
  running = await startProxy();
  const shim = path.join(folder, 'shim.sh');
  await copyFile(SHIM, shim);
  await chmod(shim, 0o755);
  supervisor = createSupervisor({ shim });
});
afterEach(async () => {
  for (const { id } of supervisor.list().toReversed()) await supervisor.stop(id);
  supervisor.close();
  expect(running.faults).toEqual([]);
  await running.stop();
  await rm(folder, { recursive: true, maxRetries: 20, retryDelay: 50 });
});

it('requests a child of its own through a door that is the partition’s user, with no secret in its words', async () => {
  const paths = pathsOf(path.join(folder, 'data'));
  const configuration = configurationSchema.parse({
    schema: 1,
    partitionAmount: 2,
    proxyPort: 20_000,
    pagePort: 20_001,
    addressBlock: '127.93.1',
    identityBase: isRoot ? 0x6f00_0000 + process.pid * 16 : null,
  });
  await mkdir(paths.private, { recursive: true });
  await chmod(paths.home, 0o711);
  await prepareInstances(paths);
  const layouts = partitionLayouts(paths, configuration);
  for (const layout of layouts) await formatPartition(layout);
  running.proxy.loadComputerConfiguration({
    reference: COMPUTER,
    address: '',
    netmask: '',
    partitions: layouts.map(({ id }) => ({ reference: id, interfaceName: 'lo', addresses: [] })),
  });
  running.proxy.requestComputerPartition({
    softwareUrl: 'slapgrid:sample',
    softwareType: 'default',
    name: 'parent',
    state: null,
    parameters: {},
    filter: {},
    shared: false,
    requester: null,
  });
  const [layout] = layouts;
  if (layout === undefined) throw new Error('no partition');
  const tree = path.join(folder, 'tree');
  await mkdir(path.join(tree, 'etc'), { recursive: true });
  await symlink('/usr', path.join(tree, 'usr'));
  const profile = parseProfile(JSON.stringify(ASKING_SOFTWARE), 'slapgrid:sample');
  const socket = path.join(layout.paths.root, 'slap.sock');
  const tools = {
    masterId: LOCAL_MASTER,
    computerId: COMPUTER,
    owner: { kind: 'me', name: 'me' },
    supervisor,
    sandbox,
    software: {
      ensure: async () => ({ record: { profile }, tree: { digest: 'd', root: tree, components: [] } }),
    },
    renderer: createProfileRenderer(),
    groups: null,
    files: { exists: async () => false },
    clock: systemClock,
    inside: async () => ({
      url: await running.server.openInside(
        { kind: 'partition', computerId: COMPUTER, partitionId: layout.id },
        socket,
        layout.identity,
      ),
      port: INSIDE_PORT,
      socket,
    }),
  } as unknown as GridTools;
  const target = running.proxy.registerComputerPartition({ computerId: COMPUTER, partitionId: layout.id });

  await startInstance(
    layout,
    { ...target, software: { url: 'slapgrid:sample' } },
    new InstanceRecords(layout.paths),
    tools,
    {
      progress: () => undefined,
      rendered: () => undefined,
      promise: () => undefined,
      plugin: () => undefined,
      log: new InstallationLog(layout, systemClock),
    },
    AbortSignal.timeout(60_000),
  );

  const answer = await until(() =>
    readFile(path.join(layout.paths.data, 'answer'), 'utf8').then(
      (said) => (said === '' ? null : said),
      () => null,
    ),
  );
  expect(answer).toMatch(/^HTTP\/1\.1 200 /);
  expect(running.proxy.instanceByName('child', 'parent')).toMatchObject({ partitionId: 'slappart1' });

  const door = supervisor.status(unitId(layout.id, INNER_DOOR));
  if (door?.state !== 'running') throw new Error('no door');
  const seen = await readFile(`/proc/${door.payloadPid}/cmdline`, 'latin1');
  const environment = await readFile(`/proc/${door.payloadPid}/environ`, 'latin1');
  expect(`${seen}${environment}`).not.toContain('slapcap_');
  const status = await readFile(`/proc/${door.payloadPid}/status`, 'utf8');
  expect(status).toMatch(new RegExp(`^Uid:\\s+${layout.identity.uid}\\s`, 'm'));
  expect(status).toMatch(/^CapEff:\s+0+$/m);
  expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
  expect(supervisor.list().every(({ id }) => partitionOf(id) === layout.id)).toBe(true);
});
