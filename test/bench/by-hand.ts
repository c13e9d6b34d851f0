/**
 * The same programs without the product, for comparison: in bubblewrap with their software tree for a file system, and
 * nothing else confined: the host's network, processes and users.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { chmod, cp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import path from 'node:path';
import process from 'node:process';
import { startPlan } from '../../agent/sandbox/execution.ts';
import { hostPrograms } from '../../agent/sandbox/programs.ts';
import type { LaunchPlan } from '../../agent/sandbox/types.ts';
import { soon, type OccupiedPartition } from './installation.ts';
import { descendantsOf } from './processes.ts';

export const programs = hostPrograms();

/** A command in plain bubblewrap, as the partition's user. @param conf what is shown as `/srv/conf`. */
export function plainPlan(
  { tree, identity }: Pick<OccupiedPartition, 'tree' | 'identity'>,
  command: readonly string[],
  folders: { conf?: string; data?: string } = {},
): LaunchPlan {
  const links = readdirSync(path.join(tree, 'usr')).filter((name) => /^(?:s?bin|lib\w*)$/u.test(name));
  const view = [
    ['--ro-bind', path.join(tree, 'usr'), '/usr'],
    ...links.map((name) => ['--symlink', `usr/${name}`, `/${name}`]),
    ['--ro-bind', path.join(tree, 'etc'), '/etc'],
    ['--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp'],
    folders.conf === undefined ? [] : ['--ro-bind', folders.conf, '/srv/conf'],
    folders.data === undefined ? [] : ['--bind', folders.data, '/srv/data'],
  ].flat();
  const argv = [programs.require('bubblewrap'), '--die-with-parent', ...view, '--', ...command];
  return { argv, files: {}, payload: 'sandbox', identity };
}

export type Server = { stop(): Promise<void> };

/** A server started by hand; resolves when its port on 127.0.0.1 takes connections. */
export async function serve(plan: LaunchPlan, port: number): Promise<Server> {
  const child = startPlan(plan, programs);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (said += String(chunk)));
  await soon(() => {
    if (child.exitCode !== null) throw new Error(`it ended: ${said}`);
    return accepts(port);
  });
  return { stop: () => ended(child) };
}

/** The nginx of a partition again, with the same configuration on another port. @param folder for that configuration. */
export async function serveNginx(
  partition: OccupiedPartition,
  folder: string,
  port: number,
): Promise<Server> {
  const conf = path.join(folder, `nginx-${port}`);
  await rm(conf, { recursive: true, force: true });
  await cp(partition.conf, conf, { recursive: true });
  const file = path.join(conf, 'nginx.conf');
  const written = await readFile(file, 'utf8');
  await rm(file);
  await writeFile(file, written.replace(/listen [^;]+;/u, `listen 127.0.0.1:${port};`));
  // The partition's group could read the original.
  for (const name of ['', ...(await readdir(conf, { recursive: true }))])
    await chmod(path.join(conf, name), 0o755);
  const command = ['/usr/sbin/nginx', '-e', 'stderr', '-c', '/srv/conf/nginx.conf'];
  return serve(plainPlan(partition, command, { conf, data: partition.paths.data }), port);
}

/** Asks the program itself to stop, as an administrator would; bubblewrap ends with it. */
async function ended(child: ChildProcess): Promise<void> {
  const program = descendantsOf(child.pid ?? 0)[0];
  if (program === undefined) return;
  const exit = once(child, 'exit');
  process.kill(program, 'SIGTERM');
  await exit;
}

function accepts(port: number): Promise<true | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(undefined));
  });
}

/** A port of 127.0.0.1 that nobody has. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
