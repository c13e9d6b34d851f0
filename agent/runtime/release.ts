/**
 * What a build is called: `version.json`, written by the build script beside the agent.
 */
import { createHash } from 'node:crypto';
import { readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';

const releaseSchema = z.object({
  /** The package's version, as in `0.1.0`. */
  version: z.string().regex(/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/),
  /** {@link digestOfAgent} of the folder it is in. */
  digest: z.string().regex(/^[0-9a-f]{64}$/),
});

export type Release = z.infer<typeof releaseSchema>;

/** Reads `version.json` of the folder that holds `agent.mjs`. Throws what reading and parsing throw. */
export async function readRelease(agentFolder: string): Promise<Release> {
  return releaseSchema.parse(JSON.parse(await readFile(path.join(agentFolder, 'version.json'), 'utf8')));
}

/** Hex SHA-256 over the name, mode and content of every file below the folder of an agent, but `version.json` itself. */
export async function digestOfAgent(agentFolder: string): Promise<string> {
  const entries = await readdir(agentFolder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(agentFolder, path.join(entry.parentPath, entry.name)))
    .filter((name) => name !== 'version.json')
    .toSorted();
  const hash = createHash('sha256');
  for (const name of files) {
    const file = path.join(agentFolder, name);
    const executable = ((await stat(file)).mode & 0o100) === 0 ? '-' : 'x';
    const content = createHash('sha256').update(await readFile(file));
    hash.update(`${name}\0${executable}\0${content.digest('hex')}\n`);
  }
  return hash.digest('hex');
}

/** Negative when version `left` is older than `right`, 0 when equal. A pre-release is older than its release. */
export function compareVersions(left: string, right: string): number {
  const [leftNumbers, leftPre] = split(left);
  const [rightNumbers, rightPre] = split(right);
  const byNumber = leftNumbers.localeCompare(rightNumbers, 'en', { numeric: true });
  if (byNumber !== 0) return byNumber;
  if (leftPre === rightPre) return 0;
  if (leftPre === undefined) return 1;
  if (rightPre === undefined) return -1;
  return leftPre.localeCompare(rightPre, 'en', { numeric: true });
}

function split(version: string): [string, string | undefined] {
  const dash = version.indexOf('-');
  return dash === -1 ? [version, undefined] : [version.slice(0, dash), version.slice(dash + 1)];
}
