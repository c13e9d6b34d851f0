/**
 * What the host says about reaching its archives: sources, proxies, credentials. Only these: whatever else the host's
 * configuration asks of apt (hooks, unsigned archives, pins) does not concern a tree.
 */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { systemErrorCode } from '../../errors.ts';
import type { SoftwareUser } from '../trees/software-user.ts';
import { parseDeb822File, parseListFile, type Credentials, type HostSource, type Source } from './sources.ts';

/** Settings of `apt.conf` that say how to reach an archive; names after `Acquire::<method>`. */
const PROXY_SETTING = /^Acquire::(?:http|https)::(?:Proxy(?:::[^\s"]+)?|Proxy-Auto-Detect|ProxyAutoDetect)$/;

/**
 * A host whose mirror is a frozen copy of an archive must have said so, because its signed index has run out by design. Signatures
 * and checksums are verified all the same.
 */
const DATE_SETTING = /^Acquire::Check-(?:Valid-Until|Date)$/;

/** Every source of `sources.list` and `sources.list.d`. What cannot be read is passed over. */
export async function readHostSources(folder: string): Promise<HostSource[]> {
  const parts = path.join(folder, 'sources.list.d');
  const sources = parseListFile(await readIfAllowed(path.join(folder, 'sources.list')));
  for (const name of await namesOf(parts)) {
    const file = path.join(parts, name);
    if (name.endsWith('.list')) sources.push(...parseListFile(await readIfAllowed(file)));
    if (name.endsWith('.sources')) sources.push(...parseDeb822File(await readIfAllowed(file)));
  }
  return sources;
}

/**
 * The host's settings of how to reach its archives, as lines of an `apt.conf`. They may hold a password: to be kept in a private
 * file.
 * @param configuration a file for `APT_CONFIG` that makes apt read the host's folder.
 */
export async function readReachSettings(user: SoftwareUser, configuration: string): Promise<string[]> {
  // apt reads its own language; what the software user may not read, apt passes over with a warning.
  const asked = ['Acquire::http', 'Acquire::https', 'Acquire::Check-Valid-Until', 'Acquire::Check-Date'];
  const { code, output } = await user.run(['apt-config', 'dump', '--format', '%F %v%n', ...asked], {
    environment: { APT_CONFIG: configuration },
  });
  return code === 0 ? reachLines(output) : [];
}

/** Picks the settings from lines of `name value`. */
export function reachLines(dump: string): string[] {
  return dump.split('\n').flatMap((line) => {
    const at = line.indexOf(' ');
    const name = line.slice(0, at);
    const value = line.slice(at + 1);
    const wanted = PROXY_SETTING.test(name) || DATE_SETTING.test(name);
    return wanted && value !== '' && !value.includes('"') ? [`${name} "${value}";`] : [];
  });
}

/** Credentials of `auth.conf` and `auth.conf.d` (apt_auth.conf(5)) for the machines of `sources`, and for no others. */
export async function readHostCredentials(
  folder: string,
  sources: readonly Source[],
): Promise<Credentials[]> {
  const parts = path.join(folder, 'auth.conf.d');
  const files = (await namesOf(parts)).filter((name) => name.endsWith('.conf'));
  const texts = [await readIfAllowed(path.join(folder, 'auth.conf'))];
  for (const name of files) texts.push(await readIfAllowed(path.join(parts, name)));
  const machines = new Set(sources.map(({ uri }) => machineOf(uri)));
  return texts.flatMap(parseCredentials).filter(({ machine }) => machines.has(machineOf(machine)));
}

/** Reads apt's dialect of netrc. */
export function parseCredentials(text: string): Credentials[] {
  const all: Credentials[] = [];
  const tokens = text
    .split('\n')
    .filter((line) => !line.trimStart().startsWith('#'))
    .join(' ')
    .split(/\s+/);
  let key: string | undefined;
  for (const token of tokens) {
    const current = all.at(-1);
    if (key === 'machine') all.push({ machine: token, login: '', password: '' });
    else if (key === 'login' && current !== undefined) current.login = token;
    else if (key === 'password' && current !== undefined) current.password = token;
    const isKey = key === undefined && ['machine', 'login', 'password'].includes(token);
    key = isKey ? token : undefined;
  }
  return all;
}

export function formatCredentials(credentials: readonly Credentials[]): string {
  return credentials
    .map(({ machine, login, password }) => `machine ${machine} login ${login} password ${password}\n`)
    .join('');
}

/** `http://host:80/path`, `host/path` → `host`. */
function machineOf(address: string): string {
  return address.replace(/^[a-z+]+:\/\//, '').replace(/[:/].*$/, '');
}

async function namesOf(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if (['ENOENT', 'EACCES', 'ENOTDIR'].includes(systemErrorCode(error) ?? '')) return [];
    throw error;
  }
}

async function readIfAllowed(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (['ENOENT', 'EACCES', 'EISDIR'].includes(systemErrorCode(error) ?? '')) return '';
    throw error;
  }
}
