/** The closure: every package that apt would install for some names, with what is needed to fetch and to check each. */
import { SlapgridError } from '../../errors.ts';
import type { ComponentRecord } from '../types.ts';

/** One package to fetch. `file` is the name apt gives it: `zlib1g_1%3a1.2.13-1_amd64.deb`. */
export type ClosurePackage = ComponentRecord & { uri: string; file: string };

/** Debian's rule for names of packages (policy 5.6.7); what apt would read as a pattern or a modifier is none. */
const PACKAGE_NAME = /^[a-z0-9][a-z0-9+.-]*[a-z0-9+.]$/;

/** The names in one order, each once: the same request whatever the order. */
export function canonicalNames(names: readonly string[]): string[] {
  for (const name of names)
    if (!PACKAGE_NAME.test(name)) throw new SlapgridError('unknown-package', { name, near: 'none' });
  return [...new Set(names)].sort();
}

/**
 * Reads the output of `apt-get install --print-uris`: `'URI' FILE BYTES SHA256:HEX`, in the order of installation.
 * @throws SlapgridError `not-signed` for a package without a SHA-256 in the signed lists.
 */
export function parseClosure(output: string): ClosurePackage[] {
  return output
    .split('\n')
    .filter((line) => line.startsWith("'"))
    .map((line) => {
      const match = /^'([^']+)' (([^_\s/]+)_([^_\s/]+)_([^_\s/]+)\.deb) (\d+) SHA256:([0-9a-f]{64})$/.exec(
        line.trim(),
      );
      const [, uri, file, name, version, architecture, bytes, sha256] = match ?? [];
      if (
        uri === undefined ||
        file === undefined ||
        name === undefined ||
        version === undefined ||
        architecture === undefined ||
        sha256 === undefined
      )
        throw new SlapgridError('not-signed', { source: line });
      return {
        uri,
        file,
        name,
        // The only character of a version that a file name cannot hold is the colon of its epoch.
        version: version.replaceAll('%3a', ':'),
        architecture,
        bytes: Number(bytes),
        sha256,
      };
    });
}

/** What of a package is recorded. */
export function recordOf({ name, version, architecture, sha256, bytes }: ClosurePackage): ComponentRecord {
  return { name, version, architecture, sha256, bytes };
}
