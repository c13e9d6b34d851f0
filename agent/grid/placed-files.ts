/** What software puts into a folder of its partition for the agent to find. */
import { SlapgridError } from '../errors.ts';
import type { PartitionLayout } from '../node/format.ts';
import { listFilesInside } from '../sandbox/inside.ts';

/** None where there is no such folder, or something else in its place. @param folder relative to the data, as `etc/promise`. */
export async function placedFiles(
  { paths }: PartitionLayout,
  folder: string,
): Promise<Awaited<ReturnType<typeof listFilesInside>>> {
  try {
    return await listFilesInside(paths.data, folder);
  } catch (error) {
    if (error instanceof SlapgridError) return [];
    throw error;
  }
}
