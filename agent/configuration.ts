/**
 * What is decided once for a data folder and then kept: ports, addresses, ids. Chosen at the first start, written to
 * `private/config.json`, never moved afterwards because people and programs remember them.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import process from 'node:process';
import { z } from 'zod';
import { writeAtomically } from './disk.ts';
import { SlapgridError, systemErrorCode } from './errors.ts';
import { claimAddressBlock } from './node/addresses.ts';
import { chooseIdentityBase } from './node/identities.ts';
import type { Paths } from './paths.ts';

const portSchema = z.number().int().min(1024).max(65_535);

export const configurationSchema = z.strictObject({
  schema: z.literal(1),
  /** The computer's reference in the local proxy. */
  computerId: z.string().min(1).default('local_computer'),
  partitionAmount: z.number().int().min(1).max(250).default(10),
  /** The local proxy's port on 127.0.0.1. */
  proxyPort: portSchema,
  /** The page's port on 127.0.0.1. */
  pagePort: portSchema,
  /** First three parts of every partition's loopback address, as `127.64.0`. */
  addressBlock: z.string().regex(/^127\.\d{1,3}\.\d{1,3}$/),
  /** Root only: id of the software user; partition N has this + 1 + N. null for an ordinary user. */
  identityBase: z.number().int().positive().nullable(),
  /** Debian or Ubuntu mirror for hosts that have none configured. */
  mirror: z.url().optional(),
});

export type Configuration = z.infer<typeof configurationSchema>;

/** Hex SHA-256 of the data folder's path: names what must be unique to it outside of it (socket folder, claims). */
export function digestOfHome(home: string): string {
  return createHash('sha256').update(home).digest('hex');
}

/**
 * Reads the configuration and decides what it does not say: everything at the first start, unless a person wrote some of it before
 * (a mirror, a port).
 * @throws SlapgridError `configuration-invalid` naming the field; the file is left as it is.
 */
export async function loadConfiguration(paths: Paths): Promise<Configuration> {
  const written = await readIfThere(paths.config);
  const said = written === null ? {} : parseWritten(written, paths.config);
  const whole = configurationSchema.safeParse(said);
  if (whole.success) return whole.data;
  const configuration = await decide(said, paths);
  await writeAtomically(paths.config, `${JSON.stringify(configuration, null, 2)}\n`);
  return configuration;
}

async function readIfThere(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return null;
    throw error;
  }
}

const writtenSchema = configurationSchema.partial();
type Written = z.infer<typeof writtenSchema>;

function parseWritten(written: string, file: string): Written {
  let document: unknown;
  try {
    document = JSON.parse(written);
  } catch (error) {
    throw new SlapgridError('configuration-invalid', { file, problem: 'it is not JSON' }, { cause: error });
  }
  const parsed = writtenSchema.safeParse(document);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const problem = issue === undefined ? 'unknown' : `${issue.path.join('.')}: ${issue.message}`;
  throw new SlapgridError('configuration-invalid', { file, problem }, { cause: parsed.error });
}

async function decide(said: Written, paths: Paths): Promise<Configuration> {
  const digest = digestOfHome(paths.home);
  const proxyPort = said.proxyPort ?? (await firstFreePort(digest, new Set()));
  const isRoot = process.getuid?.() === 0;
  return configurationSchema.parse({
    ...said,
    schema: 1,
    proxyPort,
    pagePort: said.pagePort ?? (await firstFreePort(digest, new Set([proxyPort]))),
    addressBlock: said.addressBlock ?? (await claimAddressBlock(paths.home)),
    identityBase: said.identityBase ?? (isRoot ? await chooseIdentityBase(digest) : null),
  });
}

/** Below the ephemeral range of Linux (32768…), above what services like to use. */
const FIRST_PORT = 20_000;
const PORTS = 10_000;

/** The first port nobody listens on, from a place that depends on the data folder so that two users rarely meet. */
async function firstFreePort(digest: string, taken: ReadonlySet<number>): Promise<number> {
  const start = Number.parseInt(digest.slice(0, 8), 16) % PORTS;
  for (let step = 0; step < PORTS; step += 1) {
    const port = FIRST_PORT + ((start + step) % PORTS);
    if (!taken.has(port) && (await isFree(port))) return port;
  }
  throw new SlapgridError('no-free-port');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
