/**
 * What the agent does with all of a folder that a payload could write: measuring, deleting, exporting. It happens as the
 * partition's user, in a sandbox that sees that folder and the host's programs only, so that no name, link or race in it
 * can reach anything else.
 *
 * Measuring and exporting have CAP_DAC_READ_SEARCH over the partition's own files (in its own user namespace: over nothing
 * else), so that a folder without permissions hides nothing.
 */
import { readlinkSync } from 'node:fs';
import process from 'node:process';
import type { Writable } from 'node:stream';
import { SlapgridError } from '../errors.ts';
import { type Execution, executePlan, streamPlan } from './execution.ts';
import { confinement, planConfined, withoutUserNamespaces } from './launch.ts';
import { hostPrograms, type HostPrograms } from './programs.ts';
import type { LaunchPlan, PartitionIdentity } from './types.ts';
import { hostView, INSIDE_ID } from './view.ts';

export type ContentsOptions = {
  /** Default: an hour. */
  timeoutSeconds?: number;
  signal?: AbortSignal;
  cgroup?: readonly string[];
};

const DEFAULT_TIMEOUT_SECONDS = 3600;

const machinePrograms: HostPrograms = hostPrograms();

/**
 * Space the contents of `folder` take on the disk, in bytes, and how many files, folders and other entries there are. A
 * file with several names counts once; what changes meanwhile counts as it was met.
 * @throws SlapgridError `contents-measure`.
 */
export async function measure(
  identity: PartitionIdentity,
  folder: string,
  options: ContentsOptions = {},
): Promise<{ bytes: number; files: number }> {
  const script = 'cd /folder && { du -sx --block-size=1 .; du -sx --inodes .; } 2>/dev/null';
  const { output } = await inFolder(identity, folder, script, { ...options, access: 'read' });
  const [bytes, files] = [...output.matchAll(/^(\d+)\t\.$/gm)].map(([, figure]) => Number(figure));
  if (bytes === undefined || files === undefined)
    throw new SlapgridError('contents-measure', { folder, detail: end(output) });
  // The folder itself is not contents.
  return { bytes, files: files - 1 };
}

const DELETE = `
left=0
for folder in /folder*; do
  cd "$folder" || exit
  chmod -R u+rwx . 2>/dev/null
  find . -mindepth 1 -delete || left=1
done
exit $left
`;

/**
 * Removes everything in `folders`, not the folders themselves, however deep, named or protected. Idempotent. Nothing of the
 * partition may run any more.
 * @throws SlapgridError `contents-delete` when something is left.
 */
export async function deleteContents(
  identity: PartitionIdentity,
  folders: readonly string[],
  options: ContentsOptions = {},
): Promise<void> {
  const result = await inFolders(identity, folders, DELETE, { ...options, access: 'write' });
  if (result.code === 0) return;
  throw new SlapgridError('contents-delete', { folder: folders.join(', '), detail: end(result.output) });
}

const TAR =
  'exec tar --create --file=- --format=posix --directory=/folder --one-file-system --numeric-owner ' +
  '--warning=no-file-ignored --warning=no-file-changed --warning=no-file-removed .';

/**
 * Writes the contents of `folder` as a POSIX tar archive to an open descriptor of this process. What changes meanwhile is
 * archived as it was met: stop the instance first for a consistent copy.
 * @throws SlapgridError `disk-full`, or `contents-export` when a file could not be read.
 */
export async function exportTar(
  identity: PartitionIdentity,
  folder: string,
  descriptor: number,
  options: ContentsOptions = {},
): Promise<void> {
  const result = await inFolder(identity, folder, TAR, { ...options, access: 'read', stdout: descriptor });
  // 1: a file changed or vanished while it was read.
  if (result.code === 0 || result.code === 1) return;
  if (/No space left on device|Disk quota exceeded/.test(result.output)) {
    throw new SlapgridError('disk-full', { path: readlinkSync(`/proc/self/fd/${descriptor}`) });
  }
  throw new SlapgridError('contents-export', { folder, detail: end(result.output) });
}

/**
 * The archive of {@link exportTar} as a stream, written no faster than `destination` takes it, which is left open. Ends when the
 * destination closes or `signal` aborts.
 * @throws SlapgridError `contents-export` when a file could not be read: what was written is not a whole archive then.
 */
export async function streamTar(
  identity: PartitionIdentity,
  folder: string,
  destination: Writable,
  signal: AbortSignal,
): Promise<void> {
  const plan = planInFolders(identity, [folder], TAR, { access: 'read' });
  const result = await streamPlan(plan, machinePrograms, destination, signal);
  if (result.code === 0 || result.code === 1) return;
  throw new SlapgridError('contents-export', { folder, detail: end(result.output) });
}

type Access = ContentsOptions & { access: 'read' | 'write'; stdout?: number };

function inFolder(
  identity: PartitionIdentity,
  folder: string,
  script: string,
  options: Access,
): Promise<Execution> {
  return inFolders(identity, [folder], script, options);
}

async function inFolders(
  identity: PartitionIdentity,
  folders: readonly string[],
  script: string,
  options: Access,
): Promise<Execution> {
  const plan = planInFolders(identity, folders, script, options);
  const result = await executePlan(plan, machinePrograms, {
    timeoutSeconds: options.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS,
    signal: options.signal,
    ...(options.stdout === undefined ? {} : { stdout: options.stdout }),
  });
  options.signal?.throwIfAborted();
  return result;
}

/** The script sees `/folder`, `/folder1`, `/folder2`, … */
function planInFolders(
  identity: PartitionIdentity,
  folders: readonly string[],
  script: string,
  options: Pick<ContentsOptions, 'cgroup'> & { access: 'read' | 'write' },
): LaunchPlan {
  const reading = options.access === 'read';
  return planConfined({
    programs: machinePrograms,
    architecture: process.arch,
    identity,
    holder: null,
    cgroup: options.cgroup,
    bubblewrapArguments: [
      confinement(),
      withoutUserNamespaces(machinePrograms),
      ['--unshare-net', '--uid', String(INSIDE_ID), '--gid', String(INSIDE_ID)],
      reading ? ['--cap-add', 'CAP_DAC_READ_SEARCH'] : [],
      hostView(machinePrograms.bubblewrapVersion()),
      folders.flatMap((folder, index) => [
        reading ? '--ro-bind' : '--bind',
        folder,
        `/folder${index === 0 ? '' : index}`,
      ]),
      ['--remount-ro', '/'],
    ].flat(),
    command: ['/bin/sh', '-c', script],
    ignoreSignals: false,
  });
}

/** What a program said last. */
function end(output: string): string {
  return output.trim().split('\n').slice(-3).join('\n').slice(-500);
}
