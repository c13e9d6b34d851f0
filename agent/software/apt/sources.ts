/**
 * Which archives packages come from: those of the host's own configuration (sources.list(5), both formats) that belong to the
 * host's own distribution and release. What else the host says about them (`trusted=yes`, `signed-by`) does not count here.
 */
import type { Distribution, System } from './system.ts';

/** A source as a host's file names it. */
export type HostSource = {
  /** As written, with credentials if it has any. */
  uri: string;
  suite: string;
  components: readonly string[];
  /** Empty: all. */
  architectures: readonly string[];
  /** Keyrings or fingerprints the host wants for it; empty: the host's general ones. */
  signedBy: readonly string[];
};

/** A source to be asked. */
export type Source = {
  /** Without credentials; ends in `/`. */
  uri: string;
  suite: string;
  components: readonly string[];
  /** False: it may turn out not to be the distribution's own, and is then left alone. */
  required: boolean;
};

export type Credentials = { machine: string; login: string; password: string };

/** The parts of an archive that the distribution itself stands for, and that need no licence to be agreed to. */
const COMPONENTS: Record<Distribution, readonly string[]> = {
  debian: ['main'],
  ubuntu: ['main', 'universe'],
};

/** What a host may call its release instead of its name. Which one it is today is checked in the signed release file. */
const RELEASE_ALIASES: Record<Distribution, readonly string[]> = {
  debian: ['stable', 'oldstable', 'oldoldstable', 'testing'],
  ubuntu: [],
};

const POCKETS = ['', '-updates', '-security'] as const;

/** Fetch methods that bring apt's own formats from somewhere; no removable media, no remote logins. */
const FETCHABLE = /^(?:(?:mirror\+|tor\+)?https?|mirror|mirror\+file|file|copy):/;

/** Sources of a one-line file (`*.list`). */
export function parseListFile(text: string): HostSource[] {
  const sources: HostSource[] = [];
  for (const line of text.split('\n')) {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s*)?(\S+)\s+(\S+)((?:\s+[^#\s]\S*)*)/.exec(line);
    const [, options = '', uri, suite, components = ''] = match ?? [];
    if (uri === undefined || suite === undefined) continue;
    const option = (name: string): string[] =>
      options
        .split(/\s+/)
        .filter((part) => part.startsWith(`${name}=`))
        .flatMap((part) => part.slice(name.length + 1).split(','));
    sources.push({
      uri,
      suite,
      components: words(components),
      architectures: option('arch'),
      signedBy: option('signed-by'),
    });
  }
  return sources;
}

/** Sources of a deb822 file (`*.sources`): paragraphs of fields, with continuation lines. */
export function parseDeb822File(text: string): HostSource[] {
  return paragraphs(text).flatMap((fields) => {
    const list = (name: string): string[] => words(fields.get(name) ?? '');
    if (
      !list('types').includes('deb') ||
      /^(no|false|without|off|disable)$/i.test(fields.get('enabled') ?? '')
    )
      return [];
    return list('uris').flatMap((uri) =>
      list('suites').map((suite) => ({
        uri,
        suite,
        components: list('components'),
        architectures: list('architectures'),
        signedBy: list('signed-by'),
      })),
    );
  });
}

/**
 * The sources to ask, each once, and the credentials their addresses carried.
 * @param architecture of this machine, in Debian's words.
 */
export function ownSources(
  hosts: readonly HostSource[],
  system: Pick<System, 'distribution' | 'release'>,
  architecture: string,
): { sources: Source[]; credentials: Credentials[] } {
  const sources = new Map<string, Source>();
  const credentials = new Map<string, Credentials>();
  for (const host of hosts) {
    const suite = ownSuite(host.suite, system);
    if (suite === undefined || !isDistributions(host, system.distribution)) continue;
    if (host.architectures.length > 0 && !host.architectures.includes(architecture)) continue;
    const address = addressOf(host.uri);
    if (address === undefined) continue;
    if (address.credentials !== undefined) credentials.set(address.credentials.machine, address.credentials);
    sources.set(`${address.uri} ${suite}`, {
      uri: address.uri,
      suite,
      components: COMPONENTS[system.distribution],
      required: suite !== system.release,
    });
  }
  return { sources: [...sources.values()], credentials: [...credentials.values()] };
}

/**
 * The sources of an archive that a person named because the host has none. Debian keeps its security updates in a second archive
 * beside the first; a mirror of the first need not have them.
 */
export function mirrorSources(
  mirror: string,
  system: Pick<System, 'distribution' | 'release'>,
): { sources: Source[]; credentials: Credentials[] } {
  const address = addressOf(mirror);
  if (address === undefined) return { sources: [], credentials: [] };
  const security =
    system.distribution === 'debian' ? `${address.uri.replace(/\/$/, '')}-security/` : address.uri;
  const sources = POCKETS.map((pocket) => ({
    uri: pocket === '-security' ? security : address.uri,
    suite: `${system.release}${pocket}`,
    components: COMPONENTS[system.distribution],
    required: pocket === '',
  }));
  return { sources, credentials: address.credentials === undefined ? [] : [address.credentials] };
}

/** The private `sources.list`: every source under the distribution's own keys, whatever the host said. */
export function formatSources(sources: readonly Source[], system: System, architecture: string): string {
  return sources
    .map(
      ({ uri, suite, components }) =>
        `deb [arch=${architecture} signed-by=${system.keyring}] ${uri} ${suite} ${components.join(' ')}\n`,
    )
    .join('');
}

/** `stable-security` on bookworm → `bookworm-security`; undefined for another release or another pocket. */
function ownSuite(
  suite: string,
  { distribution, release }: Pick<System, 'distribution' | 'release'>,
): string | undefined {
  const match = /^([a-z]+)(-[a-z]+)?$/.exec(suite);
  const name = match?.[1] ?? '';
  const pocket = POCKETS.find((known) => known === (match?.[2] ?? ''));
  if (match === null || pocket === undefined) return undefined;
  return name === release || RELEASE_ALIASES[distribution].includes(name) ? `${release}${pocket}` : undefined;
}

/** Others publish under the same names; they have parts of their own, or keys of their own. */
function isDistributions(host: HostSource, distribution: Distribution): boolean {
  if (!host.components.some((component) => COMPONENTS[distribution].includes(component))) return false;
  return host.signedBy.every((key) => new RegExp(`/${distribution}-archive[^/]*$`).test(key));
}

/** An address apt can fetch from, with its credentials apart: apt reads them from a private file, so that no argument has them. */
function addressOf(uri: string): { uri: string; credentials: Credentials | undefined } | undefined {
  if (!FETCHABLE.test(uri) || /["'\s]/.test(uri)) return undefined;
  const match = /^([a-z+]+):\/\/([^/@]*)@(.*)$/.exec(uri);
  const [, scheme, user, rest] = match ?? [];
  const plain = match === null ? uri : `${scheme ?? ''}://${rest ?? ''}`;
  // `file:` packages would be used where they lie; here they are copied, checked and unpacked like any other.
  const fetched = plain.replace(/^file:/, 'copy:').replace(/\/*$/, '/');
  if (user === undefined) return { uri: fetched, credentials: undefined };
  const [login = '', password = ''] = user.split(':').map(decoded);
  return { uri: fetched, credentials: { machine: fetched.replace(/\/$/, ''), login, password } };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function paragraphs(text: string): Map<string, string>[] {
  const all: Map<string, string>[] = [];
  let fields = new Map<string, string>();
  let last: string | undefined;
  for (const line of [...text.split('\n'), '']) {
    if (line.startsWith('#')) continue;
    if (line.trim() === '') {
      if (fields.size > 0) all.push(fields);
      fields = new Map();
      last = undefined;
      continue;
    }
    const match = /^([A-Za-z0-9-]+)\s*:(.*)$/.exec(line);
    if (match?.[1] !== undefined) {
      last = match[1].toLowerCase();
      fields.set(last, (match[2] ?? '').trim());
    } else if (last !== undefined) {
      fields.set(last, `${fields.get(last) ?? ''} ${line.trim()}`);
    }
  }
  return all;
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}
