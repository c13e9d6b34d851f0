/**
 * This computer as a node of joined masters, with real sandboxes, supervisor and network: only packages are not installed, the host's
 * `/usr` stands in for them.
 */
import { chmod, copyFile, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { createMasterTransport } from '../../../agent/account/transport.ts';
import type { JoinedMaster } from '../../../agent/account/types.ts';
import { CONTRACT_VERSION, type InstanceView } from '../../../agent/api/contract.ts';
import { systemClock } from '../../../agent/clock.ts';
import { configurationSchema } from '../../../agent/configuration.ts';
import { InstalledSoftware } from '../../../agent/grid/installed-software.ts';
import { SharedSoftware } from '../../../agent/grid/shared-software.ts';
import { HostedMasters } from '../../../agent/masters/hosted-masters.ts';
import { prepareInstances } from '../../../agent/node/format.ts';
import { pathsOf, type Paths } from '../../../agent/paths.ts';
import { deleteContents, existsInside } from '../../../agent/sandbox/inside.ts';
import { createProfileRenderer } from '../../../agent/software/profile/renderer.ts';
import { createProfileSource } from '../../../agent/software/profile/source.ts';
import type { InstalledTree } from '../../../agent/software/types.ts';
import { StateStore } from '../../../agent/state.ts';
import { createSupervisor } from '../../../agent/supervisor/supervisor.ts';
import type { Supervisor } from '../../../agent/supervisor/types.ts';
import type { StandInMaster } from '../../fakes/slap-master/master.ts';
import { isRoot, sandbox } from '../sandbox/partition.ts';

const SHIM = path.join(import.meta.dirname, '..', '..', '..', 'agent', 'supervisor', 'shim.sh');
const COMPUTER = 'COMP-1234';

export class RealNode {
  readonly computerId = COMPUTER;
  readonly faults: unknown[] = [];
  readonly paths: Paths;
  readonly store: StateStore;
  readonly supervisor: Supervisor;
  readonly masters: HostedMasters;
  readonly #folder: string;

  private constructor(folder: string, tree: InstalledTree) {
    this.#folder = folder;
    this.paths = pathsOf(path.join(folder, 'data'));
    this.store = new StateStore({
      version: '0.0.0',
      contractVersion: CONTRACT_VERSION,
      pid: process.pid,
      startedAt: '2026-01-01T00:00:00.000Z',
      home: this.paths.home,
      computerId: 'local_computer',
      computer: { cpus: 2, memoryBytes: 8e9 },
      mode: 'shared',
      firstRunDone: true,
      notifications: { ready: true, failed: true, dying: true, problem: true, master: true, update: true },
      notices: [],
    });
    this.supervisor = createSupervisor({ shim: path.join(folder, 'shim.sh') });
    const install = (): Promise<InstalledTree> => Promise.resolve(tree);
    const onFault = (error: unknown): void => {
      this.faults.push(error);
    };
    const provider = {
      kind: 'apt',
      install,
      upgrade: install,
      find: install,
      collectGarbage: () => Promise.resolve(0),
      treeBytes: () => Promise.resolve(0),
    };
    const shared = new SharedSoftware(this.store);
    shared.complete();
    this.masters = new HostedMasters(
      {
        paths: this.paths,
        configuration: configurationSchema.parse({
          schema: 1,
          partitionAmount: 1,
          proxyPort: 20_000,
          pagePort: 20_001,
          addressBlock: '127.94.1',
          identityBase: isRoot ? 0x6f00_0000 + process.pid * 16 : null,
        }),
        tools: {
          supervisor: this.supervisor,
          sandbox,
          software: new InstalledSoftware({
            folder: path.join(this.paths.private, 'software'),
            provider,
            profiles: createProfileSource({ catalogueFolder: folder }),
          }),
          shared,
          renderer: createProfileRenderer(),
          groups: null,
          files: { deleteContents, exists: existsInside },
          store: this.store,
          clock: systemClock,
          onFault,
        },
        provider,
        transport: (joined) => createMasterTransport(joined),
        hours: () => [],
        settleUsage: () => Date.now(),
        random: () => 0.5,
      },
      'shared',
    );
  }

  /** @param software its profile: what {@link release} is. */
  static async start(software: object): Promise<RealNode> {
    const folder = await mkdtemp(path.join(tmpdir(), 'slapgrid-node-'));
    await chmod(folder, 0o711);
    const root = path.join(folder, 'tree');
    await mkdir(path.join(root, 'etc'), { recursive: true });
    await symlink('/usr', path.join(root, 'usr'));
    const shim = path.join(folder, 'shim.sh');
    await copyFile(SHIM, shim);
    await chmod(shim, 0o755);
    await writeFile(path.join(folder, 'software.yaml'), JSON.stringify(software));
    const node = new RealNode(folder, { digest: 'f'.repeat(64), root, components: [] });
    await mkdir(path.join(node.paths.private, 'software'), { recursive: true });
    await chmod(node.paths.home, 0o711);
    await prepareInstances(node.paths);
    return node;
  }

  /** URL of the software. */
  get release(): string {
    return path.join(this.#folder, 'software.yaml');
  }

  /** What registration would have kept. */
  join(master: StandInMaster): JoinedMaster {
    master.registration.computers.set('this', COMPUTER);
    const { certificate, key } = master.authority.issue({ commonName: COMPUTER });
    return {
      id: 'one',
      url: master.url,
      webUrl: master.webUrl,
      computerName: 'this',
      computerId: COMPUTER,
      joinedAt: '2026-01-01T00:00:00.000Z',
      certificate,
      key,
      authorities: master.authority.certificate,
      partitions: { first: 10, amount: 3 },
    };
  }

  instance(name: string): InstanceView | undefined {
    return (
      this.store
        .snapshot()
        .partitions.map(({ instance }) => instance)
        .find((instance) => instance?.name === name) ?? undefined
    );
  }

  folderOf(partitionId: string): string {
    return path.join(this.paths.instances, partitionId);
  }

  async stop(): Promise<void> {
    await this.masters.suspend();
    this.supervisor.close();
    await rm(this.#folder, { recursive: true, maxRetries: 20, retryDelay: 50 });
  }
}
