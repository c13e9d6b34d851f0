/**
 * What a confined program sees: as arguments for bubblewrap, and the few files of `/etc` that are its own.
 */
import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import path from 'node:path';
import { SlapgridError } from '../errors.ts';
import { Descriptor } from './launch.ts';
import type { BubblewrapVersion } from './programs.ts';
import type { SandboxSpec } from './types.ts';

/** Ids inside. No id of the host means anything there, and most programs refuse to run as 0. */
export const INSIDE_ID = 1000;

const MEBIBYTE = 1024 * 1024;
const TEMPORARY_BYTES = 512 * MEBIBYTE;
const RUN_BYTES = 64 * MEBIBYTE;

/** Entries of a tree's `/etc` that say something about a machine or its users: a partition has its own, or none. */
const OWN_ETC = new Set([
  'group',
  'gshadow',
  'hostname',
  'hosts',
  'mtab',
  'nsswitch.conf',
  'passwd',
  'resolv.conf',
  'shadow',
]);

/** Folders that are links into `usr` on a merged system. */
const MERGED_FOLDERS = ['bin', 'sbin', 'lib', 'lib32', 'lib64', 'libx32'];

/** The partition's file system, environment and names (`SandboxSpec`), in the order bubblewrap applies them. */
export function partitionView(spec: SandboxSpec, version: BubblewrapVersion): string[] {
  checkHostname(spec.hostname);
  return [
    ['--uid', String(INSIDE_ID), '--gid', String(INSIDE_ID), '--hostname', spec.hostname],
    treeView(spec.tree),
    dataFile(Descriptor.passwd, '/etc/passwd'),
    dataFile(Descriptor.group, '/etc/group'),
    dataFile(Descriptor.hosts, '/etc/hosts'),
    dataFile(Descriptor.nsswitch, '/etc/nsswitch.conf'),
    spec.resolver === undefined ? [] : ['--ro-bind', spec.resolver, '/etc/resolv.conf'],
    ['--symlink', '/proc/sys/kernel/hostname', '/etc/hostname'],
    ['--symlink', '/proc/self/mounts', '/etc/mtab'],
    processView(),
    deviceView(version),
    temporary('/tmp', '1777', TEMPORARY_BYTES, version),
    temporary('/run', '0755', RUN_BYTES, version),
    [
      '--dir',
      '/var/lib',
      '--dir',
      '/var/log',
      '--symlink',
      '/run',
      '/var/run',
      '--symlink',
      '/tmp',
      '/var/tmp',
    ],
    ['--ro-bind', spec.conf, '/srv/conf'],
    ['--bind', spec.data, '/srv/data'],
    spec.pki === undefined ? [] : ['--ro-bind', spec.pki, '/srv/pki'],
    ['--chdir', '/srv/data'],
    // The root itself is a tmpfs without a limit.
    ['--remount-ro', '/'],
    environment({
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin',
      HOME: '/srv/data',
      LANG: 'C.UTF-8',
      TZ: 'UTC',
      ...spec.environment,
    }),
  ].flat();
}

/** Content of the files {@link partitionView} refers to. */
export function partitionFiles(spec: SandboxSpec): Record<number, Uint8Array> {
  return {
    [Descriptor.passwd]: Buffer.from(
      'root:x:0:0:root:/nonexistent:/usr/sbin/nologin\n' +
        `slap:x:${INSIDE_ID}:${INSIDE_ID}:slap:/srv/data:/bin/sh\n` +
        'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n',
    ),
    [Descriptor.group]: Buffer.from(`root:x:0:\nslap:x:${INSIDE_ID}:\nnogroup:x:65534:\n`),
    [Descriptor.hosts]: Buffer.from(
      `127.0.0.1 localhost ${spec.hostname}\n::1 localhost ip6-localhost ip6-loopback\n`,
    ),
    [Descriptor.nsswitch]: Buffer.from('passwd: files\ngroup: files\nshadow: files\nhosts: files dns\n'),
  };
}

/** The host's programs with what programs need to run, and nothing else of it: for the agent's own work in a folder. */
export function hostView(version: BubblewrapVersion): string[] {
  return [
    hostProgramsView(),
    processView(),
    deviceView(version),
    temporary('/tmp', '1777', TEMPORARY_BYTES, version),
  ].flat();
}

/** The host's programs alone. */
export function hostProgramsView(): string[] {
  return [
    ['--ro-bind', '/usr', '/usr'],
    ...MERGED_FOLDERS.map((name) => shown(`/${name}`, `/${name}`)),
    // Where NixOS keeps what others keep in /usr.
    shown('/nix', '/nix'),
    shown('/run/current-system', '/run/current-system'),
    environment({
      PATH: '/usr/bin:/bin:/usr/sbin:/sbin:/run/current-system/sw/bin',
      LANG: 'C.UTF-8',
      TZ: 'UTC',
    }),
  ].flat();
}

function treeView(tree: string): string[] {
  const merged = MERGED_FOLDERS.filter((name) => kindOf(path.join(tree, 'usr', name)) !== null);
  const own = entries(path.join(tree, 'etc')).filter((name) => !OWN_ETC.has(name));
  return [
    ['--ro-bind', path.join(tree, 'usr'), '/usr'],
    ...merged.map((name) => ['--symlink', `usr/${name}`, `/${name}`]),
    ['--dir', '/etc'],
    ...own.map((name) => shown(path.join(tree, 'etc', name), path.posix.join('/etc', name))),
  ].flat();
}

/** A link is shown as the link it is: binding it would follow it, on the host, to wherever it points. */
function shown(source: string, destination: string): string[] {
  const kind = kindOf(source);
  if (kind === null) return [];
  if (kind === 'link') return ['--symlink', readlinkSync(source), destination];
  return ['--ro-bind', source, destination];
}

function dataFile(descriptor: number, destination: string): string[] {
  return ['--perms', '0444', '--ro-bind-data', String(descriptor), destination];
}

/** Keyrings are not separated by namespaces, so neither is their list. */
function processView(): string[] {
  const hidden = ['/proc/keys', '/proc/key-users'].filter((file) => kindOf(file) !== null);
  return ['--proc', '/proc', ...hidden.flatMap((file) => ['--ro-bind', '/dev/null', file])];
}

function deviceView(version: BubblewrapVersion): string[] {
  const shared = temporary('/dev/shm', '1777', TEMPORARY_BYTES, version);
  return ['--dev', '/dev', ...shared, '--remount-ro', '/dev'];
}

function temporary(destination: string, mode: string, bytes: number, version: BubblewrapVersion): string[] {
  const size = version.limitsTmpfs ? ['--size', String(bytes)] : [];
  return [...size, '--perms', mode, '--tmpfs', destination];
}

function environment(variables: Readonly<Record<string, string>>): string[] {
  const names = Object.keys(variables);
  if (names.some((name) => name === '' || name.includes('='))) throw new SlapgridError('sandbox-argument');
  return Object.entries(variables).flatMap(([name, value]) => ['--setenv', name, value]);
}

/** It becomes a line of `/etc/hosts`. 64 bytes: uname(2). */
function checkHostname(name: string): void {
  if (!/^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,62}[A-Za-z0-9])?$/.test(name))
    throw new SlapgridError('sandbox-argument');
}

function kindOf(file: string): 'link' | 'other' | null {
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (found === undefined) return null;
  return found.isSymbolicLink() ? 'link' : 'other';
}

function entries(folder: string): string[] {
  return kindOf(folder) === null ? [] : readdirSync(folder).sort();
}
